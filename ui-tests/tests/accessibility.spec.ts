import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';

import { SIDEBAR, violationsIn } from './accessible';
import { DOUBLE, ENDLESS, example, FAILING, R, TRIPLE } from './notebooks';
import {
  openNotebook,
  openPalette,
  Sidebar,
  toolbarButton
} from './sidebar';

const THEMES = [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
];

/** Everything of ours: what is not on the page is not looked at. */
const OURS = [
  SIDEBAR,
  '.jp-Containerize-mark',
  '.jp-Dialog-content:has([class*="jp-Containerize"])'
];

/** Look at what the page shows now, in each theme. */
async function expectAccessible(
  page: IJupyterLabPageFixture,
  state: string
): Promise<void> {
  for (const theme of THEMES) {
    await page.theme.setTheme(theme);
    const parts: string[] = [];
    for (const selector of OURS) {
      if (await page.locator(selector).count()) {
        parts.push(selector);
      }
    }
    expect(await violationsIn(page, parts), `${state}, ${theme}`).toEqual([]);
  }
}

test('the sidebar has no WCAG A or AA violation before anything is built', async ({
  page,
  tmpPath
}) => {
  const sidebar = new Sidebar(page);
  await sidebar.open();
  const settings = sidebar.node.getByRole('button', {
    name: 'Settings',
    exact: true
  });
  await settings.click();
  await sidebar.section('Settings').getByText('Platforms').waitFor();
  await expectAccessible(page, 'nothing open');
  await settings.click();

  const preview = sidebar.section('This notebook');
  await openNotebook(page, `${tmpPath}/r.ipynb`, R);
  // No kernel here knows R, and JupyterLab asks for another.
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'No Kernel' })
    .click();
  await preview.getByText('R notebooks cannot be built yet').waitFor();
  await expectAccessible(page, 'an R notebook');

  await openNotebook(page, `${tmpPath}/iris.ipynb`, example('iris.ipynb'));
  await sidebar.dependency('scikit-learn').waitFor();
  await page.locator('.jp-Containerize-mark').first().waitFor();
  for (const details of await preview.locator('summary').all()) {
    await details.click();
  }
  await sidebar.dependency('pandas').getByRole('rowheader').getByRole('button').click();
  await preview.getByRole('button', { name: 'Add a distribution' }).click();
  await expectAccessible(page, 'everything of a notebook');
});

test('the sidebar has no WCAG A or AA violation while things are built', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/failed.ipynb`, FAILING);
  await toolbarButton(page).click();
  await sidebar.waitForState('failed.ipynb', 'Failed');
  await openNotebook(page, `${tmpPath}/runs.ipynb`, ENDLESS);
  await toolbarButton(page).click();
  await sidebar.waitForState('runs.ipynb', 'Running');
  await sidebar
    .build('runs.ipynb')
    .getByText('Log', { exact: true })
    .click();
  await openNotebook(page, `${tmpPath}/waits.ipynb`, DOUBLE);
  await toolbarButton(page).click();
  await sidebar.waitForState('waits.ipynb', 'Queued');
  await expectAccessible(page, 'failed, running, queued');
  for (const name of ['waits.ipynb', 'runs.ipynb']) {
    await sidebar
      .build(name)
      .getByRole('button', { name: /^Cancel/ })
      .click();
    await sidebar.waitForState(name, 'Cancelled');
  }
  await expectAccessible(page, 'cancelled');
});

test('the sidebar has no WCAG A or AA violation around an image', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/triple.ipynb`, TRIPLE);
  await toolbarButton(page).click();
  await sidebar.waitForState('triple.ipynb', 'Done');
  const preview = sidebar.section('This notebook');
  await preview.getByRole('button', { name: 'Show what will be built' }).click();
  await preview.getByRole('list', { name: 'Layers, the largest first' }).waitFor();
  await expectAccessible(page, 'a plan, and a build that is done');

  const image = sidebar.image('triple');
  await image.getByRole('button', { name: /^Run / }).click();
  await image.getByRole('button', { name: 'Send' }).click();
  await image.getByLabel('What came back').waitFor();
  await expectAccessible(page, 'an answer');
  await image.getByRole('textbox').first().fill('wide');
  await image.getByRole('button', { name: 'Send' }).click();
  await image.getByText('422').first().waitFor();
  await expectAccessible(page, 'a refusal');
  await image.getByRole('button', { name: /^Stop / }).click();

  for (const action of ['Show Layers and Packages…', 'Push…', 'Delete…']) {
    await image.getByRole('button', { name: /^More about/ }).click();
    await page.getByRole('menuitem', { name: action }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, action);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
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

test('whatever can be clicked is reached by Tab, shows its focus and has a name', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/tab.ipynb`, TRIPLE);
  await sidebar.open();
  await sidebar.section('This notebook').getByText('predict()').waitFor();
  const wanted = await sidebar.node
    .locator('button:enabled, a[href], select, input, summary')
    .filter({ visible: true })
    .count();

  const seen = new Set<string>();
  await sidebar.node.focus();
  for (let presses = 0; presses < wanted + 5; presses++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(focused);
    if (!focus) {
      break;
    }
    expect(focus.name, focus.html).not.toBe('');
    expect(focus.isShown, focus.html).toBe(true);
    seen.add(focus.id);
  }
  expect(seen.size).toBe(wanted);
});

test('from the palette to a running build without a mouse', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/palette.ipynb`, ENDLESS);
  await openPalette(page);
  await page.keyboard.type('Containerize Notebook');
  await expect(
    page.locator('.lm-CommandPalette-item.lm-mod-active')
  ).toContainText('Containerize');
  await page.keyboard.press('Enter');
  await sidebar.waitForState('palette.ipynb', 'Running');
  const cancel = sidebar
    .build('palette.ipynb')
    .getByRole('button', { name: /^Cancel/ });
  await cancel.focus();
  await page.keyboard.press('Enter');
  await sidebar.waitForState('palette.ipynb', 'Cancelled');
});

/** What has the focus in the sidebar; null if that is elsewhere. Runs in the page. */
function focused(): {
  id: string;
  html: string;
  name: string;
  isShown: boolean;
} | null {
  const node = document.activeElement;
  const root = document.querySelector('#jupyter-containerize-sidebar');
  if (!(node instanceof HTMLElement) || node === root || !root?.contains(node)) {
    return null;
  }
  const all = [...root.querySelectorAll('*')];
  const style = getComputedStyle(node);
  const labels = 'labels' in node ? [...((node as HTMLInputElement).labels ?? [])] : [];
  return {
    id: String(all.indexOf(node)),
    html: node.outerHTML.slice(0, 200),
    name: [
      node.getAttribute('aria-label'),
      node.textContent,
      ...labels.map(label => label.textContent)
    ]
      .join('')
      .trim(),
    isShown: style.outlineStyle !== 'none' || style.boxShadow !== 'none'
  };
}
