import { defineConfig } from '@playwright/test';

import base from './playwright.config';

/**
 * What a user does first, on the `jupyter` that comes first on the PATH; tests/e2e/test_oldest_jupyterlab.py
 * puts the oldest one there that we support.
 */
export default defineConfig({
  ...base,
  testDir: 'oldest',
  projects: [
    {
      name: 'oldest',
      use: { baseURL: `http://localhost:${process.env['UI_PORT'] ?? 18888}` }
    }
  ],
  webServer: [base.webServer ?? []].flat().slice(0, 1)
});
