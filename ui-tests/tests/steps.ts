import type { ChildProcess } from 'child_process';
import { spawn } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

import type { test as galataTest } from '@jupyterlab/galata';
import type { APIRequestContext } from '@playwright/test';

import { notebook } from './notebooks';

const SERVERS = join(__dirname, '../servers');
const DEADLINE_MS = 90_000;

/** The port of this server: beside those of the other tests. */
const STEPS_PORT = Number(process.env['UI_PORT'] ?? 18888) + 2;

/** A Jupyter server whose builds do what their notebook says; it can end and be started again. */
export class StepsServer {
  readonly url = `http://localhost:${STEPS_PORT}`;

  /** `builds` of them run at the same time. */
  constructor(private readonly _options = { builds: 1 }) {}

  /** Start it, and wait until it answers. */
  async start(): Promise<void> {
    // Not before: the file is also read where no test of it runs.
    this._folder ||= mkdtempSync(join(tmpdir(), 'containerize-steps-'));
    const child = spawn(
      'jupyter',
      ['lab', '--config', join(SERVERS, 'steps.py')],
      {
        env: {
          ...process.env,
          UI_PORT: String(STEPS_PORT),
          UI_FOLDER: this._folder,
          UI_BUILDS: String(this._options.builds),
          UI_SERVERS: SERVERS
        },
        stdio: process.env['UI_SERVER_LOG'] === '1' ? 'inherit' : 'ignore'
      }
    );
    this._process = child;
    const deadline = Date.now() + DEADLINE_MS;
    while (!(await this._answers())) {
      if (Date.now() > deadline || child.exitCode !== null) {
        throw new Error('The server does not start');
      }
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }

  /** End it: as when it is stopped, or as when the machine loses power. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this._process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise(resolve => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    }
    this._process = null;
  }

  async remove(): Promise<void> {
    await this.end();
    if (this._folder) {
      rmSync(this._folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** Let the steps go on that wait for this file. */
  allow(name: string): void {
    writeFileSync(join(this._folder, name), '');
  }

  /** Save a notebook with these steps and build it; gives the build's id. */
  async build(
    request: APIRequestContext,
    path: string,
    ...steps: string[]
  ): Promise<string> {
    const content = notebook(steps.join('\n'), 'def predict(x): return x');
    await request.put(`${this.url}/api/contents/${path}`, {
      data: { type: 'file', format: 'text', content }
    });
    const answer = await request.post(`${this.url}/containerize/builds`, {
      data: { path }
    });
    const build = (await answer.json()) as { id: string };
    return build.id;
  }

  /** Forget all builds; those that run are stopped. */
  async clear(request: APIRequestContext): Promise<void> {
    const list = async () => {
      const answer = await request.get(`${this.url}/containerize/builds`);
      const { builds } = (await answer.json()) as { builds: { id: string }[] };
      return builds.map(({ id }) => `${this.url}/containerize/builds/${id}`);
    };
    for (let left = await list(); left.length > 0; left = await list()) {
      for (const url of left) {
        await request.post(`${url}/cancel`, { data: {} });
        await request.delete(url);
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  private async _answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/api`)).ok;
    } catch {
      return false;
    }
  }

  private _folder = '';
  private _process: ChildProcess | null = null;
}

/** Let the tests of a file be about this server, with no builds at the start of each. */
export function testSteps(test: typeof galataTest, server: StepsServer): void {
  test.use({
    baseURL: server.url,
    autoGoto: false,
    // eslint-disable-next-line no-empty-pattern
    waitForApplication: async ({}, give) => {
      await give(async page => {
        await page.locator('#main-panel, #jp-main-dock-panel').first().waitFor();
      });
    }
  });
  test.describe.configure({ mode: 'default' });
  test.beforeAll(async () => server.start());
  test.afterAll(async () => server.remove());
  test.beforeEach(async ({ page }) => {
    await server.clear(page.request);
  });
}
