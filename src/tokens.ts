import { Token } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type {
  Asked,
  AskRequest,
  Build,
  BuildList,
  ImageComparison,
  ImageDetails,
  ImageList,
  PlanRequest,
  Preview,
  PreviewRequest,
  Problem,
  Progress,
  RecordedEvent,
  Running,
  Settings,
  StartRequest,
  StateSource,
  TaskRequest
} from './api/types';

/** The id of the sidebar in the shell's left area. */
export const SIDEBAR_ID = 'jupyter-containerize-sidebar';

/** The plugin whose schema holds the user's settings. */
export const SETTINGS_ID = 'jupyter-containerize:commands';

/** The commands that this extension adds. */
export namespace CommandIDs {
  /**
   * Build the current notebook, or with `{selected: true}` those selected in the file browser;
   * with `{path, asked}` a notebook as it was asked for before.
   */
  export const build = 'containerize:build';
  export const openSidebar = 'containerize:open-sidebar';
  /** Bring a build into view in the sidebar: `{id, log?}`. */
  export const showBuild = 'containerize:show-build';
  /** Do what a build did once more: `{id}`. */
  export const retryBuild = 'containerize:retry-build';
  /** Show a cell: `{path, cell, line?}`, both 1-based, cells counted in document order. */
  export const goToCell = 'containerize:go-to-cell';
  /** Mark in the notebook which cells go into the image, or stop that. */
  export const toggleMarks = 'containerize:toggle-cell-marks';
  export const openSettings = 'containerize:open-settings';
  /** Run an image and show what it can be asked: `{digest}`. */
  export const runImage = 'containerize:run-image';
  /** Bring a container, and the form that asks it, into view in the sidebar: `{id}`. */
  export const showContainer = 'containerize:show-container';
  /** Stop a container: `{id}`. */
  export const stopContainer = 'containerize:stop-container';
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
  startTask(request: TaskRequest): Promise<Build>;
  getBuild(id: string): Promise<Build>;
  cancelBuild(id: string): Promise<Build>;
  forgetBuild(id: string): Promise<void>;
  /** The recorded events with a seq above `after`, oldest first, `limit` of them at most. */
  listEvents(
    id: string,
    after: number,
    limit: number
  ): Promise<readonly RecordedEvent[]>;
  listImages(): Promise<ImageList>;
  getImage(digest: string): Promise<ImageDetails>;
  /** Take a name from an image; null: all of them. */
  deleteImage(digest: string, tag: string | null): Promise<void>;
  /** What differs between two images, each a name or a digest. */
  compareImages(before: string, after: string): Promise<ImageComparison>;
  /** Where the image can be downloaded as a tar; for a link. */
  archiveUrl(digest: string, tag: string | null): string;
  /** Where its bill of materials can be downloaded; for a link. */
  sbomUrl(digest: string, format: 'cyclonedx' | 'spdx'): string;
  listRunning(): Promise<readonly Running[]>;
  /** Run an image, a name or a digest; answers while it still starts. */
  startRunning(image: string): Promise<Running>;
  stopRunning(id: string): Promise<void>;
  /** What a container says of itself at its /schema, as the text that it is. */
  getRunningSchema(id: string): Promise<string>;
  askRunning(id: string, request: AskRequest): Promise<Asked>;
  /** Where the last that a container printed can be read as text; for a link. */
  runningLogUrl(id: string): string;
  getSettings(): Promise<Settings>;
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
  /** Connect anew at once, whatever the connection is. */
  reconnect(): void;
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
  /** Grows at its end, the same object from state to state: `count` of them belong to this one. */
  readonly lines: readonly ILogLine[];
  readonly count: number;
}

