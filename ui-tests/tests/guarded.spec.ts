import { expect, test } from '@playwright/test';

import { DOUBLE } from './notebooks';
import { Sidebar, toolbarButton } from './sidebar';

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
