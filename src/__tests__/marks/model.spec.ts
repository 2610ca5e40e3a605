import type { CellUse, Preview } from '../../api/types';
import type { IAnalysed } from '../../marks/model';
import { MarksModel } from '../../marks/model';
import { StateModel } from '../../model';
import { makePreview } from '../server';

export function makeUse(cell: number, fields: Partial<CellUse> = {}): CellUse {
  return {
    cell,
    role: 'serving',
    statements: 1,
    training: 0,
    serving: 1,
    why: ['serving needs it'],
    ...fields
  };
}

function previewOf(...cells: CellUse[]): Preview {
  return {
    ...makePreview('iris.ipynb'),
    slice: {
      state: 'startup',
      order: 'document',
      whole: '',
      counts: {
        statements: 1,
        training: 1,
        serving: 1,
        dropped: 0,
        cells: 1,
        training_cells: 0,
        serving_cells: 1,
        distributions: 0,
        serving_distributions: 0
      },
      cells,
      objects: [],
      recreated: [],
      parameters: [],
      examples: []
    }
  };
}

class Analysed extends StateModel<IAnalysed> {
  constructor() {
    super({
      status: 'loading',
      path: 'iris.ipynb',
      preview: null,
      isRefreshing: false,
      version: ''
    });
  }

  set(patch: Partial<IAnalysed>): void {
    this.update(patch);
  }
}

describe('MarksModel', () => {
  let ids: string[];
  let preview: Analysed;
  let model: MarksModel;

  const roles = () => [...model.state.uses].map(([id, use]) => [id, use.role]);

  beforeEach(() => {
    ids = ['a', 'b', 'c'];
    preview = new Analysed();
    model = new MarksModel({ preview, idsOf: () => ids });
  });

  it('knows cells by their ids', () => {
    preview.set({ isRefreshing: true, version: '1' });
    expect(roles()).toEqual([]);
    preview.set({
      isRefreshing: false,
      status: 'ready',
      preview: previewOf(makeUse(1), makeUse(3, { role: 'dropped' }))
    });
    expect(roles()).toEqual([
      ['a', 'serving'],
      ['c', 'dropped']
    ]);
    expect(model.state.source).toBe('startup');
  });

  it('takes the cells as they were when it was asked', () => {
    preview.set({ isRefreshing: true, version: '1' });
    ids = ['new', 'a', 'b', 'c'];
    preview.set({
      isRefreshing: false,
      status: 'ready',
      preview: previewOf(makeUse(2))
    });
    expect(roles()).toEqual([['b', 'serving']]);
  });

  it('does not take what was kept from before for an answer', () => {
    preview.set({ status: 'ready', preview: previewOf(makeUse(1)) });
    expect(roles()).toEqual([]);
  });

  it('marks nothing where nothing can serve, or the notebook cannot be read', () => {
    preview.set({ isRefreshing: true, version: '1' });
    const answer = previewOf(makeUse(1));
    preview.set({ isRefreshing: false, status: 'ready', preview: answer });
    preview.set({ version: '2', preview: makePreview('iris.ipynb') });
    expect(roles()).toEqual([]);
    preview.set({ version: '3', preview: answer });
    expect(roles()).toHaveLength(1);
    preview.set({ version: '4', status: 'failed', preview: null });
    expect(roles()).toEqual([]);
  });

  it('leaves cells out that are gone', () => {
    preview.set({ isRefreshing: true, version: '1' });
    preview.set({
      isRefreshing: false,
      status: 'ready',
      preview: previewOf(makeUse(2), makeUse(9))
    });
    expect(roles()).toEqual([['b', 'serving']]);
  });
});
