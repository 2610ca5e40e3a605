import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';

import { explain } from '../api/errors';
import type { Preview, Problem, StateSource } from '../api/types';
import { StateModel } from '../model';
import type { IContainerizeClient, IStateChoices } from '../tokens';

/** How long typing has to pause before the notebook is analysed again, in milliseconds. */
const PAUSE_MS = 700;

/** The notebook that the user looks at. */
export interface INotebookSource {
  /** Null when no notebook is open. */
  readonly current: {
    /** The path in the contents manager. */
    readonly path: string;
    /** The notebook as it stands in the editor, without outputs; null while it is loading. */
    content(): JSONObject | null;
    /** Whether a kernel runs for it. */
    readonly hasKernel: boolean;
  } | null;
  /** Emitted when another notebook, or other content, is current. */
  readonly changed: ISignal<unknown, void>;
}

export interface IPreviewState {
  /** `none`: no notebook is open. */
  readonly status: 'none' | 'loading' | 'ready' | 'failed';
  readonly path: string;
  /** Of `path`; may be from before the last edit while `isRefreshing`. */
  readonly preview: Preview | null;
  readonly problem: Problem | null;
  readonly isRefreshing: boolean;
  /** Where the user wants the objects to come from; null: what the notebook says, or the default. */
  readonly choice: StateSource | null;
  /** Whether a kernel runs for the notebook. */
  readonly hasKernel: boolean;
}

const NOTHING: IPreviewState = {
  status: 'none',
  path: '',
  preview: null,
  problem: null,
  isRefreshing: false,
  choice: null,
  hasKernel: false
};

/** What building the current notebook would serve and install. Asks only while `isActive`. */
export class PreviewModel extends StateModel<IPreviewState> {
  constructor(options: PreviewModel.IOptions) {
    super(NOTHING);
    this._client = options.client;
    this._source = options.source;
    this._choices = options.choices;
    this._trans = options.trans;
    this._debouncer = new Debouncer(
      () => this.refresh(),
      options.pauseMs ?? PAUSE_MS
    );
    this._source.changed.connect(this._onChanged, this);
    this._choices.changed.connect(this._onChosen, this);
  }

  /** Whether somebody looks; nothing is analysed for a hidden sidebar. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(isActive: boolean) {
    if (isActive !== this._isActive) {
      this._isActive = isActive;
      this._onChanged();
    }
  }

  override dispose(): void {
    this._debouncer.dispose();
    super.dispose();
  }

  /** Analyse the current notebook, if it differs from what was analysed last; see `reload`. */
  async refresh(): Promise<void> {
    const current = this._source.current;
    const content = current?.content();
    if (!this._isActive || this.isDisposed || !current || !content) {
      return;
    }
    const choice = this._choices.get(current.path);
    const fingerprint = JSON.stringify([current.path, content, choice]);
    if (fingerprint === this._fingerprint) {
      return;
    }
    this._fingerprint = fingerprint;
    this.update({ isRefreshing: true });
    const answer = await this._ask(current.path, content, choice);
    // An answer about what the notebook no longer is must not overwrite a newer one.
    if (fingerprint === this._fingerprint) {
      this.update({ ...answer, isRefreshing: false });
    }
  }

  /** Say where the current notebook's objects shall come from. */
  choose(source: StateSource): void {
    const path = this._source.current?.path;
    if (path !== undefined) {
      this._choices.set(path, source);
    }
  }

  /** Analyse even if nothing changed here: the kernel's environment may be another one. */
  async reload(): Promise<void> {
    this._fingerprint = null;
    await this.refresh();
  }

  private async _ask(
    path: string,
    content: JSONObject,
    choice: StateSource | null
  ): Promise<Partial<IPreviewState>> {
    try {
      const preview = await this._client.preview({
        path,
        content,
        ...(choice && { state: choice })
      });
      return { status: 'ready', preview, problem: null };
    } catch (error) {
      const problem = explain(error, this._trans);
      return { status: 'failed', preview: null, problem };
    }
  }

  private _onChosen(): void {
    const path = this._source.current?.path;
    if (this._isActive && path !== undefined) {
      this.update({ choice: this._choices.get(path) });
      void this.refresh();
    }
  }

  private _onChanged(): void {
    if (!this._isActive) {
      return;
    }
    const path = this._source.current?.path;
    const hasKernel = this._source.current?.hasKernel ?? false;
    if (path === undefined) {
      this._fingerprint = null;
      this.update(NOTHING);
    } else if (path !== this.state.path || this.state.status === 'none') {
      const choice = this._choices.get(path);
      this.update({ ...NOTHING, status: 'loading', path, choice, hasKernel });
      void this.refresh();
    } else if (hasKernel !== this.state.hasKernel) {
      this.update({ hasKernel });
    }
    if (path !== undefined) {
      void this._debouncer.invoke().catch(() => undefined);
    }
  }

  private readonly _choices: IStateChoices;
  private readonly _client: IContainerizeClient;
  private readonly _debouncer: Debouncer;
  private _fingerprint: string | null = null;
  private _isActive = false;
  private readonly _source: INotebookSource;
  private readonly _trans: TranslationBundle;
}

export namespace PreviewModel {
  export interface IOptions {
    choices: IStateChoices;
    client: IContainerizeClient;
    source: INotebookSource;
    trans: TranslationBundle;
    /** See PAUSE_MS. */
    pauseMs?: number;
  }
}
