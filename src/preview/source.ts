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
      content: () => (panel.context.isReady ? withoutOutputs(panel) : null)
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
    }
    this._panel = panel;
    if (panel) {
      panel.disposed.connect(this._emit, this);
      panel.context.pathChanged.connect(this._emit, this);
      panel.context.model.contentChanged.connect(this._emit, this);
      void panel.context.ready.then(() => this._emit());
    }
    this._emit();
  }

  private _emit(): void {
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private readonly _contents: Contents.IManager;
  private _panel: NotebookPanel | null = null;
}

/** The notebook's JSON with empty outputs: an analysis reads code, and plots are megabytes. */
function withoutOutputs(panel: NotebookPanel): JSONObject {
  const content = panel.context.model.toJSON() as unknown as JSONObject;
  const cells = (content['cells'] as JSONObject[]).map(cell =>
    cell['cell_type'] === 'code'
      ? { ...cell, outputs: [], execution_count: null }
      : cell
  );
  return { ...content, cells };
}
