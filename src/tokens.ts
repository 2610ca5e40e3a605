import { Token } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type {
  Build,
  BuildList,
  Image,
  ImageDetails,
  PlanRequest,
  Preview,
  PreviewRequest,
  Problem,
  RecordedEvent,
  StartRequest,
  StateSource
} from './api/types';

/** The id of the sidebar in the shell's left area. */
export const SIDEBAR_ID = 'jupyter-containerize-sidebar';

/** The commands that this extension adds. */
export namespace CommandIDs {
  /** Build the current notebook, or with `{selected: true}` those selected in the file browser. */
  export const build = 'containerize:build';
  export const openSidebar = 'containerize:open-sidebar';
  /** Show a cell: `{path, cell, line?}`, both 1-based, cells counted in document order. */
  export const goToCell = 'containerize:go-to-cell';
}

/** A thing with an immutable state that says when it has a new one. */
export interface IObservable<S> {
  readonly state: S;
  readonly changed: ISignal<unknown, void>;
}

/** A place in a notebook, as a link goes there. */
export interface ICellPlace {
  /** The notebook's path in the contents manager. */
  readonly path: string;
  /** 1-based, counting all cells in document order. */
  readonly cell: number;
  /** 1-based line in the cell; null for the whole cell. */
  readonly line: number | null;
}

/** The server side of this extension. Every call rejects with an `ApiError`. */
export interface IContainerizeClient {
  preview(request: PreviewRequest): Promise<Preview>;
  listBuilds(): Promise<BuildList>;
  startBuild(request: StartRequest): Promise<Build>;
  /** Plan a build of a saved notebook; `plan` of the Build is set when it has succeeded. */
  startPlan(request: PlanRequest): Promise<Build>;
  getBuild(id: string): Promise<Build>;
  cancelBuild(id: string): Promise<Build>;
  forgetBuild(id: string): Promise<void>;
  /** The recorded events with a seq above `after`, oldest first. */
  listEvents(id: string, after: number): Promise<readonly RecordedEvent[]>;
  listImages(): Promise<readonly Image[]>;
  getImage(digest: string): Promise<ImageDetails>;
  /** Where the whole log can be read as text; for a link. */
  logUrl(id: string): string;
  /** Follow the events of all builds; see `IEventStream`. */
  follow(resync: () => Promise<number>): IEventStream;
}

/**
 * The events of all builds, for as long as it is not disposed.
 *
 * Events are a hint. Before each connection, the first one and every later one, the owner is asked
 * to `resync`: to read the truth with GET and to say up to which seq it has it.
 */
export interface IEventStream extends IObservableDisposable {
  readonly isConnected: boolean;
  /** Batches, each in the order of seq and never empty. */
  readonly received: ISignal<IEventStream, readonly RecordedEvent[]>;
  readonly connectionChanged: ISignal<IEventStream, boolean>;
}

export const IContainerizeClient = new Token<IContainerizeClient>(
  'jupyter-containerize:IContainerizeClient',
  'Calls the server side of jupyter-containerize.'
);

/** A line of a build's log. */
export interface ILogLine {
  readonly seq: number;
  readonly time: string;
  /** `phase` is the line that says that a phase began. */
  readonly level: 'info' | 'warning' | 'error' | 'phase';
  readonly text: string;
}

/** The log of one build as far as it is known here. */
export interface ILogState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly lines: readonly ILogLine[];
}

export interface IBuildsState {
  /** `failed`: the list could not be read, and `problem` says why; the builds may be old. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly builds: readonly Build[];
  readonly problem: Problem | null;
  /** Why the last start, cancel or forget was refused; null once dismissed or tried again. */
  readonly refusal: { readonly path: string; readonly problem: Problem } | null;
  /** Ids of builds, and paths of notebooks, with a request on its way. */
  readonly pending: ReadonlySet<string>;
  /** Whether events arrive as they happen. */
  readonly isConnected: boolean;
}

/** The builds of this server, the same in every tab. */
export interface IBuilds extends IObservable<IBuildsState> {
  /** Start a build of a saved notebook. Gives null, and a `refusal`, if the server does not take it. */
  start(request: StartRequest): Promise<Build | null>;
  cancel(id: string): Promise<void>;
  forget(id: string): Promise<void>;
  dismissRefusal(): void;
  /** The log of a build; followed until `closeLog`. */
  openLog(id: string): IObservable<ILogState>;
  closeLog(id: string): void;
  /** Emitted when a build ended, or the truth was read anew: the images may be others now. */
  readonly imagesMayHaveChanged: ISignal<unknown, void>;
}

export const IBuilds = new Token<IBuilds>(
  'jupyter-containerize:IBuilds',
  'The builds of notebooks into images: start, follow, cancel, forget.'
);

/** Where the objects of each notebook's image shall come from, as the user chose in this tab. */
export interface IStateChoices {
  /** Null for a notebook for which nothing was chosen: it says so itself, or the default counts. */
  get(path: string): StateSource | null;
  set(path: string, source: StateSource): void;
  readonly changed: ISignal<unknown, void>;
}

export const IStateChoices = new Token<IStateChoices>(
  'jupyter-containerize:IStateChoices',
  'Remembers where the objects of each notebook’s image shall come from.'
);
