import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Gutter } from './gutter';
import type { IAnalysed } from './model';
import { MarksModel } from './model';
import type { IObservable } from '../tokens';

/** Marks the cells of open notebooks for as long as `isShown`; one that is not current keeps its marks. */
export class Marker {
  constructor(options: Marker.IOptions) {
    this._options = options;
    this._model = new MarksModel({
      preview: options.preview,
      idsOf: path => idsOf(this._find(path))
    });
    this._model.changed.connect(this._draw, this);
  }

  get model(): MarksModel {
    return this._model;
  }

  set isShown(isShown: boolean) {
    this._model.isShown = isShown;
  }

  private _draw(): void {
    const { isShown, path, source, uses } = this._model.state;
    if (!isShown) {
      this._gutters.forEach(gutter => gutter.dispose());
      this._gutters.clear();
      return;
    }
    const panel = this._find(path);
    if (panel) {
      this._gutterOf(panel).show(uses, source);
    }
  }

  private _gutterOf(panel: NotebookPanel): Gutter {
    const known = this._gutters.get(panel);
    if (known) {
      return known;
    }
    const gutter = new Gutter(panel.content, this._options.trans);
    this._gutters.set(panel, gutter);
    panel.disposed.connect(() => this._gutters.delete(panel));
    return gutter;
  }

  private _find(path: string): NotebookPanel | undefined {
    const { contents, tracker } = this._options;
    return tracker.find(
      panel => contents.localPath(panel.context.path) === path
    );
  }

  private readonly _gutters = new Map<NotebookPanel, Gutter>();
  private readonly _model: MarksModel;
  private readonly _options: Marker.IOptions;
}

export namespace Marker {
  export interface IOptions {
    contents: Contents.IManager;
    preview: IObservable<IAnalysed>;
    tracker: INotebookTracker;
    trans: TranslationBundle;
  }
}

function idsOf(panel: NotebookPanel | undefined): readonly string[] {
  const cells = panel?.context.model.sharedModel.cells ?? [];
  return cells.map(cell => cell.getId());
}
