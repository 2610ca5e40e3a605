import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { expectAccessible } from './accessible';
import { run, Sidebar } from './sidebar';
import { StepsServer, testSteps } from './steps';
import { watchTasks, widen } from './in-page';

/** Where the pictures go: into the documentation if this says so. */
const PICTURES = process.env['UI_PICTURES'] ?? 'shots';

const server = new StepsServer();

testSteps(test, server);

async function openSidebar(page: Page): Promise<Sidebar> {
  await page.goto('?reset');
  const sidebar = new Sidebar(page);
  await sidebar.open();
  return sidebar;
}

test('a log of 100,000 lines streams and nothing stands still', async ({
  page,
  browser
}) => {
  test.setTimeout(400_000);
  const sidebar = await openSidebar(page);
  await server.build(
    page.request,
    'long.ipynb',
    'phase detect',
    'until open',
    'lines 100000',
    'until seen',
    'done'
  );
  await sidebar.waitForState('long.ipynb', 'Running');
  const build = sidebar.build('long.ipynb');
  await build.getByText('Log', { exact: true }).click();
  await expect(build.getByRole('log')).toContainText('detect');
  // What JupyterLab itself still does after its start is not about the log.
  await page.waitForTimeout(3000);

  const watch = await watchTasks(page, browser);
  const started = Date.now();
  server.allow('open');
  await expect(build).toContainText('100,001 lines', { timeout: 300_000 });
  const seconds = (Date.now() - started) / 1000;
  const streamed = await watch();
  console.log(`100,000 lines in ${seconds.toFixed(1)} s: ${streamed.text}`);
  expect(streamed.longestCpuMs).toBeLessThanOrEqual(50);

  // It follows, and little of it is on the page.
  await expect(build.getByRole('log')).toContainText('line 99,999');
  expect(await build.locator('[data-level]').count()).toBeLessThan(100);

  // Searched, forwards and backwards.
  const search = build.getByRole('searchbox', { name: 'Search in the log' });
  await search.fill('LINE 54,3');
  await expect(build.getByText('100', { exact: true })).toBeVisible();
  await search.press('Enter');
  await expect(build.locator('[data-current]')).toContainText('line 54,300');
  await search.press('Shift+Enter');
  await expect(build.locator('[data-current]')).toContainText('line 54,399');
  await expect(build.getByRole('button', { name: 'Follow' })).toHaveAttribute(
    'aria-pressed',
    'false'
  );
  await pictures(page, sidebar, 'builds-search');
  await expectAccessible(page);

  // Opened again it is read in parts, which blocks nothing either.
  await build.getByText('Log', { exact: true }).click();
  const watchAgain = await watchTasks(page, browser);
  await build.getByText('Log', { exact: true }).click();
  await expect(build).toContainText('100,001 lines', { timeout: 60_000 });
  const again = await watchAgain();
  console.log(`read again: ${again.text}`);
  expect(again.longestCpuMs).toBeLessThanOrEqual(50);

  await build.getByRole('button', { name: 'Copy the log' }).click();
  await expect
    .poll(() =>
      page.evaluate(async () => (await navigator.clipboard.readText()).length)
    )
    .toBeGreaterThan(2_000_000);
  const download = page.waitForEvent('download');
  await build.getByRole('link', { name: 'Download the log' }).click();
  expect((await download).suggestedFilename()).toBe('long.ipynb.log');
  server.allow('seen');
  await sidebar.waitForState('long.ipynb', 'Done');
});

