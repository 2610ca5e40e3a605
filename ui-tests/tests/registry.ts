import type { ChildProcess } from 'child_process';
import { spawn } from 'child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import type { IncomingMessage, Server, ServerResponse } from 'http';
import { createServer, request } from 'http';
import { createServer as createNetServer } from 'net';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { Transform } from 'stream';
import type { TransformCallback } from 'stream';

/** What passes of each upload before `release`, in bytes. */
const FIRST_BYTES = 100_000;

/** What a registry says of a tag. */
export interface ITagged {
  readonly tags: readonly string[];
  readonly digest: string | null;
}

/**
 * A real docker-registry on this machine, behind a gate that holds uploads back until it is told to let them pass.
 *
 * So a test sees a push under way, however fast the machine is.
 */
export class Registry {
  static async start(): Promise<Registry> {
    const folder = mkdtempSync(join(tmpdir(), 'containerize-registry-'));
    const behind = await freePort();
    mkdirSync(join(folder, 'data'));
    const config = join(folder, 'config.yml');
    writeFileSync(
      config,
      `version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: ${join(folder, 'data')}}}
http: {addr: "127.0.0.1:${behind}", secret: test}
`
    );
    const child = spawn('docker-registry', ['serve', config], {
      stdio: 'ignore'
    });
    const registry = new Registry(folder, child, behind);
    await registry._listen();
    return registry;
  }

  private constructor(
    private readonly _folder: string,
    private readonly _child: ChildProcess,
    private readonly _behind: number
  ) {
    this._gate = createServer((from, to) => this._pass(from, to));
  }

  /** `127.0.0.1:40123`. */
  get host(): string {
    return `127.0.0.1:${(this._gate.address() as AddressInfo).port}`;
  }

  /** Let uploads pass, those that wait and those that come. */
  release(): void {
    this._isOpen = true;
    this._waiting.splice(0).forEach(go => go());
  }

  /** What it has in a repository, asked over HTTP. */
  async look(repository: string, tag: string): Promise<ITagged> {
    const url = `http://${this.host}/v2/${repository}`;
    const listed = await fetch(`${url}/tags/list`);
    const { tags } = (await listed.json()) as { tags?: string[] };
    const found = await fetch(`${url}/manifests/${tag}`, {
      headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' }
    });
    return { tags: tags ?? [], digest: found.headers.get('docker-content-digest') };
  }

  async stop(): Promise<void> {
    this.release();
    this._gate.closeAllConnections();
    await new Promise(resolve => this._gate.close(resolve));
    const ended = new Promise(resolve => this._child.once('exit', resolve));
    this._child.kill();
    await ended;
    rmSync(this._folder, { recursive: true, force: true });
  }

  private async _listen(): Promise<void> {
    await new Promise<void>(resolve =>
      this._gate.listen(0, '127.0.0.1', resolve)
    );
    for (;;) {
      try {
        await fetch(`http://127.0.0.1:${this._behind}/v2/`);
        return;
      } catch {
        if (this._child.exitCode !== null) {
          throw new Error('docker-registry did not start');
        }
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
  }

  private _pass(from: IncomingMessage, to: ServerResponse): void {
    const { headers, method, url } = from;
    // With the host that was asked: the registry makes its locations from it.
    const further = request(
      { host: '127.0.0.1', port: this._behind, headers, method, path: url },
      answer => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      }
    );
    further.on('error', () => to.destroy());
    const isUpload = method === 'PATCH' || method === 'PUT';
    (isUpload ? from.pipe(this._held()) : from).pipe(further);
  }

  /** Holds what comes after the first bytes. */
  private _held(): Transform {
    let passed = 0;
    return new Transform({
      transform: (
        chunk: Buffer,
        _: BufferEncoding,
        done: TransformCallback
      ) => {
        passed += chunk.length;
        if (this._isOpen || passed <= FIRST_BYTES) {
          done(null, chunk);
        } else {
          this._waiting.push(() => done(null, chunk));
        }
      }
    });
  }

  private readonly _gate: Server;
  private _isOpen = false;
  private readonly _waiting: (() => void)[] = [];
}

async function freePort(): Promise<number> {
  const probe = createNetServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
