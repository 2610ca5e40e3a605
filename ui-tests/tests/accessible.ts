import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';

export const SIDEBAR = '#jupyter-containerize-sidebar';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What violates WCAG A or AA in these parts of the page, as it is now; in all of it if none is given. */
export async function violationsIn(
  page: Page,
  parts: readonly string[]
): Promise<object[]> {
  const axe = new AxeBuilder({ page }).withTags(TAGS);
  for (const part of parts) {
    axe.include(part);
  }
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => ({
    id,
    targets: nodes.map(node => [node.target, node.failureSummary])
  }));
}

export async function expectAccessible(
  page: Page,
  part = SIDEBAR
): Promise<void> {
  expect(await violationsIn(page, [part])).toEqual([]);
}