test('a stream that is lost is no failed build', async ({ page }) => {
  let isCut = false;
  const sockets: { close(): Promise<void> }[] = [];
  await page.routeWebSocket(/containerize\/events/, socket => {
    sockets.push(socket);
    socket.connectToServer();
  });
  await page.route(/\/containerize\//, async route =>
    isCut ? route.abort('connectionrefused') : route.fallback()
  );
  const sidebar = await openSidebar(page);
  await server.build(
    page.request,
    'lost.ipynb',
    'phase detect',
    'log before',
    'finished detect 1.5',
    'phase build',
    'progress 30000000 120000000 bytes Downloading',
    'until cut',
    'log meanwhile',
    'phase export',
    'until back',
    'done'
  );
  await sidebar.waitForState('lost.ipynb', 'Running');
  const build = sidebar.build('lost.ipynb');
  await expect(build).toContainText('30 MB / 120 MB');
  await build.getByText('Log', { exact: true }).click();
  await expect(build.getByRole('log')).toContainText('before');

  isCut = true;
  await Promise.all(sockets.map(socket => socket.close()));
  await expect(sidebar.node.getByText('No connection')).toBeVisible();
  await sidebar.waitForState('lost.ipynb', 'Running');
  await expect(build).toContainText('30 MB / 120 MB');
  await pictures(page, sidebar, 'builds-lost');
  await expectAccessible(page);
  server.allow('cut');

  isCut = false;
  // It tries again by itself, too, and may have done so.
  await sidebar.node
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 2000 })
    .catch(() => undefined);
  await expect(sidebar.node.getByText('No connection')).toHaveCount(0);
  await expect(build.getByRole('log')).toContainText('meanwhile');
  await expect(build.locator('[aria-current="step"]')).toContainText('export');
  server.allow('back');
  await sidebar.waitForState('lost.ipynb', 'Done');
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  // A plain page: those of Galata fail with the first call that nobody answers.
  test(`after a restart of the server (${signal}) a build was interrupted, not failed`, async ({
    browser
  }) => {
    const context = await browser.newContext({ baseURL: server.url });
    const page = await context.newPage();
    await page.goto('lab?reset');
    const sidebar = new Sidebar(page);
    await sidebar.open();
    const name = `restart-${signal}.ipynb`;
    await server.build(page.request, name, 'phase build', 'sleep 600');
    await sidebar.waitForState(name, 'Running');
    const states: string[] = [];
    await page.exposeFunction('sawState', (state: string) => {
      states.push(state);
    });
    await page.evaluate(watchStates);

    await server.end(signal);
    await expect(sidebar.node.getByText('No connection')).toBeVisible();
    await sidebar.waitForState(name, 'Running');
    await server.start();
    await sidebar.waitForState(name, 'Interrupted');
    expect(new Set(states)).not.toContain('Failed');

    // A second tab says the same, and so does this one after a reload.
    const other = await context.newPage();
    await other.goto(`${server.url}/lab?reset`);
    const otherSidebar = new Sidebar(other);
    await otherSidebar.open();
    await otherSidebar.waitForState(name, 'Interrupted');
    await other.close();
    await page.reload();
    await sidebar.open();
    await sidebar.waitForState(name, 'Interrupted');
    await picture(sidebar, 'builds-interrupted-light');

    // And it can be done again from here.
    await sidebar
      .build(name)
      .getByRole('button', { name: `Build ${name} again` })
      .click();
    await sidebar.waitForState(name, 'Running');
    await context.close();
  });
}

test('several builds: the queue, cancel, again, remove', async ({ page }) => {
  const sidebar = await openSidebar(page);
  await server.build(page.request, 'a.ipynb', 'phase build', 'sleep 600');
  await server.build(page.request, 'b.ipynb', 'sleep 600');
  await server.build(page.request, 'c.ipynb', 'done');
  await sidebar.waitForState('a.ipynb', 'Running');
  await expect(sidebar.build('b.ipynb')).toContainText('Next in the queue');
  await expect(sidebar.build('c.ipynb')).toContainText('Number 2 in the queue');
  await pictures(page, sidebar, 'builds-queue');
  await expectAccessible(page);

  // In the status bar, and in the Running panel.
  const status = page.getByRole('button', {
    name: 'Containerizing a.ipynb: build. Show it in the sidebar'
  });
  await expect(status).toContainText('(+2)');
  await run(page, 'running:show-panel');
  const running = page.locator('.jp-RunningSessions-section', {
    hasText: 'b.ipynb'
  });
  await expect(running).toContainText('queued: 2');
  for (const theme of ['Dark', 'Light']) {
    await page.theme.setTheme(`JupyterLab ${theme}`);
    await page.screenshot({
      path: `${PICTURES}/builds-running-panel-${theme.toLowerCase()}.png`,
      clip: { x: 0, y: 28, width: 340, height: 560 }
    });
  }
  const item = running.locator('.jp-RunningSessions-item', {
    hasText: 'b.ipynb'
  });
  await item.hover();
  await item.locator('.jp-RunningSessions-itemShutdown').click();
  await expect(item).toHaveCount(0);
  await page
    .locator('.jp-RunningSessions-section')
    .getByText('a.ipynb')
    .click();
  await expect(sidebar.node).toBeVisible();
  await sidebar.waitForState('b.ipynb', 'Cancelled');
  await expect(sidebar.build('c.ipynb')).toContainText('Next in the queue');

  await sidebar
    .build('a.ipynb')
    .getByRole('button', { name: 'Cancel the build of a.ipynb' })
    .click();
  await sidebar.waitForState('a.ipynb', 'Cancelled');
  await sidebar.waitForState('c.ipynb', 'Done');
  await sidebar
    .build('c.ipynb')
    .getByRole('button', { name: 'Build c.ipynb again' })
    .click();
  const all = sidebar.node.locator('.jp-Containerize-build');
  await expect(all).toHaveCount(4);
  await expect(all.first()).toContainText('Done');

  await sidebar
    .build('a.ipynb')
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(all).toHaveCount(3);
  await sidebar.node
    .getByRole('button', { name: 'Remove all that have ended' })
    .click();
  await expect(all).toHaveCount(0);
});

