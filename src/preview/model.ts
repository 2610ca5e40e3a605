import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';

import { explain } from '../api/errors';
import type { Preview, Problem, StateSource } from '../api/types';
import { StateModel } from '../model';
import type { IContainerizeClient, IStateChoices } from '../tokens';
import type { Own } from './metadata';
import { signaturesOf } from './signature';

/** How long typing has to pause before the notebook is analysed again, in milliseconds. */
const PAUSE_MS = 400;

/** Of so many notebooks the last preview is kept, to be shown at once when they are current again. */
const KEPT = 20;

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
    /** When it was last saved: the outputs that its file has are looked at, too. */
    readonly saved?: string;
    /** What its metadata says of its image; see docs/settings.md. */
    own(): Own;
    /** Replace what its metadata says of its image, as an edit of the document. */
    write(own: Own): void;
    /** Save it if it is dirty. False if it could not be: its document has said why. */
    save(): Promise<boolean>;
  } | null;
  /** Emitted when another notebook, or other content, is current. */
  readonly changed: ISignal<unknown, void>;
}

/** The last edit of the metadata that was made here. */
export interface IUndo {
  /** What was done, in words. */
  readonly text: string;
  readonly before: Own;
  readonly after: Own;
}

export interface IPreviewState {
  /** `none`: no notebook is open. */
  readonly status: 'none' | 'loading' | 'ready' | 'failed';
  readonly path: string;
  /** Of `path`; may be from before the last edit while `isRefreshing`. */
  readonly preview: Preview | null;
  /** How what serves is called, by symbol; empty for what is no function of the notebook. */
  readonly signatures: Readonly<Record<string, string>>;
  readonly problem: Problem | null;
  readonly isRefreshing: boolean;
  /** Where the user wants the objects to come from; null: what the notebook says, or the default. */
  readonly choice: StateSource | null;
  /** Whether a kernel runs for the notebook. */
  readonly hasKernel: boolean;
  /** What the notebook's metadata says of its image. */
  readonly own: Own;
  /** Null when there is nothing to take back. */
  readonly undo: IUndo | null;
  /** Differs with everything that a build is made from: code, metadata, choice; empty before the first preview. */
  readonly version: string;
}

type Answer = Pick<
  IPreviewState,
  'status' | 'preview' | 'signatures' | 'problem'
>;

