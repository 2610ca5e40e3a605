import { expect, test as base } from '@jupyterlab/galata';

import { DOUBLE, FAILING, TRIPLE } from './notebooks';
import { reload, run, Sidebar, toolbarButton } from './sidebar';

/** Notebook 7: each document in a page of its own, a shell with fewer areas. */
const test = base.extend({
  // eslint-disable-next-line no-empty-pattern
  waitForApplication: async ({}, provide) => {
    await provide(async page => {
      await page.locator('#main-panel').waitFor();
    });
  }
});

test.use({ autoGoto: false, appPath: '' });

test('Notebook 7 builds a notebook and shows the same after a reload', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(DOUBLE, 'text', `${tmpPath}/double.ipynb`);
  await page.goto(`notebooks/${tmpPath}/double.ipynb`);
  await toolbarButton(page).click();

  const sidebar = new Sidebar(page);
  await expect(sidebar.node).toBeVisible();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('predict()')).toBeVisible();
  await preview
    .getByRole('button', { name: /^Go to cell 2/ })
    .first()
    .click();
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText(
    'def predict'
  );
  await sidebar.shot('notebook-running-light');

  await sidebar.waitForState('double.ipynb', 'Done');
  await expect(sidebar.image('double')).toBeVisible();
  await sidebar.shot('notebook-done-light');

  await reload(page);
  await toolbarButton(page).waitFor();
  await run(page, 'containerize:open-sidebar');
  await sidebar.waitForState('double.ipynb', 'Done');
  await expect(sidebar.image('double')).toBeVisible();
});

test('Notebook 7 marks cells while the sidebar is open', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(TRIPLE, 'text', `${tmpPath}/marks.ipynb`);
  await page.goto(`notebooks/${tmpPath}/marks.ipynb`);
  await toolbarButton(page).waitFor();
  const marks = page.locator('.jp-Containerize-mark');
  await expect(marks).toHaveCount(0);
  await run(page, 'containerize:open-sidebar');
  await expect(marks).toHaveCount(4);
  await expect(marks.nth(1)).toHaveAttribute('data-role', 'serving');
  await expect(marks.last()).toHaveAttribute('title', /^Left out of the image/);
  await new Sidebar(page).shot('notebook-marks-light');
  await run(page, 'containerize:toggle-cell-marks');
  await expect(marks).toHaveCount(0);
});

test('Notebook 7 shows why a notebook fails', async ({ page, tmpPath }) => {
  await page.contents.uploadContent(FAILING, 'text', `${tmpPath}/wrong.ipynb`);
  await page.goto(`notebooks/${tmpPath}/wrong.ipynb`);
  await toolbarButton(page).click();
  const sidebar = new Sidebar(page);
  await sidebar.waitForState('wrong.ipynb', 'Failed');
  await expect(sidebar.build('wrong.ipynb')).toContainText('ZeroDivisionError');
});

test('the file list of Notebook 7 builds the notebook that is selected', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(DOUBLE, 'text', `${tmpPath}/listed.ipynb`);
  await page.goto(`tree/${tmpPath}`);
  await page
    .locator('.jp-DirListing-item', { hasText: 'listed.ipynb' })
    .click({ button: 'right' });
  const started = page.waitForResponse(
    response =>
      response.url().includes('/containerize/builds') &&
      response.request().method() === 'POST'
  );
  await page.getByRole('menuitem', { name: 'Containerize Notebook' }).click();
  expect((await started).status()).toBe(201);
});
