import { expect, test } from '@jupyterlab/galata';

import { DOUBLE, ENDLESS, example, FAILING, TRIPLE } from './notebooks';
import {
  kernelIdle,
  openNotebook,
  reload,
  run,
  Sidebar,
  toolbarButton
} from './sidebar';

test('an example becomes an image, seen in two tabs and after a reload', async ({
  page,
  tmpPath,
  context,
  baseURL
}) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/iris.ipynb`,
    example('iris.ipynb')
  );
  await toolbarButton(page).click();
  await expect(sidebar.node).toBeVisible();

  // What is inferred, and a cell number that goes to its cell.
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('predict()')).toBeVisible();
  const sklearn = sidebar.dependency('scikit-learn');
  await expect(sklearn).toContainText(/\d+\.\d+\.\d+/);
  const link = sklearn.getByRole('button', { name: /^Go to cell/ }).first();
  const cell = Number(await link.textContent());
  await link.click();
  await expect
    .poll(() => page.evaluate(activeCell))
    .toBe(cell);
  await sidebar.shot('lab-preview-light');

  // The build, as it goes.
  await sidebar.waitForState('iris.ipynb', 'Running');
  const build = sidebar.build('iris.ipynb');
  await expect(build.getByRole('progressbar')).toBeVisible();
  await build.getByText('Log', { exact: true }).click();
  // Where other tests have left its layers, it has come further than its first lines.
  await expect(build.getByRole('log')).toContainText(/detect|export/);
  await sidebar.shot('lab-running-light');

  // A second tab knows of it.
  const other = await context.newPage();
  await other.goto(`${baseURL}/lab?reset`);
  const otherSidebar = new Sidebar(other);
  await otherSidebar.open();
  await expect(otherSidebar.build('iris.ipynb')).toContainText(/Running|Done/);

  await sidebar.waitForState('iris.ipynb', 'Done');
  await expect(build).toContainText(/[0-9a-f]{12}/);
  await expect(build).toContainText(/\d MB/);
  await expect(build).toContainText('own example');
  await expect(sidebar.image('iris')).toBeVisible();
  await sidebar
    .image('iris')
    .getByRole('button', { name: 'Copy run command' })
    .click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    'iris'
  );
  await sidebar.image('iris').scrollIntoViewIfNeeded();
  await sidebar.shot('lab-done-light');

  await otherSidebar.waitForState('iris.ipynb', 'Done');
  await expect(otherSidebar.image('iris')).toBeVisible();
  await other.close();

  // The sidebar is where it was.
  await reload(page);
  await sidebar.waitForState('iris.ipynb', 'Done');
  await expect(sidebar.image('iris')).toBeVisible();

  await page.theme.setDarkTheme();
  await sidebar.shot('lab-done-dark');
});

test('what is typed shows before it is saved, and is saved before it is built', async ({
  page,
  tmpPath,
  baseURL
}) => {
  const path = `${tmpPath}/typed.ipynb`;
  const sidebar = await openNotebook(page, path, DOUBLE);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('predict()')).toBeVisible();
  await expect(sidebar.dependency('pandas')).toHaveCount(0);

  await page.notebook.setCell(
    1,
    'code',
    'import pandas\n\ndef predict(x: float) -> float:\n    return 2 * pandas.Series([x])[0]'
  );
  await expect(sidebar.dependency('pandas')).toBeVisible();
  await sidebar.shot('lab-typed-light');

  await toolbarButton(page).click();
  await sidebar.build('typed.ipynb').waitFor();
  const saved = await page.request.get(`${baseURL}/api/contents/${path}`);
  expect(await saved.text()).toContain('import pandas');
  await cancel(sidebar, 'typed.ipynb');
});

test('a build is cancelled, and removed from the list', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/endless.ipynb`,
    ENDLESS
  );
  await toolbarButton(page).click();
  await sidebar.waitForState('endless.ipynb', 'Running');
  await cancel(sidebar, 'endless.ipynb');
  await sidebar.shot('lab-cancelled-light');
  await sidebar
    .build('endless.ipynb')
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(sidebar.build('endless.ipynb')).toHaveCount(0);
});

