import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { example, notebook, TRIPLE } from './notebooks';
import { openNotebook, run } from './sidebar';

/** The mark of a cell of the current notebook; cells count from 1, of all kinds. */
function mark(page: Page, cell: number): Locator {
  return page
    .locator(`.jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index="${cell - 1}"]`)
    .locator('.jp-Containerize-mark');
}

test('cells are marked by what becomes of them, and say why', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/triple.ipynb`, TRIPLE);
  await expect(mark(page, 2)).toHaveCount(0);
  await sidebar.open();

  await expect(mark(page, 2)).toHaveAttribute('data-role', 'training');
  await expect(mark(page, 3)).toHaveAttribute('data-role', 'serving');
  await expect(mark(page, 5)).toHaveAttribute('data-role', 'dropped');
  await expect(mark(page, 1)).toHaveCount(0);
  await mark(page, 2).hover();
  await expect(mark(page, 2)).toHaveAttribute('title', /needs 'factor'/);
  await expect(
    page.getByRole('img', { name: /^Left out of the image/ })
  ).toHaveCount(1);
});

test('marks follow what is typed, moved and removed', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/edited.ipynb`, TRIPLE);
  await sidebar.open();
  await expect(mark(page, 5)).toHaveAttribute('data-role', 'dropped');

  // A cell that moves takes its mark along, without waiting for anything.
  await page.notebook.selectCells(4);
  await run(page, 'notebook:move-cell-up');
  await expect(mark(page, 4)).toHaveAttribute('data-role', 'dropped');
  await run(page, 'notebook:move-cell-down');

  // The last cell serves once the function uses what it makes.
  await page.notebook.setCell(4, 'code', 'offset = 1');
  await page.notebook.setCell(
    2,
    'code',
    'def predict(x: float) -> float:\n    return factor * x + offset'
  );
  await expect(mark(page, 5)).toHaveAttribute('data-role', 'training');
  await run(page, 'notebook:change-cell-to-markdown');
});

test('marks are switched off and on, and go with the sidebar', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/switch.ipynb`, TRIPLE);
  await sidebar.open();
  const marks = page.locator('.jp-Containerize-mark');
  await expect(marks).toHaveCount(4);

  await run(page, 'containerize:toggle-cell-marks');
  await expect(marks).toHaveCount(0);
  await run(page, 'containerize:toggle-cell-marks');
  await expect(marks).toHaveCount(4);

  await page.sidebar.close('left');
  await expect(marks).toHaveCount(0);
  await sidebar.open();
  await expect(marks).toHaveCount(4);
});

test('a notebook that draws only what is in view has marks wherever one scrolls', async ({
  page,
  tmpPath
}) => {
  const cells = Array.from({ length: 120 }, (_, index) => `x${index} = ${index}`);
  const content = notebook(
    ...cells,
    'def predict(x: float) -> float:\n    return x119 * x'
  );
  const sidebar = await openNotebook(page, `${tmpPath}/long.ipynb`, content);
  await sidebar.open();
  await expect(mark(page, 2)).toHaveAttribute('data-role', 'dropped');
  await expect(mark(page, 122)).toHaveCount(0);

  const path = `${tmpPath}/long.ipynb`;
  await run(page, 'containerize:go-to-cell', { path, cell: 122, line: null });
  await expect(mark(page, 122)).toHaveAttribute('data-role', 'serving');
  await expect(mark(page, 121)).toHaveAttribute('data-role', 'training');
  await expect(mark(page, 122)).toBeVisible();
});

for (const [theme, name] of [
  ['JupyterLab Light', 'light'],
  ['JupyterLab Dark', 'dark']
] as const) {
  test(`marks beside an example, in ${name}`, async ({ page, tmpPath }) => {
    await page.theme.setTheme(theme);
    const sidebar = await openNotebook(
      page,
      `${tmpPath}/iris.ipynb`,
      example('iris.ipynb')
    );
    await sidebar.open();
    await expect(mark(page, 2)).toBeVisible();
    await sidebar.shot(`marks-${name}`);
  });
}