/** How far one step of a build is that has not ended; several go on side by side. */
export interface IStep extends Progress {
  /** Bytes per second over the last seconds; null where that is not known, and for items. */
  readonly rate: number | null;
  /** When it was last heard of, in milliseconds of this page's clock. */
  readonly at: number;
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
  /** Ids of builds that were asked to stop and have not yet. */
  readonly cancelling: ReadonlySet<string>;
  /** The steps under way by the id of their build, as far as events told of them. */
  readonly steps: ReadonlyMap<string, readonly IStep[]>;
  /** The build that somebody wants to see; another object each time. */
  readonly shown: IShownBuild | null;
  /** Whether events arrive as they happen. */
  readonly isConnected: boolean;
}

/** A build to bring into view, with its log if `log` is set. */
export interface IShownBuild {
  readonly id: string;
  readonly log: boolean;
}

/** The builds of this server, the same in every tab. */
export interface IBuilds extends IObservable<IBuildsState> {
  /** Start a build of a saved notebook. Gives null, and a `refusal`, if the server does not take it. */
  start(request: StartRequest): Promise<Build | null>;
  /** Push or rebase an image; null, and a `refusal`, if the server does not take it. */
  perform(request: TaskRequest): Promise<Build | null>;
  cancel(id: string): Promise<void>;
  forget(id: string): Promise<void>;
  /** Forget all builds that have ended. */
  forgetEnded(): Promise<void>;
  /** Bring a build into view, where builds are shown. */
  show(id: string, log?: boolean): void;
  /** Connect now if the connection is lost; it is tried again by itself, too. */
  reconnect(): void;
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

export interface IContainersState {
  /** `failed`: the list could not be read; the containers may be old. */
  readonly status: 'loading' | 'ready' | 'failed';
  /** The newest first. */
  readonly containers: readonly Running[];
  /** Why the last start or stop was refused; null once dismissed or tried again. */
  readonly refusal: {
    readonly image: string;
    readonly problem: Problem;
  } | null;
  /** Digests of images and ids of containers with a request on its way. */
  readonly pending: ReadonlySet<string>;
  /** The container that somebody wants to see; another object each time. */
  readonly shown: { readonly id: string } | null;
}

/** The containers that this server runs, the same in every tab. */
export interface IContainers extends IObservable<IContainersState> {
  /** Run an image of the local store. Gives null, and a `refusal`, if the server does not. */
  start(digest: string): Promise<Running | null>;
  /** Stop a container and take it off the list. */
  stop(id: string): Promise<void>;
  /** Read the list now; it is read now and then by itself, too. Never rejects. */
  refresh(): Promise<void>;
  /** Bring a container into view, where containers are shown. */
  show(id: string): void;
  dismissRefusal(): void;
}

export const IContainers = new Token<IContainers>(
  'jupyter-containerize:IContainers',
  'The containers that were started from images here: start, stop, follow.'
);

/** What the user chose for all notebooks; see schema/commands.json. Empty: as the server is configured. */
export interface IUserSettings {
  readonly destination: string;
  /** What the destination `registry` stands for. */
  readonly registry: string;
  readonly tagTemplate: string;
  readonly platforms: NonNullable<StartRequest['platforms']>;
  /** Whether the sidebar is shown when a build is started. */
  readonly autoOpen: boolean;
  readonly notifications: boolean;
  /** Whether the browser tells as well while the page is out of sight. */
  readonly desktopNotifications: boolean;
  readonly markCells: boolean;
}

export interface ISettingsState {
  readonly user: IUserSettings;
  /** Null while the server was not asked, or did not answer. */
  readonly server: Settings | null;
}

/** The user's settings, and what the server is configured with. */
export interface ISettings extends IObservable<ISettingsState> {
  /** Ask the server what it is configured with; never rejects. */
  refresh(): Promise<void>;
  set<K extends keyof IUserSettings>(
    name: K,
    value: IUserSettings[K]
  ): Promise<void>;
  /** What the user's settings ask of every build; never rejects. */
  asked(): Promise<Partial<StartRequest>>;
}

export const ISettings = new Token<ISettings>(
  'jupyter-containerize:ISettings',
  'Knows the user’s settings and those of the server.'
);
