import { defineConfig } from '@playwright/test';

import base from './playwright.config';

/**
 * What a user does first, on the `jupyter` that comes first on the PATH; tests/e2e/test_older_jupyterlab.py
 * puts older ones there that we support.
 */
export default defineConfig({
  ...base,
  testDir: 'older',
  projects: [
    {
      name: 'older',
      use: { baseURL: `http://localhost:${process.env['UI_PORT'] ?? 18888}` }
    }
  ],
  webServer: [base.webServer ?? []].flat().slice(0, 1)
});
