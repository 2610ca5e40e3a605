import { defineConfig } from '@playwright/test';

import { serverFolder } from './tests/server-folder';

const port = Number(process.env['UI_PORT'] ?? 18888);
const open = `http://localhost:${port}`;
const guarded = `http://localhost:${port + 1}/user/me/`;

/** A Jupyter server of ours; it has to answer before the first test. */
const server = (config: string, url: string, atPort: number) => ({
  command: `jupyter lab --config servers/${config}`,
  url,
  timeout: 120_000,
  // So that it can stop its builds and remove its folder.
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 15_000 },
  env: {
    ...(process.env as Record<string, string>),
    UI_PORT: String(atPort),
    ...(atPort === port && { UI_FOLDER: serverFolder(port) })
  },
  stderr:
    process.env['UI_SERVER_LOG'] === '1'
      ? ('pipe' as const)
      : ('ignore' as const),
  // Only on request: a server that was left over would be tested in our place.
  reuseExistingServer: process.env['UI_REUSE'] === '1'
});

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // One server, one builder: tests would wait for each other's builds.
  workers: 1,
  fullyParallel: false,
  // A browser on a loaded machine may miss a beat; what passes only at the second try is reported as flaky.
  retries: process.env['CI'] ? 1 : 0,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 30_000,
    browserName: 'chromium',
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    screenshot: 'only-on-failure',
    // A trace of every step costs as much time as the steps.
    trace: 'off',
    // Recording needs a program that Playwright downloads.
    video: 'off',
    launchOptions: {
      executablePath: process.env['UI_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  projects: [
    {
      name: 'lab',
      testIgnore: ['notebook.spec.ts', 'guarded.spec.ts'],
      use: { baseURL: open }
    },
    {
      name: 'notebook',
      testMatch: 'notebook.spec.ts',
      use: { baseURL: open }
    },
    {
      name: 'guarded',
      testMatch: 'guarded.spec.ts',
      use: { baseURL: guarded }
    }
  ],
  webServer: [
    server('open.py', `${open}/lab`, port),
    server('guarded.py', `${guarded}api`, port + 1)
  ]
});
