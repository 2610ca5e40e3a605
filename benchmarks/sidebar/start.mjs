// JupyterLab's start with the extension on and off, one after the other; see README.md.
import { chromium } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    port: { type: 'string', default: '18990' },
    jupyter: { type: 'string', default: 'jupyter' },
    chromium: { type: 'string', default: process.env.UI_CHROMIUM ?? '/usr/bin/chromium' }
  }
});

const ROUNDS = Number(values.rounds);
const NAMES = ['off', 'off again', 'on'];

/** A server of its own folder; in `off` neither side of the extension is loaded. */
function serve(name, port) {
  const folder = mkdtempSync(join(tmpdir(), 'containerize-start-'));
  const config = join(folder, 'config');
  mkdirSync(join(config, 'labconfig'), { recursive: true });
  const isOn = name === 'on';
  writeFileSync(
    join(config, 'labconfig', 'page_config.json'),
    JSON.stringify({ disabledExtensions: isOn ? {} : { 'jupyter-containerize': true } })
  );
  writeFileSync(
    join(config, 'jupyter_server_config.json'),
    JSON.stringify({ ServerApp: { jpserver_extensions: { jupyter_containerize: isOn } } })
  );
  const root = join(folder, 'root');
  mkdirSync(root);
  const child = spawn(
    values.jupyter,
    [
      'lab',
      '--no-browser',
      '--allow-root',
      `--port=${port}`,
      '--ServerApp.port_retries=0',
      '--IdentityProvider.token=',
      `--ServerApp.root_dir=${root}`,
      `--LabServerApp.workspaces_dir=${join(folder, 'workspaces')}`,
      `--LabServerApp.user_settings_dir=${join(folder, 'settings')}`,
      '--LabApp.news_url='
    ],
    {
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: config,
        JUPYTER_DATA_DIR: join(folder, 'data'),
        JUPYTER_CONTAINERIZE_STORE: join(folder, 'store')
      },
      stdio: 'ignore'
    }
  );
  const url = `http://localhost:${port}`;
  return { name, url, child, end: () => (child.kill('SIGTERM'), rmSync(folder, { recursive: true, force: true })) };
}

async function ready({ url }) {
  for (let tries = 0; tries < 240; tries++) {
    try {
      if ((await fetch(`${url}/api`)).ok) return;
    } catch {
      // Not yet.
    }
    await new Promise(go => setTimeout(go, 500));
  }
  throw new Error(`${url} does not answer`);
}

/** Milliseconds until JupyterLab is restored, and of the page's own work, in a browser that has nothing cached. */
async function start(browser, { url }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(`${url}/lab?reset`, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.jupyterapp || document.querySelector('#jp-main-dock-panel'));
  await page.locator('.jp-Launcher-body, .jp-LauncherCard').first().waitFor();
  const shown = await page.evaluate(() => performance.now());
  await page.waitForTimeout(1000);
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = name => metrics.find(metric => metric.name === name)?.value ?? 0;
  const hasIcon = await page.locator('[data-id="jupyter-containerize-sidebar"]').count();
  await context.close();
  return { shown, script: seconds('ScriptDuration') * 1000, task: seconds('TaskDuration') * 1000, hasIcon };
}

const median = numbers => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const servers = NAMES.map((name, index) => serve(name, Number(values.port) + index));
let browser;
try {
  await Promise.all(servers.map(ready));
  browser = await chromium.launch({
    executablePath: values.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  });
  for (const server of servers) {
    const { hasIcon } = await start(browser, server);
    if (Boolean(hasIcon) !== (server.name === 'on')) {
      throw new Error(`${server.name}: the extension is ${hasIcon ? '' : 'not '}there`);
    }
  }
  const runs = Object.fromEntries(NAMES.map(name => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    // Another order each round, so that nobody always comes first.
    for (let place = 0; place < servers.length; place++) {
      const server = servers[(round + place) % servers.length];
      runs[server.name].push(await start(browser, server));
    }
  }
  const base = runs['off'];
  console.log(`medians of ${ROUNDS} starts each, in milliseconds; in brackets: against "off", median of the pairs`);
  for (const what of ['shown', 'task', 'script']) {
    const cells = NAMES.map(name => {
      const mine = runs[name].map(run => run[what]);
      const pairs = mine.map((value, index) => value / base[index][what] - 1);
      return `${name} ${median(mine).toFixed(0)} (${(100 * median(pairs)).toFixed(1)} %)`;
    });
    console.log(`${what.padEnd(8)} ${cells.join('   ')}`);
  }
} finally {
  await browser?.close();
  for (const server of servers) {
    server.end();
  }
}
