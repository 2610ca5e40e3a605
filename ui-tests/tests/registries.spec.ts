import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import { execFile } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';

import { expectAccessible } from './accessible';
import { setSetting } from './in-page';
import { DOUBLE, notebook } from './notebooks';
import { Registry } from './registry';
import { serverFolder } from './server-folder';
import {
  digestOf,
  openNotebook,
  reload,
  run,
  Sidebar,
  toolbarButton
} from './sidebar';

/** Not the one that waits for the end: the registry's gate is in this process. */
const execute = promisify(execFile);

/** The server's own store, for programs that the test runs. */
const env = { ...process.env, JUPYTER_DATA_DIR: join(serverFolder(), 'data') };

test.describe('with a registry', () => {
  let registry: Registry;

  test.beforeEach(async () => {
    registry = await Registry.start();
  });

  test.afterEach(() => registry.stop());

  test('a push shows how far it is, and the image is in the registry then', async ({
    page,
    tmpPath
  }) => {
    const path = `${tmpPath}/pushed.ipynb`;
    const sidebar = await openNotebook(page, path, DOUBLE);
    await toolbarButton(page).click();
    await sidebar.waitForState('pushed.ipynb', 'Done');
    const image = sidebar.image('pushed');
    const digest = await digestOf(image);
    await sidebar.choose('pushed', 'Push…');
    const place = `${registry.host}/team/pushed:1`;
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('A registry').check();
    await dialog.getByLabel('Name at the registry').fill(place);
    await dialog.getByRole('button', { name: 'Push' }).click();

    // Uploads are held: it is under way for as long as we look.
    await expect(image.getByText(`Pushing to ${place}`)).toBeVisible();
    await expect(image.getByText(/^[1-9]?\d %$/)).toBeVisible();
    const builds = sidebar.section('Builds');
    await expect(builds.getByText('Publishing').first()).toBeVisible();
    await expect(builds.getByText(/MB \/ 1\d MB/).first()).toBeVisible();
    expect((await registry.look('team/pushed', '1')).digest).toBeNull();
    await image.scrollIntoViewIfNeeded();
    await both(page, 'registries-pushing');
    await expectAccessible(page);

    registry.release();
    await expect(image.getByText('Pushing to')).toHaveCount(0);
    await expect(image.getByTitle(`Pushed to ${place}`)).toHaveText(place);
    expect(await registry.look('team/pushed', '1')).toEqual({
      tags: ['1'],
      digest
    });
    await image.scrollIntoViewIfNeeded();
    await both(page, 'registries-pushed');

    // The page that comes later knows it, too.
    await reload(page);
    await new Sidebar(page).open();
    await expect(
      new Sidebar(page).image('pushed').getByTitle(`Pushed to ${place}`)
    ).toBeVisible();
  });

  test('a plan says how much would be sent to a registry', async ({
    page,
    tmpPath
  }) => {
    registry.release();
    const sidebar = await openNotebook(page, `${tmpPath}/sent.ipynb`, DOUBLE);
    await page.evaluate(setSetting, {
      name: 'destination',
      value: `${registry.host}/team/{image}`
    });
    await sidebar.open();
    const preview = sidebar.section('This notebook');
    await preview
      .getByRole('button', { name: 'Show what will be built' })
      .click();
    const layers = preview.getByRole('list', {
      name: 'Layers, the largest first'
    });
    await expect(layers).toBeVisible({ timeout: 120_000 });
    await expect(preview.getByText(/\d MB to send/)).toBeVisible();

    await toolbarButton(page).click();
    // In the list the plan is done, too.
    const tags = async () => (await registry.look('team/sent', 'latest')).tags;
    await expect.poll(tags, { timeout: 170_000 }).toContain('latest');
    await sidebar.waitForState('sent.ipynb', 'Done');
    await preview.getByRole('button', { name: 'Plan again' }).first().click();
    await expect(layers).toHaveCount(0);
    await expect(layers).toBeVisible({ timeout: 120_000 });
    await expect(preview.getByText(/^already there \d+ MB$/)).toBeVisible();
    await expect(preview.getByText('0 B to send')).toBeVisible();
    await both(page, 'registries-planned');
    await page.evaluate(setSetting, { name: 'destination', value: '' });
  });

  test('an image that was signed where it was published says so', async ({
    page,
    tmpPath
  }) => {
    registry.release();
    const path = `${tmpPath}/signed.ipynb`;
    const sidebar = await openNotebook(page, path, DOUBLE);
    const keys = mkdtempSync(join(tmpdir(), 'containerize-key-'));
    const key = join(keys, 'cosign.key');
    const curve = 'ec_paramgen_curve:P-256';
    const made = ['genpkey', '-algorithm', 'EC', '-pkeyopt', curve];
    await execute('openssl', [...made, '-out', key]);
    const place = `${registry.host}/a-team-with-a-long-name/signed`;
    const build = ['containerize', 'build', join(serverFolder(), 'root', path)];
    const where = ['--to', `${place}:1`, '--sign-key', key];
    await execute('jupyter', [...build, ...where], { env });
    rmSync(keys, { recursive: true });

    await reload(page);
    await sidebar.open();
    await sidebar.choose('signed', 'Show Layers and Packages…');
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByText('a signature lies at')).toContainText(place);
    await both(page, 'registries-signed');
    await expectAccessible(page, '.jp-Dialog-content');
  });
});