test('the file browser builds the notebook that is selected', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(
    ENDLESS,
    'text',
    `${tmpPath}/selected.ipynb`
  );
  // Galata's way there knows the file browser of its own release alone.
  await run(page, 'filebrowser:go-to-path', { path: tmpPath });
  await page
    .locator('.jp-DirListing-item', { hasText: 'selected.ipynb' })
    .click({ button: 'right' });
  await page
    .getByRole('menuitem', { name: 'Containerize Notebook' })
    .click();
  const sidebar = new Sidebar(page);
  await expect(
    sidebar.section('This notebook').getByText('No notebook open')
  ).toBeVisible();
  await sidebar.build('selected.ipynb').waitFor();
  await cancel(sidebar, 'selected.ipynb');
});

test('a notebook that fails shows what happened and where', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/failing.ipynb`,
    FAILING
  );
  await toolbarButton(page).click();
  await sidebar.waitForState('failing.ipynb', 'Failed');
  const build = sidebar.build('failing.ipynb');
  await expect(build).toContainText('ZeroDivisionError');
  await build.getByRole('button', { name: /^Go to cell 3/ }).click();
  await expect.poll(() => page.evaluate(activeCell)).toBe(3);
  await sidebar.shot('lab-failed-light');
  await page.theme.setDarkTheme();
  await sidebar.shot('lab-failed-dark');
});

test('the palette builds the current notebook', async ({ page, tmpPath }) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/palette.ipynb`,
    ENDLESS
  );
  const item = page
    .locator('.lm-CommandPalette-item')
    .filter({ hasText: 'Containerize Notebook' });
  // A notebook that has just been opened may take the focus, which closes the palette.
  await expect(async () => {
    await run(page, 'apputils:activate-command-palette');
    await page
      .locator('.lm-CommandPalette-input')
      .fill('Containerize Notebook', { timeout: 2000 });
    await item.first().click({ timeout: 2000 });
  }).toPass();
  await sidebar.build('palette.ipynb').waitFor();
  await cancel(sidebar, 'palette.ipynb');
});

async function cancel(sidebar: Sidebar, name: string): Promise<void> {
  await sidebar
    .build(name)
    .getByRole('button', { name: /^Cancel/ })
    .click();
  await sidebar.waitForState(name, 'Cancelled');
}

/** The 1-based number of the active cell; runs in the page. */
function activeCell(): number {
  const { jupyterapp } = window as unknown as {
    jupyterapp: {
      shell: { currentWidget: { content: { activeCellIndex: number } } };
    };
  };
  return jupyterapp.shell.currentWidget.content.activeCellIndex + 1;
}

test('the objects come from where the user says', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/triple.ipynb`;
  const sidebar = await openNotebook(page, path, TRIPLE);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('statements run')).toBeVisible();
  await expect(preview.getByLabel('Objects in the image')).toContainText(
    'factor'
  );
  const source = preview.getByRole('combobox', { name: 'Objects' });
  await expect(source).toHaveValue('run');

  // When the container starts: nothing is captured.
  await source.selectOption('startup');
  await expect(preview.getByLabel('Objects in the image')).toHaveCount(0);
  await sidebar.shot('lab-state-startup');
  await toolbarButton(page).click();
  await sidebar.waitForState('triple.ipynb', 'Done');
  await expect(sidebar.build('triple.ipynb')).toContainText('own example');

  // The choice outlives a reload of the page.
  await reload(page);
  await sidebar.open();
  await run(page, 'docmanager:open', { path });
  await expect(source).toHaveValue('startup');

  // From the running kernel, as it is now.
  await kernelIdle(page);
  await run(page, 'notebook:run-all-cells');
  await expect(page.locator('.jp-OutputArea-output').last()).toHaveText('3');
  await source.selectOption('live');
  const builds = sidebar.node.locator('.jp-Containerize-build');
  // Other tests have built before.
  await expect(builds.first()).toBeVisible();
  const before = await builds.count();
  await toolbarButton(page).click();
  await expect(builds).toHaveCount(before + 1);
  await sidebar.waitForState('triple.ipynb', 'Done');
  const build = sidebar.build('triple.ipynb');
  await build.getByText('Log', { exact: true }).click();
  // Only what is in sight of a log is in the page; a search brings it there.
  const search = build.getByRole('searchbox', { name: 'Search in the log' });
  await search.fill('running kernel');
  await search.press('Enter');
  await expect(build.getByRole('log')).toContainText('running kernel');
});
