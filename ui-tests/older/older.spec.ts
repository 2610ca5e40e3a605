import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';

import { TRIPLE } from '../tests/notebooks';
import { Sidebar, toolbarButton } from '../tests/sidebar';

// Without Galata, whose helpers know the pages of its own release.

interface IApplication {
  readonly name: string;
  /** Below the server's base URL, before a notebook's path. */
  readonly address: string;
  /** What its version begins with; empty: any. */
  readonly version: string;
}

const APPLICATIONS: readonly IApplication[] = [
  {
    name: 'JupyterLab',
    address: 'lab/tree',
    version: process.env['UI_JUPYTERLAB'] ?? ''
  },
  {
    name: 'Notebook',
    address: 'notebooks',
    version: process.env['UI_NOTEBOOK'] ?? ''
  }
];

for (const { name, address, version } of APPLICATIONS) {
  test(`${name} ${version} builds a notebook, and the page complains of nothing`, async ({
    page,
    request
  }) => {
    const complaints = listen(page);
    const file = `${name.toLowerCase()}.ipynb`;
    const saved = await request.put(`api/contents/${file}`, {
      data: { type: 'file', format: 'text', content: TRIPLE }
    });
    expect(saved.ok()).toBe(true);
    await page.goto(`${address}/${file}?reset`);
    await toolbarButton(page).click();

    const sidebar = new Sidebar(page);
    const preview = sidebar.section('This notebook');
    await expect(preview.getByText('predict()')).toBeVisible();
    await expect(page.locator('.jp-Containerize-mark')).toHaveCount(4);
    await preview
      .getByRole('button', { name: /^Go to cell 3/ })
      .first()
      .click();
    await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText(
      'def predict'
    );

    await sidebar.waitForState(file, 'Done');
    await expect(sidebar.image(name.toLowerCase())).toBeVisible();
    const build = sidebar.build(file);
    await build.getByText('Log', { exact: true }).click();
    await expect(build.getByRole('log')).toContainText('Self-test');

    await sidebar.node
      .getByRole('button', { name: 'Settings', exact: true })
      .click();
    await expect(
      sidebar.section('Settings').getByText('Platforms')
    ).toBeVisible();
    await sidebar.shot(`older-${name.toLowerCase()}-${version}`);
    expect(await page.evaluate(versionOf)).toMatch(
      new RegExp(`^${version.replaceAll('.', '\\.')}`)
    );
    expect(complaints).toEqual([]);
  });
}

/** Errors and warnings that name us or come from our files. */
function listen(page: Page): string[] {
  const found: string[] = [];
  const note = (text: string) => {
    if (text.includes('containerize')) {
      found.push(text);
    }
  };
  page.on('pageerror', error => note(`${error.message}\n${error.stack ?? ''}`));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) {
      note(`${message.text()} (${message.location().url})`);
    }
  });
  return found;
}

/** The application's version. Runs in the page. */
function versionOf(): string {
  const data = document.getElementById('jupyter-config-data')?.textContent;
  return (JSON.parse(data ?? '{}') as { appVersion: string }).appVersion;
}
