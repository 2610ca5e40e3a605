import { defineConfig } from '@playwright/test';

import config from './playwright.config';

/** The page of a served model. It needs no Jupyter: each test starts the server that an image has. */
export default defineConfig({
  testDir: 'page',
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 10_000,
    browserName: 'chromium',
    permissions: ['clipboard-read', 'clipboard-write'],
    screenshot: 'only-on-failure',
    launchOptions: config.use?.launchOptions
  }
});
