import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { INotebookSource } from './model';

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
    return {
      // The local path, without the drive that real-time collaboration puts in front.
      path: this._contents.localPath(panel.context.path),
      content: () => (panel.context.isReady ? withoutOutputs(panel) : null),
      hasKernel: hasKernel(panel)
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

/** The notebook's JSON with empty outputs: an analysis reads code, and plots are megabytes. */
function withoutOutputs(panel: NotebookPanel): JSONObject {
  const content = panel.context.model.toJSON() as unknown as JSONObject;
  const cells = (content['cells'] as JSONObject[]).map(cell =>
    cell['cell_type'] === 'code' ? { ...cell, outputs: [] } : cell
  );
  return { ...content, cells };
}
