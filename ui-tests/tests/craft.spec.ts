import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { setSetting } from './in-page';
import { DOUBLE, notebook } from './notebooks';
import {
  openNotebook,
  openPalette,
  reload,
  run,
  Sidebar,
  toolbarButton
} from './sidebar';

test('who has built nothing reads one sentence and finds one button', async ({
  page,
  tmpPath
}) => {
  await answer(page, 'images', { images: [], settled: true });
  // Far ahead of what the stream of events has to tell of other tests' builds.
  await answer(page, 'builds', { builds: [], last_seq: 1_000_000_000 });
  await page.contents.uploadContent(DOUBLE, 'text', `${tmpPath}/first.ipynb`);
  // The page was loaded with the answers of the server.
  await reload(page);
  const sidebar = new Sidebar(page);
  await sidebar.tab.waitFor();
  await sidebar.open();
  const welcome = sidebar.section('What Containerize does');
  await expect(welcome.getByRole('paragraph')).toHaveCount(1);
  await expect(welcome.getByRole('button')).toHaveCount(1);
  await welcome.getByRole('button', { name: 'Open a notebook…' }).click();

  const dialog = page.getByRole('dialog');
  await dialog.getByText(tmpPath).dblclick();
  await dialog.getByText('first.ipynb').click();
  await dialog.getByRole('button', { name: 'Select' }).click();
  await expect(toolbarButton(page)).toBeVisible();
  // Beside a notebook, the button that builds it is the one.
  await expect(welcome.getByRole('button')).toHaveCount(0);
  await expect(
    sidebar.section('This notebook').getByRole('button', {
      name: 'Containerize',
      exact: true
    })
  ).toBeVisible();
});

