import { expect, test } from '@playwright/test';

import { execFile } from 'child_process';
import { promisify } from 'util';

import { DOUBLE } from './notebooks';
import { Sidebar, toolbarButton } from './sidebar';

const execute = promisify(execFile);

const TOKEN = 'a-token-for-tests';

test('nothing is answered without the token', async ({ request }) => {
  for (const path of ['builds', 'images', 'builds/x', 'builds/x/log']) {
    const answer = await request.get(`containerize/${path}`, {
      maxRedirects: 0
    });
    expect(answer.status(), path).toBe(403);
  }
});

test('a cookie alone does not start a build', async ({ page }) => {
  await page.goto(`lab?token=${TOKEN}&reset`);
  const answer = await page.request.post('containerize/builds', {
    data: { path: 'guarded.ipynb' }
  });
  expect(answer.status()).toBe(403);
});

test('the button builds below a base URL, with token and XSRF check', async ({
  page,
  request
}) => {
  const saved = await request.put('api/contents/guarded.ipynb', {
    headers: { Authorization: `token ${TOKEN}` },
    data: { type: 'file', format: 'text', content: DOUBLE }
  });
  expect(saved.ok()).toBe(true);
  await page.goto(`lab/tree/guarded.ipynb?token=${TOKEN}&reset`);
  await toolbarButton(page).click();

  const sidebar = new Sidebar(page);
  await sidebar.waitForState('guarded.ipynb', 'Done');
  await expect(sidebar.image('guarded')).toBeVisible();
  await sidebar.shot('guarded-done-light');

  const log = sidebar.build('guarded.ipynb').getByText('Log', { exact: true });
  await log.click();
  const href = await sidebar.node
    .getByRole('link', { name: 'Open the log in a new tab' })
    .getAttribute('href');
  const text = await page.request.get(href ?? '');
  expect(text.headers()['content-type']).toContain('text/plain');
});

test('an image is run by Podman, answers, and is stopped', async ({
  page,
  request
}) => {
  const headers = { Authorization: `token ${TOKEN}` };
  await request.put('api/contents/podman.ipynb', {
    headers,
    data: { type: 'file', format: 'text', content: DOUBLE }
  });
  await page.goto(`lab/tree/podman.ipynb?token=${TOKEN}&reset`);
  await toolbarButton(page).click();
  const sidebar = new Sidebar(page);
  await sidebar.waitForState('podman.ipynb', 'Done');
  const image = sidebar.image('podman');
  await image.getByRole('button', { name: /^Run / }).click();
  const send = image.getByRole('button', { name: 'Send' });
  await expect(send).toBeVisible({ timeout: 120_000 });
  await send.click();
  await expect(image.getByLabel('What came back')).toHaveText('42.0');
  await sidebar.shot('guarded-podman-light');

  const answer = await page.request.get('containerize/running');
  const { running } = (await answer.json()) as {
    running: { engine: string; url: string }[];
  };
  expect(running.map(({ engine }) => engine)).toEqual(['podman']);
  const { port } = new URL(running[0]?.url ?? '');
  // Podman itself knows a container at that port, of an image that goes with it.
  const containers = async () =>
    (await execute('podman', ['ps', '--all', '--format', '{{.Ports}}'])).stdout;
  expect(await containers()).toContain(`127.0.0.1:${port}->`);
  await image.getByRole('button', { name: /^Stop / }).click();
  await expect(image.getByRole('button', { name: /^Run / })).toBeEnabled();
  await expect.poll(containers).not.toContain(`:${port}->`);
});

test('who may look alone sees everything, and can do nothing', async ({
  browser,
  baseURL,
  request
}) => {
  const headers = { Authorization: `token ${TOKEN}` };
  const saved = await request.put('api/contents/looked-at.ipynb', {
    headers,
    data: { type: 'file', format: 'text', content: DOUBLE }
  });
  expect(saved.ok()).toBe(true);
  const started = await request.post('containerize/builds', {
    headers,
    data: { path: 'looked-at.ipynb' }
  });
  expect(started.status()).toBe(201);

  const context = await browser.newContext({
    baseURL,
    extraHTTPHeaders: { 'X-Read-Only': 'yes' }
  });
  const page = await context.newPage();
  await page.goto(`lab/tree/looked-at.ipynb?token=${TOKEN}&reset`);
  const sidebar = new Sidebar(page);
  await sidebar.tab.click();
  await sidebar.waitForState('looked-at.ipynb', 'Done');

  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('predict()')).toBeVisible();
  await expect(preview.getByText('You may look here')).toBeVisible();
  await expect(
    preview.getByRole('button', { name: 'Containerize' })
  ).toBeDisabled();
  await expect(toolbarButton(page)).toBeDisabled();
  await expect(
    sidebar
      .build('looked-at.ipynb')
      .getByRole('button', { name: /^(Cancel|Build .* again|Remove)/ })
  ).toHaveCount(0);
  await sidebar
    .build('looked-at.ipynb')
    .getByText('Log', { exact: true })
    .click();
  await expect(
    sidebar.build('looked-at.ipynb').getByRole('log')
  ).toContainText('looked-at:latest is');

  const image = sidebar.image('looked-at');
  await expect(image.getByRole('button', { name: /^Run / })).toBeDisabled();
  await image.getByRole('button', { name: /^More about/ }).click();
  for (const item of ['Push…', 'Rebase on the Newest System Packages', 'Delete…']) {
    await expect(page.getByRole('menuitem', { name: item })).toBeDisabled();
  }
  await page.keyboard.press('Escape');
  await sidebar.shot('guarded-read-only-light');

  // Nor does the server let this page do it without its buttons.
  const xsrf = (await context.cookies()).find(({ name }) => name === '_xsrf');
  const refused = await page.request.post('containerize/builds', {
    headers: { 'X-XSRFToken': xsrf?.value ?? '', 'X-Read-Only': 'yes' },
    data: { path: 'looked-at.ipynb' }
  });
  expect(refused.status()).toBe(403);
  expect(await refused.text()).not.toContain('_xsrf');
  await context.close();
});
