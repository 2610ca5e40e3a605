import { ServerConnection } from '@jupyterlab/services';

import type {
  Build,
  BuildEvent,
  Image,
  ImageDetails,
  Preview,
  Problem,
  RecordedEvent
} from '../api/types';

const BASE_URL = 'http://localhost:8888/user/me/';

export const PROBLEM: Problem = {
  code: 'JC-NOTEBOOK-02',
  title: 'This is not a notebook',
  saw: 'iris.ipynb begins with `<html>`.',
  todo: 'Open it in a text editor.',
  details: '',
  location: 'iris.ipynb[3]:7'
};

export function makeBuild(id: string, fields: Partial<Build> = {}): Build {
  return {
    id,
    kind: 'build',
    path: `${id}.ipynb`,
    state: 'running',
    phase: null,
    phase_started: null,
    timings: {},
    progress: null,
    created: '2026-11-22T10:00:00Z',
    started: '2026-11-22T10:00:01Z',
    finished: null,
    tag: id,
    destination: '',
    asked: {},
    report: null,
    plan: null,
    problem: null,
    last_seq: 0,
    ...fields
  };
}

export function makePreview(path: string): Preview {
  return {
    notebook: path,
    language: 'python',
    kernel: 'python3',
    python: '3.11.7',
    python_source: 'kernel',
    tag: 'iris',
    serving: null,
    entries: [],
    candidates: [],
    slice: null,
    dependencies: [],
    system_packages: [],
    files: [],
    variables: [],
    r_packages: [],
    findings: []
  };
}

/** What the server was asked. */
export interface ICall {
  readonly method: string;
  /** Below `containerize/`, with the query. */
  readonly path: string;
  readonly body: unknown;
}

/**
 * Our server side, in memory: answers as api/openapi.yaml says.
 *
 * It stands at the outermost boundary, behind `fetch` and `WebSocket`; everything of ours is real.
 */
export class FakeServer {
  readonly builds = new Map<string, Build>();
  readonly calls: ICall[] = [];
  readonly events: RecordedEvent[] = [];
  images: Image[] = [];
  /** Whether the list of images says that it has all. */
  isSettled = true;
  /** What images tell of themselves, by digest. */
  readonly details = new Map<string, ImageDetails>();
  /** What previews say beyond an empty notebook. */
  preview: Partial<Preview> = {};
  /** While it is set, no request is answered and no socket opens. */
  isDown = false;
  /** While it is set, these calls (`POST builds`) are refused with this status. */
  readonly refusals = new Map<string, number>();
  /** What further calls (`GET running`) are answered, made from their bodies; null: 204. */
  readonly answers = new Map<string, (body: unknown) => unknown>();
  /** Awaited before an answer, to let a test hold it back. */
  hold: Promise<void> = Promise.resolve();
  readonly sockets: FakeSocket[] = [];

  /** The socket that is open, if there is one. */
  get socket(): FakeSocket | undefined {
    return this.sockets.find(socket => socket.isOpen);
  }

  settings(): ServerConnection.ISettings {
    const open = (socket: FakeSocket) => this._open(socket);
    return ServerConnection.makeSettings({
      baseUrl: BASE_URL,
      wsUrl: BASE_URL.replace('http', 'ws'),
      token: 'secret',
      appendToken: true,
      fetch: request => this._fetch(request as Request),
      WebSocket: class extends FakeSocket {
        constructor(url: string) {
          super(url);
          open(this);
        }
      } as unknown as typeof WebSocket
    });
  }

  /** Record an event, as a running build does, and send it to whoever listens. */
  record(build: string, event: BuildEvent): RecordedEvent {
    const recorded: RecordedEvent = {
      seq: this.events.length + 1,
      build,
      time: '2026-11-22T10:00:02Z',
      event
    };
    this.events.push(recorded);
    this.change(build, { last_seq: recorded.seq });
    this.socket?.send(recorded);
    return recorded;
  }

  /** Change what is true of a build, without telling anybody. */
  change(id: string, fields: Partial<Build>): void {
    const build = this.builds.get(id);
    if (build) {
      this.builds.set(id, { ...build, ...fields });
    }
  }

  add(build: Build): void {
    this.builds.set(build.id, build);
  }

