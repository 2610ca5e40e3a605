import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** An endpoint in model.json. */
export interface IEndpoint {
  symbol: string;
  route?: string;
  method?: string;
  kind?: string;
  example?: { request: unknown; response: unknown };
}

/** A server as it is in an image, for the code of one notebook. */
export class Server {
  url = '';
  private _process: ChildProcess | undefined;
  private _folder = mkdtempSync(join(tmpdir(), 'page-'));

  /** Write an application folder and start a server on a free port. */
  async start(
    source: string,
    endpoints: IEndpoint[],
    exampleText?: string
  ): Promise<void> {
    const card = {
      endpoints: endpoints.map(endpoint => ({
        kind: 'function',
        route: '/predict',
        method: 'POST',
        example: null,
        ...endpoint
      })),
      objects: [],
      state: 'run',
      job: null,
      variables: [],
      notebook: 'small.ipynb',
      python: '3.11',
      versions: { numpy: '2.1.0' }
    };
    mkdirSync(this._folder, { recursive: true });
    writeFileSync(join(this._folder, 'serving.py'), source);
    // In place of "EXAMPLE": what JavaScript's own JSON would round.
    const text = JSON.stringify(card).replace(
      '"EXAMPLE"',
      () => exampleText ?? 'null'
    );
    writeFileSync(join(this._folder, 'model.json'), text);
    const child = spawn(
      process.env['UI_PYTHON'] ?? 'python',
      ['-m', 'jupyter_containerize.runtime'],
      {
        cwd: resolve(dirname(__filename), '../..'),
        env: {
          ...process.env,
          HOST: '127.0.0.1',
          PORT: '0',
          JUPYTER_CONTAINERIZE_APP: this._folder
        },
        stdio: ['ignore', 'pipe', 'inherit']
      }
    );
    this._process = child;
    await new Promise<void>((done, failed) => {
      let port = 0;
      let rest = '';
      child.once('exit', code =>
        failed(new Error(`the server ended with ${code}: ${rest}`))
      );
      child.stdout.on('data', (chunk: Buffer) => {
        rest += chunk.toString();
        const lines = rest.split('\n');
        for (const line of lines.slice(0, -1)) {
          const event = JSON.parse(line) as { event: string; port?: number };
          port = event.event === 'listening' ? (event.port ?? 0) : port;
          if (event.event === 'ready') {
            done();
          }
        }
        rest = lines.at(-1) ?? '';
        this.url = `http://127.0.0.1:${port}/`;
      });
    });
  }

  /** End the server by its own process, and remove its folder. */
  stop(): void {
    this._process?.removeAllListeners('exit');
    this._process?.kill('SIGKILL');
    rmSync(this._folder, { recursive: true, force: true });
  }
}
