import { defineConfig } from '@playwright/test';

import base from './playwright.config';

/** Takes the pictures of the documentation; see scripts/pictures. */
export default defineConfig({
  ...base,
  testDir: 'pictures',
  projects: [
    {
      name: 'pictures',
      use: { baseURL: `http://localhost:${process.env['UI_PORT'] ?? 18888}` }
    }
  ]
});
