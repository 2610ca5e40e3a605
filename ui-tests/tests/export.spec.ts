import { expect, test } from '@jupyterlab/galata';
import { statSync } from 'fs';

import { DOUBLE } from './notebooks';
import { openNotebook } from './sidebar';

test('the File menu exports a serving image as one archive', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, `${tmpPath}/double.ipynb`, DOUBLE);
  const item = page.getByRole('menuitem', {
    name: 'Serving image (OCI archive)'
  });
  // JupyterLab asks the server for the formats when the first notebook opens, and shows no empty menu.
  await expect(async () => {
    await page.menu.closeAll();
    await page.menu.openLocator('File>Save and Export Notebook As');
    await expect(item).toBeVisible({ timeout: 1000 });
  }).toPass();
  // JupyterLab opens a tab for it, which the browser closes when it turns out to be a download.
  const downloaded = page.waitForEvent('download', { timeout: 120_000 });
  await item.click();
  const download = await downloaded;
  expect(download.suggestedFilename()).toBe('double.tar');
  expect(statSync(await download.path()).size).toBeGreaterThan(10_000_000);
});
