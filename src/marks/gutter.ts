import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { CellUse, StateSource } from '../api/types';
import { explainUse } from './words';

const CLASS = 'jp-Containerize-mark';

/**
 * The marks beside the cells of one notebook.
 *
 * A mark is a child of its cell's node, which a notebook that draws only what is in view takes out and puts back with
 * everything in it; so there is nothing to follow while somebody scrolls.
 */
export class Gutter implements IDisposable {
  constructor(notebook: Notebook, trans: TranslationBundle) {
    this._notebook = notebook;
    this._trans = trans;
    notebook.modelChanged.connect(this._onModel, this);
    notebook.disposed.connect(() => this.dispose());
    this._onModel();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
      this._uses = new Map();
      if (!this._notebook.isDisposed) {
        this._draw();
      }
    }
  }

  /** Mark these cells, and no others. */
  show(uses: ReadonlyMap<string, CellUse>, source: StateSource): void {
    this._uses = uses;
    this._source = source;
    this._draw();
  }

  private _onModel(): void {
    const cells = this._notebook.model?.cells ?? null;
    if (cells !== this._cells) {
      this._cells?.changed.disconnect(this._draw, this);
      this._cells = cells;
      // Cells that move are new widgets.
      cells?.changed.connect(this._draw, this);
    }
  }

  private _draw(): void {
    for (const { model, node } of this._notebook.widgets) {
      const use = model.type === 'code' ? this._uses.get(model.id) : undefined;
      const mark = markIn(node);
      if (!use) {
        mark?.remove();
        continue;
      }
      const text = explainUse(use, this._source, this._trans);
      // Told by the document's own bookkeeping of layout: what is not touched costs nothing.
      if (mark?.title !== text || mark.dataset['role'] !== use.role) {
        describe(mark ?? newMark(node), use, text);
      }
    }
  }

  private _cells: NonNullable<Notebook['model']>['cells'] | null = null;
  private _isDisposed = false;
  private readonly _notebook: Notebook;
  private _source: StateSource = 'run';
  private readonly _trans: TranslationBundle;
  private _uses: ReadonlyMap<string, CellUse> = new Map();
}

function markIn(node: HTMLElement): HTMLElement | null {
  return node.querySelector<HTMLElement>(`:scope > .${CLASS}`);
}

/** It comes last: the cell's layout counts the children before its own. */
function newMark(node: HTMLElement): HTMLElement {
  const mark = document.createElement('div');
  mark.className = CLASS;
  mark.setAttribute('role', 'img');
  node.appendChild(mark);
  return mark;
}

function describe(mark: HTMLElement, use: CellUse, text: string): void {
  mark.dataset['role'] = use.role;
  mark.title = text;
  mark.setAttribute('aria-label', text);
}