test('an image is put on newer system packages, and stays the rest of what it was', async ({
  page,
  tmpPath
}) => {
  const cells = ['def predict(x: float) -> float:\n    return 3 * x'];
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/rebased.ipynb`,
    notebook(...cells, 'predict(14.0)')
  );
  await toolbarButton(page).click();
  await sidebar.waitForState('rebased.ipynb', 'Done');
  const image = sidebar.image('rebased');
  const newest = await digestOf(image);

  const script = join(__dirname, '../servers/older_base.py');
  const { stdout: older } = await execute('python', [script, 'rebased:latest'], {
    env
  });
  await reload(page);
  await sidebar.open();
  const row = (digest: string) =>
    sidebar
      .section('Images')
      .locator('.jp-Containerize-image')
      .filter({ has: page.getByTitle(digest, { exact: true }) });
  await expect(row(older)).toContainText('rebased');

  await row(older).getByRole('button', { name: /^More about/ }).click();
  await page
    .getByRole('menuitem', { name: 'Rebase on the Newest System Packages' })
    .click();
  const task = sidebar.build('rebased:latest');
  await expect(task.getByText('Done', { exact: true })).toBeVisible({
    timeout: 120_000
  });
  // What was built on the newest packages, and what is rebased on them, is the same image.
  await expect(
    row(newest).getByRole('button', { name: /^More about rebased:latest/ })
  ).toBeVisible();
  await both(page, 'registries-rebased');
  await task.getByText('Log', { exact: true }).click();
  await expect(sidebar.node.getByText(/^libc6 0 -> \d/)).toBeVisible();
  await expectAccessible(page);
});

test('containers that run are in the Running panel, and are stopped there', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/contained.ipynb`,
    DOUBLE
  );
  await toolbarButton(page).click();
  await sidebar.waitForState('contained.ipynb', 'Done');
  const image = sidebar.image('contained');
  const start = async () => {
    await sidebar.open();
    await image.getByRole('button', { name: /^Run / }).click();
    await expect(image.getByRole('button', { name: 'Send' })).toBeVisible();
    await run(page, 'running:show-panel');
  };
  await start();
  const item = page.locator(
    '.jp-RunningSessions-item[data-context="containerize-container"]'
  );
  await expect(item).toHaveCount(1);
  await expect(item).toContainText('contained:latest');
  await expect(item).toContainText(/port \d+/);
  await both(page, 'running-containers');

  // It opens where it can be asked.
  await item.getByText('contained:latest').click();
  await expect(image.getByRole('button', { name: 'Send' })).toBeInViewport();
  await run(page, 'running:show-panel');
  await item.hover();
  await item.locator('.jp-RunningSessions-itemShutdown').click();
  await expect(item).toHaveCount(0);
  await sidebar.open();
  await expect(image.getByRole('button', { name: /^Run / })).toBeEnabled();

  await start();
  await expect(item).toHaveCount(1);
  await page.getByRole('button', { name: 'Stop All' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Stop all containers');
  await dialog.getByRole('button', { name: 'Stop All' }).click();
  await expect(item).toHaveCount(0);
  await expect
    .poll(async () => {
      const answer = await page.request.get('/containerize/running');
      return (await answer.json()) as object;
    })
    .toEqual({ running: [] });
});

/** A picture in light and one in dark; the page is light before and after. */
async function both(page: Page, name: string): Promise<void> {
  const { theme } = page as Page & {
    theme: { setDarkTheme(): Promise<void>; setLightTheme(): Promise<void> };
  };
  await page.screenshot({ path: `shots/${name}-light.png` });
  await theme.setDarkTheme();
  await page.screenshot({ path: `shots/${name}-dark.png` });
  await theme.setLightTheme();
}