test('settings of the user go with every build, and those that are fixed say so', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/own.ipynb`, DOUBLE);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('image own:latest')).toBeVisible();
  await page.evaluate(setSetting, { name: 'tagTemplate', value: 'mine/{notebook}:7' });
  await expect(preview.getByText('image mine/own:7')).toBeVisible();
  await sidebar.node.getByRole('button', { name: 'Settings', exact: true }).click();
  const settings = sidebar.section('Settings');
  await expect(settings.getByText('mine/{notebook}:7')).toBeVisible();

  const started = page.waitForRequest(
    request =>
      request.url().includes('/containerize/builds') &&
      request.method() === 'POST'
  );
  await toolbarButton(page).click();
  expect((await started).postDataJSON()).toMatchObject({
    tag: 'mine/{notebook}:7'
  });
  await sidebar.waitForState('own.ipynb', 'Done');
  await expect(sidebar.image('mine/own:7')).toBeVisible();

  // An administrator who has fixed it.
  const known = (await (
    await page.request.get('containerize/settings')
  ).json()) as object;
  await answer(page, 'settings', { ...known, locked: ['tag_template'] });
  await page.sidebar.close('left');
  await sidebar.open();
  await expect(
    settings.getByRole('img', { name: 'Fixed by the administrator' })
  ).toHaveCount(1);
  await expect(settings.getByText('{notebook}:latest')).toBeVisible();
  await expect(
    settings.getByText('Your setting does not count: mine/{notebook}:7')
  ).toBeVisible();
  await sidebar.shot('craft-fixed');
  // Whoever sets it is told there and then, wherever that is.
  await page.evaluate(setSetting, { name: 'tagTemplate', value: '' });
  await run(page, 'containerize:open-settings');
  // JupyterLab's form gives its fields no labels.
  await page.locator('.jp-SettingsForm input[id$="_tagTemplate"]').fill('own:1');
  await expect(
    page.locator('.Toastify__toast', { hasText: 'Names of images' })
  ).toContainText('{notebook}:latest counts, not what you set');
  await page.screenshot({ path: 'shots/craft-fixed-told.png' });
  await page.evaluate(setSetting, { name: 'tagTemplate', value: '' });
});

test('the sidebar stays hidden when a build starts, if that is wanted', async ({
  page,
  tmpPath
}) => {
  await page.evaluate(setSetting, { name: 'autoOpen', value: false });
  const sidebar = await openNotebook(page, `${tmpPath}/quiet.ipynb`, DOUBLE);
  const started = page.waitForResponse(
    response =>
      response.url().includes('/containerize/builds') &&
      response.request().method() === 'POST'
  );
  await toolbarButton(page).click();
  expect((await started).status()).toBe(201);
  await expect(sidebar.node).toBeHidden();
  await page.evaluate(setSetting, { name: 'autoOpen', value: true });
  await sidebar.open();
  await sidebar.waitForState('quiet.ipynb', 'Done');
});

test('all commands are in the palette', async ({ page, tmpPath }) => {
  await openNotebook(page, `${tmpPath}/palette.ipynb`, DOUBLE);
  await openPalette(page);
  await page.keyboard.type('Containerize');
  const palette = page.locator('.lm-CommandPalette-content');
  for (const label of [
    'Containerize Notebook',
    'Show Containerize Sidebar',
    'Mark Cells That Go into the Image',
    'Containerize Settings'
  ]) {
    await expect(
      palette.locator('.lm-CommandPalette-itemLabel', { hasText: label })
    ).toHaveCount(1);
  }
  await page.keyboard.press('Escape');
});

for (const width of [300, 480]) {
  test(`nothing is cut off without a title at ${width} pixels`, async ({
    page,
    tmpPath
  }) => {
    const long = 'a-notebook-with-a-name-that-goes-on-for-longer-than-anybody-reads';
    const sidebar = await openNotebook(
      page,
      `${tmpPath}/${long}.ipynb`,
      notebook(
        'import sklearn, pandas, time',
        'factor = time.sleep(600) or 2',
        'def predict(a_parameter_that_has_a_very_long_name: float) -> float:\n    return factor * a_parameter_that_has_a_very_long_name'
      )
    );
    await sidebar.open();
    await page.sidebar.setWidth(width, 'left');
    await sidebar.dependency('scikit-learn').waitFor();
    await toolbarButton(page).click();
    await sidebar.build(`${long}.ipynb`).waitFor();
    expect(await page.evaluate(cutOff)).toEqual([]);
    const overflow = await sidebar.node.evaluate(
      node => node.scrollWidth - node.clientWidth
    );
    expect(overflow).toBe(0);
    await sidebar.shot(`craft-${width}`);
    await sidebar
      .build(`${long}.ipynb`)
      .getByRole('button', { name: /^Cancel/ })
      .click();
  });
}

test('200 images are listed without making anybody wait', async ({
  page
}) => {
  const image = (index: number) => ({
    digest: `sha256:${index.toString(16).padStart(64, '0')}`,
    tags: [`model-${index}:latest`],
    created: '2026-11-22T10:00:00Z',
    size_bytes: 91_000_000 + index,
    notebook: `model-${index % 40}.ipynb`,
    run_command: `jupyter containerize run model-${index}:latest`,
    platforms: ['linux/amd64'],
    where: ['store'],
    path: `model-${index % 40}.ipynb`,
    notebook_digest: '',
    changed: null,
    running: []
  });
  const images = Array.from({ length: 200 }, (_, index) => image(index));
  await answer(page, 'images', { images, settled: true });
  await reload(page);
  const sidebar = new Sidebar(page);
  await sidebar.tab.waitFor();
  await page.evaluate(watchTasks);
  await sidebar.open();
  await expect(sidebar.image('model-0:latest')).toBeVisible();
  await sidebar.shot('craft-200-images');
  const tasks = await page.evaluate(longTasks);
  console.log('200 images, tasks above 50 ms:', JSON.stringify(tasks));
});

/** Let the page see another answer than the server's. */
async function answer(page: Page, name: string, json: object): Promise<void> {
  await page.route(new RegExp(`/containerize/${name}(\\?|$)`), (route, request) =>
    request.method() === 'GET' ? route.fulfill({ json }) : route.fallback()
  );
}

/** The texts that do not fit and have no title to read them by. Runs in the page. */
function cutOff(): string[] {
  const root = document.querySelector('#jupyter-containerize-sidebar');
  return [...(root?.querySelectorAll<HTMLElement>('*') ?? [])]
    .filter(node => {
      const style = getComputedStyle(node);
      return (
        style.textOverflow === 'ellipsis' &&
        style.overflowX !== 'visible' &&
        node.offsetParent !== null &&
        node.scrollWidth > node.clientWidth &&
        !node.closest('[title]')
      );
    })
    .map(node => `${node.className}: ${node.textContent}`);
}

/** Runs in the page. */
function watchTasks(): void {
  const seen: number[] = [];
  (window as unknown as { seen: number[] }).seen = seen;
  new PerformanceObserver(list => {
    seen.push(...list.getEntries().map(entry => Math.round(entry.duration)));
  }).observe({ entryTypes: ['longtask'] });
}

/** Runs in the page. */
function longTasks(): number[] {
  return (window as unknown as { seen: number[] }).seen;
}
