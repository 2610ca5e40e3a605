import { signatureOf, signaturesOf } from '../../preview/signature';
import { makePreview } from '../server';

describe('signatureOf', () => {
  it.each([
    [
      'a line',
      'def predict(x: float) -> float:\n    return x',
      1,
      'predict(x: float) -> float'
    ],
    [
      'lines, comments and a last comma',
      'y = 1\n@post("/a")\ndef predict(\n    x: float,  # metres: all\n    y: int = 2,\n):\n    pass',
      2,
      'predict(x: float, y: int = 2)'
    ],
    [
      'texts and brackets with colons',
      'def predict(a: dict[str, int] = {"b": 1}, c=":)") -> list:',
      1,
      'predict(a: dict[str, int] = {"b": 1}, c=":)") -> list'
    ],
    ['async', 'async def predict(x): pass', 1, 'predict(x)'],
    ['one that is not there', 'predict = other', 1, ''],
    ['one that does not end', 'def predict(x', 1, ''],
    ['another name with the same beginning', 'def predict_all(x): pass', 1, '']
  ])('of %s', (_, source, line, expected) => {
    expect(signatureOf(source, { symbol: 'predict', line })).toBe(expected);
  });

  it('finds a method below the line of its class', () => {
    const source =
      'class Model:\n    def predict(self, x: int) -> int:\n        return x';
    expect(signatureOf(source, { symbol: 'Model.predict', line: 1 })).toBe(
      'predict(self, x: int) -> int'
    );
  });

  it('has none for a symbol that no expression can look for', () => {
    expect(signatureOf('def (x): pass', { symbol: 'a.(', line: 1 })).toBe('');
  });
});

describe('signaturesOf', () => {
  it('reads the cells that the preview names, however their source is kept', () => {
    const entry = {
      symbol: 'predict',
      kind: 'function',
      route: '/predict',
      method: 'POST',
      reasons: [],
      cell: 2,
      line: 1
    } as const;
    const lost = { ...entry, symbol: 'other', cell: 9 };
    const preview = {
      ...makePreview('a.ipynb'),
      entries: [entry],
      candidates: [entry, lost]
    } as unknown as Parameters<typeof signaturesOf>[0];
    const content = {
      cells: [{ source: '' }, { source: ['def predict(x):\n', '  pass'] }]
    };
    expect(signaturesOf(preview, content)).toEqual({ predict: 'predict(x)' });
  });
});
