import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IObservable } from './tokens';

/**
 * A holder of one immutable state, for models of views.
 *
 * A new state is a new object, so that React can compare by identity.
 */
export class StateModel<S extends object> implements IObservable<S> {
  constructor(initial: S) {
    this._state = initial;
  }

  get state(): S {
    return this._state;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Replace some fields; does nothing after `dispose`, so late answers need no check. */
  protected update(patch: Partial<S>): void {
    if (this._isDisposed) {
      return;
    }
    this._state = { ...this._state, ...patch };
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _state: S;
}
