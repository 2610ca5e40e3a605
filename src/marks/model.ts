import type { CellUse, Preview, StateSource } from '../api/types';
import { StateModel } from '../model';
import type { IObservable } from '../tokens';

/** What marks need to know of a preview. */
export interface IAnalysed {
  readonly status: 'none' | 'loading' | 'ready' | 'failed';
  readonly path: string;
  readonly preview: Preview | null;
  readonly isRefreshing: boolean;
  /** Another one whenever something is asked for. */
  readonly version: string;
}

export interface IMarksState {
  /** Whether marks are shown at all. */
  readonly isShown: boolean;
  /** The notebook that `uses` are about; marks of other notebooks stay as they are. */
  readonly path: string;
  /** By the ids of its cells, so that a cell that moves keeps its mark. */
  readonly uses: ReadonlyMap<string, CellUse>;
  readonly source: StateSource;
}

/** What becomes of each cell of the notebook that the user looks at. */
export class MarksModel extends StateModel<IMarksState> {
  constructor(options: MarksModel.IOptions) {
    super({ isShown: false, path: '', uses: new Map(), source: 'run' });
    this._preview = options.preview;
    this._idsOf = options.idsOf;
    this._preview.changed.connect(this._onPreview, this);
    this._onPreview();
  }

  set isShown(isShown: boolean) {
    if (isShown !== this.state.isShown) {
      this.update({ isShown });
    }
  }

  private _onPreview(): void {
    const analysed = this._preview.state;
    if (analysed.version !== this._version) {
      // Cells are numbered as they were when it was asked; by the answer one may have moved.
      this._version = analysed.version;
      this._ids = this._idsOf(analysed.path);
    }
    const isNew = analysed.preview !== this._shown;
    const isAnswer = !analysed.isRefreshing && analysed.version !== '';
    if (analysed.status === 'failed' || (isNew && isAnswer)) {
      this._shown = analysed.preview;
      const slice = analysed.preview?.slice ?? null;
      const entries = (slice?.cells ?? []).flatMap(use => {
        const id = this._ids[use.cell - 1];
        return id === undefined ? [] : ([[id, use]] as const);
      });
      this.update({
        path: analysed.path,
        uses: new Map(entries),
        source: slice?.state ?? 'run'
      });
    }
  }

  private _ids: readonly string[] = [];
  private readonly _idsOf: (path: string) => readonly string[];
  private readonly _preview: IObservable<IAnalysed>;
  private _shown: Preview | null = null;
  private _version = '';
}

export namespace MarksModel {
  export interface IOptions {
    preview: IObservable<IAnalysed>;
    /** The ids of an open notebook's cells in document order; empty if it is not open. */
    idsOf: (path: string) => readonly string[];
  }
}