test('it says when a build has ended, with what can be done next', async ({
  page
}) => {
  const sidebar = await openSidebar(page);
  await server.build(page.request, 'iris.ipynb', 'until told', 'done');
  await sidebar.waitForState('iris.ipynb', 'Running');
  await run(page, 'filebrowser:activate');
  server.allow('told');
  const good = page.locator('.Toastify__toast', { hasText: 'iris.ipynb' });
  await expect(good).toContainText('iris:latest, 91 MB');
  // It slides in.
  await page.waitForTimeout(1000);
  await good.screenshot({ path: `${PICTURES}/builds-notification-light.png` });
  await good.getByRole('button', { name: 'Show' }).click();
  await expect(sidebar.build('iris.ipynb')).toBeVisible();

  await run(page, 'filebrowser:activate');
  await server.build(
    page.request,
    'large.ipynb',
    'phase detect',
    'log reading',
    'failed'
  );
  const bad = page.locator('.Toastify__toast', { hasText: 'large.ipynb' });
  await expect(bad).toContainText('The kernel was killed');
  await bad.getByRole('button', { name: 'Log' }).click();
  await expect(
    sidebar.build('large.ipynb').getByRole('log')
  ).toContainText('reading');
});

test('progress is told in bytes, with its rate and the time left', async ({
  page
}) => {
  const sidebar = await openSidebar(page);
  const long = 'a-very-long-name-of-a-notebook-about-irises-and-other-flowers.ipynb';
  await server.build(
    page.request,
    long,
    'phase detect',
    'log Serving predict of iris.ipynb[16]:1: it is named predict; its parameters have types; cell 17 calls it',
    'finished detect 61.2',
    'phase analyze',
    'finished analyze 0.1',
    'phase restore',
    'log 14 of 17 layers are ready; to make: Model server, numpy 2.4.6, Notebook',
    'finished restore 0.4',
    'phase build',
    'progress 10000000 120000000 bytes Downloading',
    'progress 1 12 items Making layers',
    'warning libgomp1: nothing in the image brings libgomp.so.1, which lightgbm needs',
    'sleep 1.5',
    'progress 40000000 120000000 bytes Downloading',
    'sleep 1',
    'progress 60000000 120000000 bytes Downloading',
    'until shot',
    'done'
  );
  const build = sidebar.build(long);
  await expect(build).toContainText('60 MB / 120 MB');
  await expect(build).toContainText('1 / 12');
  await expect(build).toContainText(/MB\/s, \d+ s left/);
  await expect(build).toContainText('1:01');
  await build.getByText('Log', { exact: true }).click();
  await expect(build.getByRole('log')).toContainText('libgomp1');
  await pictures(page, sidebar, 'builds-progress');
  await page.evaluate(widen);
  await page.theme.setDarkTheme();
  await expectAccessible(page);

  // A reload changes nothing of what is known.
  await page.goto('?reset');
  await sidebar.open();
  await expect(build).toContainText('60 MB / 120 MB');
  await expect(build).toContainText('1:01');
  server.allow('shot');
  await sidebar.waitForState(long, 'Done');
  await picture(sidebar, 'builds-done-dark');
  await page.theme.setLightTheme();
  await picture(sidebar, 'builds-done-light');
  await expectAccessible(page);
});

/** The section alone, in light and in dark; the page is light before and after. */
async function pictures(
  page: IJupyterLabPageFixture,
  sidebar: Sidebar,
  name: string
): Promise<void> {
  await picture(sidebar, `${name}-light`);
  await page.theme.setDarkTheme();
  await picture(sidebar, `${name}-dark`);
  await page.theme.setLightTheme();
}

/** The section alone. */
async function picture(sidebar: Sidebar, name: string): Promise<void> {
  await sidebar
    .section('Builds')
    .screenshot({ path: `${PICTURES}/${name}.png` });
}

/** Tells every state that a build is shown in; runs in the page. */
function watchStates(): void {
  const { sawState } = window as unknown as {
    sawState: (state: string) => void;
  };
  const node = document.querySelector('.jp-Containerize');
  new MutationObserver(() => {
    node?.querySelectorAll('.jp-Containerize-state').forEach(state => {
      sawState(state.textContent);
    });
  }).observe(node ?? document.body, {
    childList: true,
    subtree: true,
    characterData: true
  });
}
