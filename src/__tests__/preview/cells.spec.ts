import { evidenceByCell } from '../../preview/cells';

describe('evidenceByCell', () => {
  it('names each cell once, in order, with all that was found there', () => {
    const evidence = [
      { cell: 7, line: 2, rule: 'import', detail: 'sklearn.svm' },
      { cell: 3, line: 1, rule: 'import', detail: 'sklearn' },
      { cell: 7, line: 9, rule: 'import', detail: 'sklearn.tree' },
      { cell: 7, line: 9, rule: 'import', detail: 'sklearn.svm' },
      { cell: null, line: null, rule: 'pickle', detail: 'model' }
    ];
    expect(evidenceByCell(evidence)).toEqual([
      { cell: 3, line: 1, details: ['sklearn'] },
      { cell: 7, line: 2, details: ['sklearn.svm', 'sklearn.tree'] }
    ]);
  });
});
