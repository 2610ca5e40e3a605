import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds } from '../tokens';

/**
 * Tells of each build that has ended since the page knows the builds, once.
 *
 * How it is noticed does not matter: by an event, or when the truth is read after the connection
 * was lost. A build of half a second may never have been seen under way.
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
    const { builds, status } = this._builds.state;
    if (builds === this._seen || status === 'loading') {
      return;
    }
    const isFirst = this._seen === null;
    this._seen = builds;
    for (const build of builds) {
      const isNew = !this._known.has(build.id);
      this._known.add(build.id);
      if (isLive(build)) {
        this._live.add(build.id);
      } else if (this._live.delete(build.id) || (isNew && !isFirst)) {
        this._ended.emit(build);
      }
    }
  }

  private readonly _builds: IBuilds;
  private _ended = new Signal<this, Build>(this);
  private readonly _known = new Set<string>();
  private readonly _live = new Set<string>();
  private _seen: readonly Build[] | null = null;
}
