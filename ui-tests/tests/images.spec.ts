import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { DOUBLE, example, notebook } from './notebooks';
import { openNotebook, run, toolbarButton } from './sidebar';

/** The clicks of a test's user, so that they can be counted. */
class Clicks {
  count = 0;

  async on(locator: { click(): Promise<void> }): Promise<void> {
    this.count++;
    await locator.click();
  }
}

test('three clicks lead from a notebook to an answer of its container', async ({
  page,
  tmpPath
}) => {
  const clicks = new Clicks();
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/iris.ipynb`,
    example('iris.ipynb')
  );
  await clicks.on(toolbarButton(page));
  await sidebar.waitForState('iris.ipynb', 'Done');
  const images = sidebar.section('Images');
  await expect(images.getByText('this notebook')).toBeVisible();
  const image = sidebar.image('iris');
  await clicks.on(image.getByRole('button', { name: /^Run / }));
  const send = image.getByRole('button', { name: 'Send' });
  await expect(image.getByLabel(/petal_width/)).toHaveValue('1.4');
  await image.scrollIntoViewIfNeeded();
  await clicks.on(send);
  await expect(image.getByLabel('What came back')).toContainText('versicolor');
  expect(clicks.count).toBe(3);
  await shot(page, 'try-it-light');

  // What does not fit is said beside its field.
  await image.getByLabel(/sepal_width/).fill('wide');
  await send.click();
  await expect(image.getByLabel(/sepal_width/)).toHaveAttribute(
    'aria-invalid',
    'true'
  );
  await expect(image.getByText('422').first()).toBeVisible();
  await shot(page, 'try-it-refused-light');
  await page.theme.setDarkTheme();
  await shot(page, 'try-it-refused-dark');

  // The same elsewhere, and what came before.
  await image.getByText('The same with curl').click();
  await image.getByRole('button', { name: 'Copy as curl' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    'curl'
  );
  await image.getByText('Last 2 answers').click();
  await image.getByRole('button', { name: /^200/ }).click();
  await expect(image.getByLabel(/sepal_width/)).toHaveValue('2.9');
  await shot(page, 'try-it-dark');

  await image.getByRole('button', { name: /^Stop / }).click();
  await expect(send).toHaveCount(0);
  await expect(image.getByRole('button', { name: /^Run / })).toBeEnabled();
  await shot(page, 'images-dark');
});

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `shots/${name}.png` });
}
