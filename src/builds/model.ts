import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { explain, Refused } from '../api/errors';
import type {
  Build,
  RecordedEvent,
  StartRequest,
  TaskRequest
} from '../api/types';
import { isLive } from '../api/types';
import { AttemptingModel } from '../attempting';
import type {
  IBuilds,
  IBuildsState,
  IContainerizeClient,
  IEventStream,
  IObservable,
  ILogState
} from '../tokens';
import { LogModel } from './log';
import { applyEvent, needsTruth, newerOf, Steps } from './reduce';

/** How often a build under way is looked at, in case its events come no more, in milliseconds. */
const LOOK_MS = 15_000;

/**
 * The builds of the server.
 *
 * GET is the truth and is read before every connection of the event stream; events move the
 * progress along, and make us ask again where they end, begin or remove a build. A stream that is
 * lost changes nothing of what is shown but `isConnected`.
 */
export class BuildsModel
  extends AttemptingModel<{ path: string }, IBuildsState>
  implements IBuilds
{
  constructor(options: BuildsModel.IOptions) {
    super(
      {
        status: 'loading',
        builds: [],
        problem: null,
        refusal: null,
        pending: new Set(),
        cancelling: new Set(),
        steps: new Map(),
        shown: null,
        isConnected: false
      },
      options.trans
    );
    this._client = options.client;
    this._stream = this._client.follow(() => this._resync());
    this._stream.received.connect(this._onReceived, this);
    this._stream.connectionChanged.connect((_, isConnected) => {
      this.update({ isConnected });
    });
    const lookMs = options.lookMs ?? LOOK_MS;
    this._patienceMs = lookMs / 5;
    this._timer = setInterval(() => void this._look(), lookMs);
  }

  get imagesMayHaveChanged(): ISignal<this, void> {
    return this._imagesMayHaveChanged;
  }

  override dispose(): void {
    clearInterval(this._timer);
    this._stream.dispose();
    this._logs.forEach(log => log.dispose());
    super.dispose();
  }

  async start(request: StartRequest): Promise<Build | null> {
    return this._begin(request.path, () => this._client.startBuild(request));
  }

  async perform(request: TaskRequest): Promise<Build | null> {
    return this._begin(request.image, () => this._client.startTask(request));
  }

  async cancel(id: string): Promise<void> {
    this.update({ cancelling: new Set([...this.state.cancelling, id]) });
    const build = await this.attempt(id, { path: this._pathOf(id) }, () =>
      this._client.cancelBuild(id)
    );
    if (build) {
      this._hold(build);
    } else {
      this._stopsNoMore(id);
    }
  }

  async forget(id: string): Promise<void> {
    const done = await this.attempt(
      id,
      { path: this._pathOf(id) },
      async () => {
        await this._client.forgetBuild(id);
        return true;
      }
    );
    if (done) {
      this._drop(id);
    }
  }

  async forgetEnded(): Promise<void> {
    for (const build of this.state.builds.filter(held => !isLive(held))) {
      await this.forget(build.id);
      if (this.state.refusal) {
        return;
      }
    }
  }

  show(id: string, log = false): void {
    this.update({ shown: { id, log } });
  }

  reconnect(): void {
    if (!this.state.isConnected) {
      this._stream.reconnect();
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
      this._tidy();
      this._seen = Math.max(this._seen, list.last_seq);
      this._logs.forEach(log => void log.load());
      this._imagesMayHaveChanged.emit();
      return list.last_seq;
    } catch (error) {
      this.update({ status: 'failed', problem: explain(error, this.trans) });
      throw error;
    }
  }

  /** Ask the server about one build under way; events that should have come by now do not come. */
  private async _look(): Promise<void> {
    const build = this.state.builds.find(isLive);
    if (!build || !this.state.isConnected) {
      return;
    }
    const seen = this._seen;
    try {
      const truth = await this._client.getBuild(build.id);
      // What was recorded just now is still on its way.
      await new Promise(resolve => setTimeout(resolve, this._patienceMs));
      if (truth.last_seq > seen && this._seen === seen && !this.isDisposed) {
        this._stream.reconnect();
      }
    } catch {
      this._stream.reconnect();
    }
  }

  private _onReceived(_: IEventStream, batch: readonly RecordedEvent[]): void {
    const now = Date.now();
    const unsure = new Set<string>();
    const changed = new Map<string, Build>();
    const ofLog = new Map<string, RecordedEvent[]>();
    const held = new Map(this.state.builds.map(build => [build.id, build]));
    let isOther = false;
    for (const recorded of batch) {
      this._seen = Math.max(this._seen, recorded.seq);
      const id = recorded.build;
      const build = changed.get(id) ?? held.get(id);
      if (!build || needsTruth(recorded)) {
        unsure.add(id);
      }
      if (build && recorded.seq > build.last_seq) {
        const next = applyEvent(build, recorded);
        if (next !== build) {
          changed.set(id, next);
        }
      }
      // Also of a build that is asked about at this moment: its answer knows one step alone.
      isOther = this._stepsOf(id).receive(recorded, now) || isOther;
      if (this._logs.has(id)) {
        const events = ofLog.get(id);
        if (events) {
          events.push(recorded);
        } else {
          ofLog.set(id, [recorded]);
        }
      }
    }
    if (changed.size > 0 || isOther) {
      this.update({
        builds: this.state.builds.map(build => changed.get(build.id) ?? build),
        ...(isOther && { steps: this._allSteps() })
      });
    }
    ofLog.forEach((events, id) => this._logs.get(id)?.receive(events));
    unsure.forEach(id => void this._refetch(id));
  }

  /** Ask what a build is now. One that is not there any more was forgotten, here or elsewhere. */
  private async _refetch(id: string): Promise<void> {
    try {
      this._hold(await this._client.getBuild(id));
    } catch (error) {
      if (isGone(error)) {
        this._drop(id);
      } else {
        // Nobody answers: what it is now is told when somebody does.
        this._stream.reconnect();
      }
    }
    this._imagesMayHaveChanged.emit();
  }

  private async _begin(
    key: string,
    request: () => Promise<Build>
  ): Promise<Build | null> {
    const build = await this.attempt(key, { path: key }, request);
    if (build) {
      this._hold(build);
    }
    return build;
  }

  private _hold(build: Build): void {
    const { builds } = this.state;
    const index = builds.findIndex(held => held.id === build.id);
    const next = [...builds];
    if (index < 0) {
      // Newest first, as the server lists them.
      next.unshift(build);
      next.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
    } else {
      next[index] = newerOf(build, builds[index]);
    }
    this.update({ builds: next });
    this._tidy();
  }

  private _drop(id: string): void {
    this.closeLog(id);
    this.update({ builds: this.state.builds.filter(held => held.id !== id) });
    this._tidy();
  }

  /** Let go of what is remembered of builds that have ended, or are gone. */
  private _tidy(): void {
    const live = new Set(this.state.builds.filter(isLive).map(({ id }) => id));
    for (const id of this._steps.keys()) {
      if (!live.has(id)) {
        this._steps.delete(id);
      }
    }
    const { cancelling, steps } = this.state;
    if ([...cancelling, ...steps.keys()].some(id => !live.has(id))) {
      this.update({
        cancelling: new Set([...cancelling].filter(id => live.has(id))),
        steps: this._allSteps()
      });
    }
  }

  private _stopsNoMore(id: string): void {
    const cancelling = new Set(this.state.cancelling);
    cancelling.delete(id);
    this.update({ cancelling });
  }

  private _stepsOf(id: string): Steps {
    let steps = this._steps.get(id);
    if (!steps) {
      steps = new Steps();
      this._steps.set(id, steps);
    }
    return steps;
  }

  private _allSteps(): IBuildsState['steps'] {
    return new Map([...this._steps].map(([id, steps]) => [id, steps.list()]));
  }

  private _pathOf(id: string): string {
    return this.state.builds.find(build => build.id === id)?.path ?? '';
  }

  private readonly _client: IContainerizeClient;
  private _imagesMayHaveChanged = new Signal<this, void>(this);
  private readonly _logs = new Map<string, LogModel>();
  private readonly _patienceMs: number;
  private _seen = 0;
  private readonly _steps = new Map<string, Steps>();
  private readonly _stream: IEventStream;
  private readonly _timer: ReturnType<typeof setInterval>;
}

/** Whether the server says that there is no such build. */
function isGone(error: unknown): boolean {
  return error instanceof Refused && error.status === 404;
}

export namespace BuildsModel {
  export interface IOptions {
    client: IContainerizeClient;
    trans: TranslationBundle;
    /** How often a build under way is looked at, in milliseconds. */
    lookMs?: number;
  }
}
