import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { INotebookSource } from './model';

/** Where notebooks keep what they say of their image. */
const KEY = 'containerize';

/** The tracker's current notebook, as a source of what to preview. */
export class TrackedNotebook implements INotebookSource {
  constructor(tracker: INotebookTracker, contents: Contents.IManager) {
    this._contents = contents;
    tracker.currentChanged.connect((_, panel) => this._watch(panel));
    this._watch(tracker.currentWidget);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get current(): INotebookSource['current'] {
    const panel = this._panel;
    if (!panel || panel.isDisposed) {
      return null;
    }
    const { context } = panel;
    return {
      // The local path, without the drive that real-time collaboration puts in front.
      path: this._contents.localPath(context.path),
      content: () => (context.isReady ? withoutOutputs(panel) : null),
      hasKernel: hasKernel(panel),
      saved: context.contentsModel?.last_modified ?? '',
      own: () => (context.isReady ? own(panel) : {}),
      write: value => write(panel, value),
      save: () => save(panel)
    };
  }

  private _watch(panel: NotebookPanel | null): void {
    if (this._panel === panel) {
      return;
    }
    if (this._panel) {
      Signal.disconnectBetween(this._panel.context, this);
      Signal.disconnectBetween(this._panel, this);
      this._panel.context.model.contentChanged.disconnect(this._emit, this);
      Signal.disconnectBetween(this._panel.sessionContext, this);
    }
    this._panel = panel;
    if (panel) {
      panel.disposed.connect(this._emit, this);
      panel.context.pathChanged.connect(this._emit, this);
      panel.context.fileChanged.connect(this._emit, this);
      panel.context.model.contentChanged.connect(this._emit, this);
      panel.sessionContext.kernelChanged.connect(this._onKernel, this);
      panel.sessionContext.statusChanged.connect(this._onKernel, this);
      this._hasKernel = hasKernel(panel);
      void panel.context.ready.then(() => this._emit());
    }
    this._emit();
  }

  private _emit(): void {
    this._changed.emit();
  }

  /** A kernel tells each time that it is busy or idle; only its coming and going matter. */
  private _onKernel(): void {
    const now = this._panel !== null && hasKernel(this._panel);
    if (now !== this._hasKernel) {
      this._hasKernel = now;
      this._emit();
    }
  }

  private _changed = new Signal<this, void>(this);
  private readonly _contents: Contents.IManager;
  private _hasKernel = false;
  private _panel: NotebookPanel | null = null;
}

function hasKernel(panel: NotebookPanel): boolean {
  const kernel = panel.sessionContext.session?.kernel;
  return !!kernel && kernel.status !== 'dead';
}

/**
 * The notebook's JSON with empty outputs: an analysis reads code, and plots are megabytes.
 *
 * It is put together cell by cell, because the model's own `toJSON` copies the outputs first, and this runs
 * while somebody types.
 */
function withoutOutputs(panel: NotebookPanel): JSONObject {
  const shared = panel.context.model.sharedModel;
  const cells = shared.cells.map(cell => {
    const json: JSONObject = {
      id: cell.getId(),
      cell_type: cell.cell_type,
      metadata: cell.getMetadata() as JSONObject,
      source: cell.getSource()
    };
    if ('execution_count' in cell) {
      json['execution_count'] = cell.execution_count;
      json['outputs'] = [];
    }
    return json;
  });
  return {
    metadata: shared.metadata as JSONObject,
    nbformat: shared.nbformat,
    nbformat_minor: shared.nbformat_minor,
    cells
  };
}

function own(panel: NotebookPanel): JSONObject {
  const value: unknown = panel.context.model.sharedModel.getMetadata(KEY);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JSONObject)
    : {};
}

function write(panel: NotebookPanel, value: JSONObject): void {
  const shared = panel.context.model.sharedModel;
  if (Object.keys(value).length > 0) {
    shared.setMetadata(KEY, value);
  } else {
    shared.deleteMetadata(KEY);
  }
}

async function save(panel: NotebookPanel): Promise<boolean> {
  if (panel.context.model.dirty) {
    try {
      await panel.context.save();
    } catch {
      // The document has said why.
      return false;
    }
  }
  return true;
}