  callsTo(path: string): ICall[] {
    return this.calls.filter(call => call.path === path);
  }

  private async _fetch(request: Request): Promise<Response> {
    // JupyterLab adds the time to each address, so that nothing comes from a cache.
    const url = request.url.replace(/[?&]\d+$/, '');
    const path = url.split('/containerize/')[1] ?? '';
    const text = await request.text();
    const body: unknown = text ? JSON.parse(text) : undefined;
    this.calls.push({ method: request.method, path, body });
    await this.hold;
    if (this.isDown) {
      throw new TypeError('connection refused');
    }
    const refusal = this.refusals.get(`${request.method} ${path}`);
    if (refusal !== undefined) {
      return json(PROBLEM, refusal);
    }
    const answer = this.answers.get(`${request.method} ${path}`);
    if (answer) {
      const value = answer(body);
      return value === null
        ? new Response(null, { status: 204 })
        : json(value, request.method === 'POST' ? 201 : 200);
    }
    return this._answer(request.method, path, body as { path: string });
  }

  private _answer(
    method: string,
    path: string,
    body: { path: string }
  ): Response {
    const [room, id, part] = path.split(/[/?]/);
    if (room === 'preview') {
      return json({ ...makePreview(body.path), ...this.preview });
    }
    if (room === 'plans' || room === 'tasks') {
      return this._start(asked(room, body));
    }
    if (room === 'images' && method === 'GET' && id && !part) {
      const details = this.details.get(decodeURIComponent(id));
      return details ? json(details) : json(PROBLEM, 404);
    }
    if (room === 'images') {
      return json({ images: this.images, settled: this.isSettled });
    }
    if (id === undefined) {
      return method === 'POST' ? this._start(asked(room, body)) : this._list();
    }
    const build = this.builds.get(id);
    if (!build) {
      return json(PROBLEM, 404);
    }
    if (part === 'events') {
      const query = new URLSearchParams(path.split('?')[1]);
      return this._eventsOf(
        id,
        Number(query.get('after')),
        Number(query.get('limit'))
      );
    }
    if (part === 'cancel') {
      this.change(id, { state: 'cancelled' });
      this.record(id, { event: 'state', state: 'cancelled' });
      return json(this.builds.get(id), 202);
    }
    if (method === 'DELETE') {
      this.builds.delete(id);
      return new Response(null, { status: 204 });
    }
    return json(build);
  }

  private _list(): Response {
    const builds = [...this.builds.values()].reverse();
    return json({ builds, last_seq: this.events.length });
  }

  private _start(fields: Partial<Build>): Response {
    const id = `b${this.builds.size + 1}`;
    this.add(makeBuild(id, { ...fields, state: 'queued', started: null }));
    this.record(id, { event: 'state', state: 'queued' });
    return json(this.builds.get(id), 201);
  }

  private _eventsOf(id: string, after: number, limit: number): Response {
    const events = this.events.filter(
      recorded => recorded.build === id && recorded.seq > after
    );
    return json({ events: events.slice(0, limit) });
  }

  private _open(socket: FakeSocket): void {
    this.sockets.push(socket);
    setTimeout(() => {
      if (this.isDown) {
        socket.lose();
        return;
      }
      socket.open();
      const after = Number(new URL(socket.url).searchParams.get('after'));
      this.events.slice(after).forEach(event => socket.send(event));
    });
  }
}

/** The browser's end of a WebSocket, moved by the server. */
export class FakeSocket {
  constructor(readonly url: string) {}

  isOpen = false;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onopen: (() => void) | null = null;

  open(): void {
    this.isOpen = true;
    this.onopen?.();
  }

  send(event: RecordedEvent): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }

  /** The connection breaks. */
  lose(): void {
    this.isOpen = false;
    this.onclose?.();
  }

  close(): void {
    this.lose();
  }
}

/** What is known of a build when it was asked for. */
function asked(
  room: string | undefined,
  body: { path?: string; kind?: Build['kind']; image?: string; tag?: string }
): Partial<Build> {
  return {
    kind: room === 'plans' ? 'plan' : (body.kind ?? 'build'),
    path: body.path ?? '',
    tag: body.image ?? body.tag ?? ''
  };
}

/** Wait until something is true; jest's own time limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' }
  });
}
