import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds } from '../tokens';

/**
 * Tells of each build that this page has seen under way and that has ended, once.
 *
 * How it is noticed does not matter: by an event, or when the truth is read after the connection
 * was lost.
 */
export class Endings {
  constructor(builds: IBuilds) {
    this._builds = builds;
    this._look();
    builds.changed.connect(() => this._look());
  }

  get ended(): ISignal<this, Build> {
    return this._ended;
  }

  private _look(): void {
    const { builds } = this._builds.state;
    if (builds === this._seen) {
      return;
    }
    this._seen = builds;
    for (const build of builds) {
      if (isLive(build)) {
        this._live.add(build.id);
      } else if (this._live.delete(build.id)) {
        this._ended.emit(build);
      }
    }
  }

  private readonly _builds: IBuilds;
  private _ended = new Signal<this, Build>(this);
  private readonly _live = new Set<string>();
  private _seen: readonly Build[] | null = null;
}
