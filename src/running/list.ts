import type { IRunningSessions } from '@jupyterlab/running';
import { stopIcon } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IObservable } from '../tokens';

/** What a list calls itself and what can be done with its items. */
export interface IListWords {
  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
}

/**
 * Things of a model as the Running panel lists them.
 *
 * The panel makes all its rows anew each time that it is told of a change: it is told when a text is another.
 */
export abstract class RunningList<T extends { readonly id: string }>
  implements IRunningSessions.IManager
{
  constructor(words: IListWords) {
    this.name = words.name;
    this.shutdownLabel = words.shutdownLabel;
    this.shutdownAllLabel = words.shutdownAllLabel;
    this.shutdownAllConfirmationText = words.shutdownAllConfirmationText;
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = stopIcon;

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  running(): IRunningSessions.IRunningItem[] {
    return this.live().map(thing => ({
      ...this.item(thing),
      detail: () => this.detail(thing),
      shutdown: () => this.stop(thing)
    }));
  }

  refreshRunning(): void {
    this._runningChanged.emit();
  }

  shutdownAll(): void {
    this.live().forEach(thing => this.stop(thing));
  }

  /** Tell of the changes of a model; to be called when the list is made. */
  protected follow(model: IObservable<object>): void {
    this._told = this._texts();
    model.changed.connect(() => {
      const texts = this._texts();
      if (texts !== this._told) {
        this._told = texts;
        this._runningChanged.emit();
      }
    });
  }

  /** What is under way now. */
  protected abstract live(): readonly T[];
  /** How far it is, in few letters. */
  protected abstract detail(thing: T): string;
  protected abstract item(
    thing: T
  ): Omit<IRunningSessions.IRunningItem, 'detail' | 'shutdown'>;
  protected abstract stop(thing: T): void;

  private _texts(): string {
    return this.live()
      .map(thing => `${thing.id} ${this.detail(thing)}`)
      .join('\n');
  }

  private _runningChanged = new Signal<this, void>(this);
  private _told = '';
}
