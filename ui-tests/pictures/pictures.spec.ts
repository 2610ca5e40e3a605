import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { join } from 'path';

import { DOUBLE, example } from '../tests/notebooks';
import { openNotebook, Sidebar, toolbarButton } from '../tests/sidebar';

const FOLDER = process.env['PICTURES'] ?? join(__dirname, '../../docs/images');

const THEMES = [
  ['JupyterLab Light', 'light'],
  ['JupyterLab Dark', 'dark']
] as const;

const SECTIONS = ['This notebook', 'Builds', 'Images', 'Settings'];

/** High enough for a section in full. */
const TALL = { width: 1280, height: 1900 };
const WIDE = { width: 1280, height: 800 };
const WIDTH = 360;

test.use({ viewport: WIDE });

/** Those of the preview and of builds are taken by their tests, with UI_PICTURES. */
test('the sidebar as a whole and its other sections, in light and dark', async ({
  page,
  tmpPath
}) => {
  const sidebar = new Sidebar(page);
  await sidebar.open();
  await page.sidebar.setWidth(WIDTH, 'left');
  await sidebar.section('Images').getByText('No images yet').waitFor();
  await inThemes(page, theme => taken(sidebar.node, `welcome-${theme}`));

  await openNotebook(page, `${tmpPath}/iris.ipynb`, example('iris.ipynb'));
  await sidebar.dependency('scikit-learn').waitFor();
  await page.locator('.jp-Containerize-mark').first().waitFor();
  await inThemes(page, theme => taken(page, `sidebar-${theme}`));

  await toolbarButton(page).click();
  await sidebar.waitForState('iris.ipynb', 'Done');
  await openNotebook(page, `${tmpPath}/double.ipynb`, DOUBLE);
  await toolbarButton(page).click();
  await sidebar.waitForState('double.ipynb', 'Done');
  await openNotebook(page, `${tmpPath}/iris.ipynb`, example('iris.ipynb'));

  await only(page, sidebar, ['Images']);
  const images = sidebar.section('Images');
  const image = sidebar.image('iris');
  await inThemes(page, theme => taken(images, `images-${theme}`));
  await image.getByRole('button', { name: /^Run / }).click();
  await image.getByRole('button', { name: 'Send' }).click();
  await expect(image.getByLabel('What came back')).toContainText('versicolor');
  await inThemes(page, theme => around(page, image, `try-it-${theme}`));
  await image.getByRole('button', { name: /^Stop / }).click();

  await image.getByRole('button', { name: /^More about/ }).click();
  await page
    .getByRole('menuitem', { name: 'Show Layers and Packages…' })
    .click();
  await page.getByRole('dialog').getByText('Layers').first().waitFor();
  await page.setViewportSize(WIDE);
  await inThemes(page, theme =>
    taken(page.locator('.jp-Dialog-content'), `image-contents-${theme}`)
  );
  await page.keyboard.press('Escape');

  await image.getByRole('button', { name: /^More about/ }).click();
  await page.getByRole('menuitem', { name: 'Compare…' }).click();
  const dialog = page.getByRole('dialog');
  const double = dialog
    .getByLabel('From')
    .locator('option', { hasText: 'double' });
  await dialog
    .getByLabel('From')
    .selectOption(await double.first().getAttribute('value'));
  await dialog
    .getByRole('rowheader', { name: 'scikit-learn', exact: true })
    .waitFor();
  await inThemes(page, theme =>
    taken(page.locator('.jp-Dialog-content'), `image-comparison-${theme}`)
  );
  await page.keyboard.press('Escape');

  await only(page, sidebar, ['Settings']);
  await inThemes(page, theme =>
    taken(sidebar.section('Settings'), `settings-${theme}`)
  );
});

/** Show these sections alone, unfolded, and in full. */
async function only(
  page: IJupyterLabPageFixture,
  sidebar: Sidebar,
  titles: readonly string[]
): Promise<void> {
  await page.setViewportSize(TALL);
  for (const title of SECTIONS) {
    const toggle = sidebar
      .section(title)
      .locator('.jp-Containerize-sectionToggle');
    const isOpen = (await toggle.getAttribute('aria-expanded')) === 'true';
    if (isOpen !== titles.includes(title)) {
      await toggle.click();
    }
  }
}

async function inThemes(
  page: IJupyterLabPageFixture,
  take: (theme: string) => Promise<void>
): Promise<void> {
  for (const [name, word] of THEMES) {
    await page.theme.setTheme(name);
    // Where the pointer is left over from a click, something would be lit up.
    await page.mouse.move(1270, 790);
    await take(word);
  }
}

async function taken(
  what: Locator | IJupyterLabPageFixture,
  name: string
): Promise<void> {
  await what.screenshot({
    path: join(FOLDER, `${name}.png`),
    animations: 'disabled'
  });
}

/** With a margin, for what is a part of a section. */
async function around(
  page: IJupyterLabPageFixture,
  what: Locator,
  name: string
): Promise<void> {
  /** No more than what is free around it, in pixels. */
  const [side, above] = [8, 3];
  await what.scrollIntoViewIfNeeded();
  const box = await what.boundingBox();
  if (!box) {
    throw new Error(`${name} is not on the page`);
  }
  await page.screenshot({
    path: join(FOLDER, `${name}.png`),
    animations: 'disabled',
    clip: {
      x: box.x - side,
      y: box.y - above,
      width: box.width + 2 * side,
      height: box.height + 2 * above
    }
  });
}
