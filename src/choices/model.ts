import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { StateSource } from '../api/types';
import type { IStateChoices } from '../tokens';

const KEY = 'jupyter-containerize:state-sources';

const SOURCES: readonly StateSource[] = ['run', 'live', 'startup'];

/**
 * What the user chose, by notebook.
 *
 * It is kept where the browser keeps things of one tab, so that it outlives a reload and no more.
 */
export class StateChoices implements IStateChoices {
  /** @param storage - Where it is kept; null: nowhere, as where the browser allows none. */
  constructor(private readonly _storage: Storage | null) {
    this._chosen = restored(_storage);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get(path: string): StateSource | null {
    return this._chosen.get(path) ?? null;
  }

  set(path: string, source: StateSource): void {
    this._chosen.set(path, source);
    try {
      this._storage?.setItem(KEY, JSON.stringify([...this._chosen]));
    } catch {
      // A full storage loses the choice with the tab's next reload; until then it is known here.
    }
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private readonly _chosen: Map<string, StateSource>;
}

/** The storage of this tab; null where the browser refuses to give it. */
export function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** What was kept, without what is no choice. */
function restored(storage: Storage | null): Map<string, StateSource> {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? '[]') as [
      string,
      StateSource
    ][];
    return new Map(kept.filter(([, source]) => SOURCES.includes(source)));
  } catch {
    return new Map();
  }
}
