import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@jupyterlab/galata';

import { ENDLESS, example, FAILING } from './notebooks';
import { openNotebook, Sidebar, toolbarButton } from './sidebar';

const THEMES = [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
];

test('the sidebar has no WCAG A or AA violation in any theme', async ({
  page,
  tmpPath
}) => {
  const sidebar = new Sidebar(page);
  await sidebar.open();
  // Nothing open: the empty states.
  await expectAccessible(sidebar, new AxeBuilder({ page }));

  // One that has failed, one that runs, and the preview of an example.
  await openNotebook(page, `${tmpPath}/failed.ipynb`, FAILING);
  await toolbarButton(page).click();
  await sidebar.waitForState('failed.ipynb', 'Failed');
  await openNotebook(page, `${tmpPath}/runs.ipynb`, ENDLESS);
  await toolbarButton(page).click();
  await sidebar.waitForState('runs.ipynb', 'Running');
  await sidebar
    .build('runs.ipynb')
    .getByText('Log', { exact: true })
    .click();
  await openNotebook(page, `${tmpPath}/iris.ipynb`, example('iris.ipynb'));
  await sidebar.dependency('scikit-learn').waitFor();

  for (const theme of THEMES) {
    await page.theme.setTheme(theme);
    await expectAccessible(sidebar, new AxeBuilder({ page }));
    await sidebar.shot(`axe-${theme.toLowerCase().replaceAll(' ', '-')}`);
  }
  await sidebar
    .build('runs.ipynb')
    .getByRole('button', { name: /^Cancel/ })
    .click();
});

test('the sidebar can be used by keyboard alone', async ({ page, tmpPath }) => {
  await openNotebook(page, `${tmpPath}/keys.ipynb`, example('iris.ipynb'));
  const sidebar = new Sidebar(page);
  await sidebar.open();
  await sidebar.dependency('scikit-learn').waitFor();

  const title = sidebar.node.getByRole('button', { name: 'This notebook' });
  await title.focus();
  await page.keyboard.press('Enter');
  await expect(title).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Enter');
  await sidebar.dependency('scikit-learn').waitFor();
  const link = sidebar
    .dependency('scikit-learn')
    .getByRole('button', { name: /^Go to cell/ })
    .first();
  await link.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('sklearn');
});

async function expectAccessible(
  sidebar: Sidebar,
  axe: AxeBuilder
): Promise<void> {
  await expect(sidebar.node).toBeVisible();
  const { violations } = await axe
    .include('#jupyter-containerize-sidebar')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => ({
      id,
      targets: nodes.map(node => [node.target, node.failureSummary])
    }))
  ).toEqual([]);
}
