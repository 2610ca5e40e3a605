import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds } from '../tokens';
import { nameOf, shortProgress, workLabel } from '../ui/build-words';
import { containerIcon } from '../ui/icons';

/** The builds under way as the Running panel lists things: opened in the sidebar, shut down by cancelling. */
export class RunningBuilds implements IRunningSessions.IManager {
  constructor(options: RunningBuilds.IOptions) {
    this._options = options;
    const { builds, trans } = options;
    this.name = trans.__('Containerize');
    this.shutdownLabel = trans.__('Cancel');
    this.shutdownAllLabel = trans.__('Cancel All');
    this.shutdownAllConfirmationText = trans.__(
      'Cancel all builds that run or wait?'
    );
    this._shown = this._texts();
    builds.changed.connect(() => {
      // The panel makes all its rows anew each time.
      const texts = this._texts();
      if (texts !== this._shown) {
        this._shown = texts;
        this._runningChanged.emit();
      }
    });
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
    const { builds, trans, onOpen } = this._options;
    return this._live().map(build => ({
      context: 'containerize-build',
      icon: () => containerIcon,
      label: () => nameOf(build),
      labelTitle: () =>
        `${workLabel(build, trans)}\n${build.path || build.tag}`,
      detail: () => this._progress(build),
      open: () => onOpen(build.id),
      shutdown: () => void builds.cancel(build.id)
    }));
  }

  refreshRunning(): void {
    // The model is never behind: it follows the server's events.
    this._runningChanged.emit();
  }

  shutdownAll(): void {
    this._live().forEach(build => void this._options.builds.cancel(build.id));
  }

  private _live(): readonly Build[] {
    return this._options.builds.state.builds.filter(isLive);
  }

  private _progress(build: Build): string {
    const { builds, trans } = this._options;
    return builds.state.cancelling.has(build.id)
      ? trans.__('cancelling')
      : shortProgress(build, builds.state.builds, trans);
  }

  private _texts(): string {
    return this._live()
      .map(build => `${build.id} ${this._progress(build)}`)
      .join('\n');
  }

  private readonly _options: RunningBuilds.IOptions;
  private _runningChanged = new Signal<this, void>(this);
  private _shown: string;
}

export namespace RunningBuilds {
  export interface IOptions {
    builds: IBuilds;
    trans: TranslationBundle;
    /** Show a build. */
    onOpen: (id: string) => void;
  }
}