const NOTHING: IPreviewState = {
  status: 'none',
  path: '',
  preview: null,
  signatures: {},
  problem: null,
  isRefreshing: false,
  choice: null,
  hasKernel: false,
  own: {},
  undo: null,
  version: ''
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
    const { path, saved = '' } = current;
    const fingerprint = JSON.stringify([path, content, choice, saved]);
    if (fingerprint === this._fingerprint) {
      return;
    }
    if (this._asked.has(current.path)) {
      // One question at a time: a slow server would have to answer all of them.
      this._due.add(current.path);
      return;
    }
    this._fingerprint = fingerprint;
    this.update({
      isRefreshing: true,
      version: versionOf(current.path, content, choice)
    });
    this._asked.add(current.path);
    const answer = await this._ask(current.path, content, choice);
    this._asked.delete(current.path);
    if (current.path === this.state.path) {
      const news = withoutRepeats(answer, this.state);
      this._keep(current.path, news);
      this.update({ ...news, isRefreshing: false });
    }
    if (this._due.delete(current.path)) {
      await this.refresh();
    }
  }

  /** Say where the current notebook's objects shall come from. */
  choose(source: StateSource): void {
    const path = this._source.current?.path;
    if (path !== undefined) {
      this._choices.set(path, source);
    }
  }

  /** Change what the current notebook's metadata says of its image; `text` names that for undoing it. */
  edit(change: (own: Own) => Own, text: string): void {
    const current = this._source.current;
    if (!current || current.path !== this.state.path) {
      return;
    }
    const before = current.own();
    const after = change(before);
    if (!JSONExt.deepEqual(before, after)) {
      current.write(after);
      this.update({ own: after, undo: { text, before, after } });
      void this.refresh();
    }
  }

  /** Take back the last `edit`. */
  undo(): void {
    const { undo } = this.state;
    if (undo) {
      this.edit(() => undo.before, '');
      this.update({ undo: null });
    }
  }

  /** Save the current notebook if it is dirty; gives the `version` that is saved, null if it could not be. */
  async save(): Promise<string | null> {
    const current = this._source.current;
    if (!current || !(await current.save())) {
      return null;
    }
    const choice = this._choices.get(current.path);
    return versionOf(current.path, current.content() ?? {}, choice);
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
  ): Promise<Answer> {
    try {
      const preview = await this._client.preview({
        path,
        content,
        ...(choice && { state: choice })
      });
      const signatures = signaturesOf(preview, content);
      return { status: 'ready', preview, signatures, problem: null };
    } catch (error) {
      const problem = explain(error, this._trans);
      return { status: 'failed', preview: null, signatures: {}, problem };
    }
  }

  private _keep(path: string, answer: Answer): void {
    this._kept.delete(path);
    if (answer.preview) {
      this._kept.set(path, answer);
    }
    for (const oldest of [...this._kept.keys()].slice(0, -KEPT)) {
      this._kept.delete(oldest);
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
    const current = this._source.current;
    if (!current) {
      this._fingerprint = null;
      this.update(NOTHING);
      return;
    }
    if (current.path !== this.state.path || this.state.status === 'none') {
      this._show(current.path);
    }
    this._follow(current);
    if (this._fingerprint === null) {
      // The first answer is waited for; it need not wait for a pause.
      void this.refresh();
    }
    void this._debouncer.invoke().catch(() => undefined);
  }

  /** Begin with another notebook, by what is known of it. */
  private _show(path: string): void {
    const kept = this._kept.get(path);
    this._fingerprint = null;
    this.update({
      ...NOTHING,
      status: 'loading',
      ...kept,
      path,
      choice: this._choices.get(path)
    });
  }

  /** Take over what is known without asking. */
  private _follow(current: NonNullable<INotebookSource['current']>): void {
    const { hasKernel } = current;
    const own = current.own();
    const isSame = JSONExt.deepEqual(own, this.state.own);
    if (!isSame || hasKernel !== this.state.hasKernel) {
      const { undo } = this.state;
      // Somebody else changed the metadata since: taking back would undo that, too.
      const holds = undo !== null && JSONExt.deepEqual(undo.after, own);
      this.update({ hasKernel, own, undo: holds ? undo : null });
    }
  }

  /** The paths of notebooks with a question on its way. */
  private readonly _asked = new Set<string>();
  private readonly _choices: IStateChoices;
  private readonly _client: IContainerizeClient;
  private readonly _debouncer: Debouncer;
  /** The paths of those of `_asked` that have changed since. */
  private readonly _due = new Set<string>();
  private _fingerprint: string | null = null;
  private _isActive = false;
  /** The last answers by path, the latest last. */
  private readonly _kept = new Map<string, Answer>();
  private readonly _source: INotebookSource;
  private readonly _trans: TranslationBundle;
}

/** An answer that says the same as what is shown is the same object, so that it is not drawn again. */
function withoutRepeats(answer: Answer, shown: Answer): Answer {
  const isSame = (a: object | null, b: object | null) =>
    JSONExt.deepEqual(a as JSONValue, b as JSONValue);
  return {
    ...answer,
    preview: isSame(answer.preview, shown.preview)
      ? shown.preview
      : answer.preview,
    signatures: isSame(answer.signatures, shown.signatures)
      ? shown.signatures
      : answer.signatures
  };
}

/** What a kernel writes into a notebook when it starts, and when cells run, is no change by the user. */
function versionOf(
  path: string,
  content: JSONObject,
  choice: StateSource | null
): string {
  const ofKernel = new Set(['execution_count', 'language_info']);
  return JSON.stringify([path, content, choice], (key, value: JSONValue) => {
    if (ofKernel.has(key)) {
      return undefined;
    }
    const isObject = typeof value === 'object' && value !== null;
    return key === 'kernelspec' && isObject && 'name' in value
      ? value.name
      : value;
  });
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
