import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';

import type { Running } from '../api/types';
import { AttemptingModel } from '../attempting';
import type {
  IContainerizeClient,
  IContainers,
  IContainersState
} from '../tokens';

/** How often the list is read, in milliseconds: while one starts, while one runs, and else. */
const STARTING_MS = 400;
const RUNNING_MS = 10_000;
const IDLE_MS = 60_000;

/**
 * The containers of the server.
 *
 * Nothing tells of them, so the list is asked for: often while one starts, and never while nobody looks at the page.
 */
export class ContainersModel
  extends AttemptingModel<{ image: string }, IContainersState>
  implements IContainers
{
  constructor(options: ContainersModel.IOptions) {
    super(
      {
        status: 'loading',
        containers: [],
        refusal: null,
        pending: new Set(),
        shown: null
      },
      options.trans
    );
    this._client = options.client;
    this._poll = new Poll({
      name: 'jupyter-containerize:containers',
      factory: () => this._read(),
      frequency: { interval: IDLE_MS, backoff: true, max: 5 * IDLE_MS },
      standby: 'when-hidden'
    });
  }

  override dispose(): void {
    this._poll.dispose();
    super.dispose();
  }

  async start(digest: string): Promise<Running | null> {
    const container = await this.attempt(digest, { image: digest }, () =>
      this._client.startRunning(digest)
    );
    if (container) {
      this._hold([
        container,
        ...this.state.containers.filter(({ id }) => id !== container.id)
      ]);
      void this._poll.refresh();
    }
    return container;
  }

  async stop(id: string): Promise<void> {
    const held = this.state.containers.find(container => container.id === id);
    await this.attempt(id, { image: held?.digest ?? '' }, async () => {
      await this._client.stopRunning(id);
      // While it is pending: nobody sees it run once more in between.
      this._hold(this.state.containers.filter(each => each.id !== id));
    });
    void this._poll.refresh();
  }

  refresh(): Promise<void> {
    return this._poll.refresh();
  }

  show(id: string): void {
    this.update({ shown: { id } });
  }

  dismissRefusal(): void {
    this.update({ refusal: null });
  }

  private async _read(): Promise<void> {
    const changes = this._changes;
    try {
      const containers = await this._client.listRunning();
      // A start or a stop in the meantime knows better than the list that was on its way.
      if (changes === this._changes) {
        this.update({ status: 'ready', containers });
      }
    } catch (error) {
      this.update({ status: 'failed' });
      throw error;
    } finally {
      this._setPace();
    }
  }

  private _setPace(): void {
    const states = this.state.containers.map(container => container.state);
    const interval = states.includes('starting')
      ? STARTING_MS
      : states.includes('running')
        ? RUNNING_MS
        : IDLE_MS;
    if (!this.isDisposed && this._poll.frequency.interval !== interval) {
      this._poll.frequency = { interval, backoff: true, max: 5 * IDLE_MS };
    }
  }

  private _hold(containers: readonly Running[]): void {
    this._changes++;
    this.update({ containers });
    this._setPace();
  }

  private _changes = 0;
  private readonly _client: IContainerizeClient;
  private readonly _poll: Poll;
}

export namespace ContainersModel {
  export interface IOptions {
    client: IContainerizeClient;
    trans: TranslationBundle;
  }
}
