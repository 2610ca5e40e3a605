import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { explain } from '../api/errors';
import type {
  Build,
  RecordedEvent,
  StartRequest,
  TaskRequest
} from '../api/types';
import { StateModel } from '../model';
import type {
  IBuilds,
  IBuildsState,
  IContainerizeClient,
  IEventStream,
  IObservable,
  ILogState
} from '../tokens';
import { LogModel } from './log';
import { applyEvent, needsTruth, newerOf } from './reduce';

/**
 * The builds of the server.
 *
 * GET is the truth and is read before every connection of the event stream; events move the
 * progress along, and make us ask again where they end, begin or remove a build.
 */
export class BuildsModel extends StateModel<IBuildsState> implements IBuilds {
  constructor(options: BuildsModel.IOptions) {
    super({
      status: 'loading',
      builds: [],
      problem: null,
      refusal: null,
      pending: new Set(),
      isConnected: false
    });
    this._client = options.client;
    this._trans = options.trans;
    this._stream = this._client.follow(() => this._resync());
    this._stream.received.connect(this._onReceived, this);
    this._stream.connectionChanged.connect((_, isConnected) => {
      this.update({ isConnected });
    });
  }

  get imagesMayHaveChanged(): ISignal<this, void> {
    return this._imagesMayHaveChanged;
  }

  override dispose(): void {
    this._stream.dispose();
    this._logs.forEach(log => log.dispose());
    super.dispose();
  }

  async start(request: StartRequest): Promise<Build | null> {
    const build = await this._attempt(request.path, request.path, () =>
      this._client.startBuild(request)
    );
    if (build) {
      this._hold(build);
    }
    return build;
  }

  async perform(request: TaskRequest): Promise<Build | null> {
    const build = await this._attempt(request.image, request.image, () =>
      this._client.startTask(request)
    );
    if (build) {
      this._hold(build);
    }
    return build;
  }

  async cancel(id: string): Promise<void> {
    const build = await this._attempt(id, this._pathOf(id), () =>
      this._client.cancelBuild(id)
    );
    if (build) {
      this._hold(build);
    }
  }

  async forget(id: string): Promise<void> {
    const done = await this._attempt(id, this._pathOf(id), async () => {
      await this._client.forgetBuild(id);
      return true;
    });
    if (done) {
      this._drop(id);
    }
  }

  dismissRefusal(): void {
    this.update({ refusal: null });
  }

  openLog(id: string): IObservable<ILogState> {
    let log = this._logs.get(id);
    if (!log) {
      log = new LogModel(this._client, id);
      this._logs.set(id, log);
      void log.load();
    }
    return log;
  }

  closeLog(id: string): void {
    this._logs.get(id)?.dispose();
    this._logs.delete(id);
  }

  /** Read the truth; gives the seq up to which it is known, rejects if it cannot be read. */
  private async _resync(): Promise<number> {
    try {
      const list = await this._client.listBuilds();
      const held = new Map(this.state.builds.map(build => [build.id, build]));
      this.update({
        status: 'ready',
        problem: null,
        builds: list.builds.map(build => newerOf(build, held.get(build.id)))
      });
      this._logs.forEach(log => void log.load());
      this._imagesMayHaveChanged.emit();
      return list.last_seq;
    } catch (error) {
      this.update({ status: 'failed', problem: explain(error, this._trans) });
      throw error;
    }
  }

  private _onReceived(_: IEventStream, batch: readonly RecordedEvent[]): void {
    const unsure = new Set<string>();
    const builds = new Map(this.state.builds.map(build => [build.id, build]));
    for (const recorded of batch) {
      const build = builds.get(recorded.build);
      if (build) {
        builds.set(build.id, applyEvent(build, recorded));
      }
      if (!build || needsTruth(recorded)) {
        unsure.add(recorded.build);
      }
    }
    this.update({ builds: [...builds.values()] });
    this._logs.forEach((log, id) =>
      log.receive(batch.filter(recorded => recorded.build === id))
    );
    unsure.forEach(id => void this._refetch(id));
  }

  /** Ask what a build is now. One that is not there any more was forgotten, here or elsewhere. */
  private async _refetch(id: string): Promise<void> {
    try {
      this._hold(await this._client.getBuild(id));
    } catch {
      this._drop(id);
    }
    this._imagesMayHaveChanged.emit();
  }

  /** Run a request of the user: pending while on its way, a refusal if it fails. */
  private async _attempt<T>(
    key: string,
    path: string,
    request: () => Promise<T>
  ): Promise<T | null> {
    this.update({
      refusal: null,
      pending: new Set([...this.state.pending, key])
    });
    try {
      return await request();
    } catch (error) {
      const problem = explain(error, this._trans);
      this.update({ refusal: { path, problem } });
      return null;
    } finally {
      const pending = new Set(this.state.pending);
      pending.delete(key);
      this.update({ pending });
    }
  }

  private _hold(build: Build): void {
    const { builds } = this.state;
    const index = builds.findIndex(held => held.id === build.id);
    if (index < 0) {
      // Newest first, as the server lists them.
      const next = [build, ...builds];
      next.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
      this.update({ builds: next });
    } else {
      const next = [...builds];
      next[index] = newerOf(build, builds[index]);
      this.update({ builds: next });
    }
  }

  private _drop(id: string): void {
    this.closeLog(id);
    this.update({ builds: this.state.builds.filter(held => held.id !== id) });
  }

  private _pathOf(id: string): string {
    return this.state.builds.find(build => build.id === id)?.path ?? '';
  }

  private readonly _client: IContainerizeClient;
  private _imagesMayHaveChanged = new Signal<this, void>(this);
  private readonly _logs = new Map<string, LogModel>();
  private readonly _stream: IEventStream;
  private readonly _trans: TranslationBundle;
}

export namespace BuildsModel {
  export interface IOptions {
    client: IContainerizeClient;
    trans: TranslationBundle;
  }
}
