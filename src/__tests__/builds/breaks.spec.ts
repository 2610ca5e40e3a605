import { breaksOf } from '../../builds/breaks';
import { Wrapping } from '../../builds/wrapping';

/** The rows of a text, one string each. */
function rows(text: string, columns: number): string[] {
  const starts = [0, ...breaksOf(text, columns)];
  return starts.map((start, index) => text.slice(start, starts[index + 1]));
}

/** Name, columns, text and its rows; rows after the first one have two columns less. */
const CASES: Record<string, [number, string, string[]]> = {
  'nothing is one row': [10, '', ['']],
  'what fits is one row': [10, '1234567890', ['1234567890']],
  'what just does not fit': [10, '12345678901', ['1234567890', '1']],
  'rows after the first hang': [
    10,
    '1234567890123456789',
    ['1234567890', '12345678', '9']
  ],
  'a row ends between words': [
    10,
    'one two three four',
    ['one two ', 'three ', 'four']
  ],
  'a word that ends with its row': [
    10,
    'one two th three',
    ['one two th ', 'three']
  ],
  'spaces at the end need no row': [10, '1234567890   ', ['1234567890   ']],
  'several spaces go with the row before': [
    10,
    '12345678    90',
    ['12345678    ', '90']
  ],
  'a long word begins where it stands': [
    10,
    'file /a/long/path/of/x',
    ['file /a/lo', 'ng/path/', 'of/x']
  ],
  'a word that fits alone is not broken': [
    10,
    'file 12345678 x',
    ['file ', '12345678 ', 'x']
  ],
  'what follows a long word follows it': [
    10,
    'abcdefghijklm no pq',
    ['abcdefghij', 'klm no ', 'pq']
  ],
  'indentation is kept': [10, '    one two', ['    one ', 'two']],
  'indentation is no row': [10, '    123456789', ['    123456', '789']],
  'indentation that is longer than a row': [
    6,
    '        one',
    ['        ', 'one']
  ],
  'nothing but spaces': [4, '          ', ['          ']],
  'wide letters take two places': [10, '日本語日本', ['日本語日本']],
  'between wide letters a row may end': [
    10,
    'in 日本語日本語',
    ['in 日本語', '日本語']
  ],
  'half a wide letter has no room': [5, '日本語', ['日本', '語']],
  'letters of other scripts take one place': [
    10,
    '…'.repeat(10),
    ['…'.repeat(10)]
  ],
  'an emoji is not broken': [5, '😀😀😀', ['😀😀', '😀']],
  'an accent stays on its letter': [
    4,
    'abcde\u0301fg',
    ['abcd', 'e\u0301f', 'g']
  ],
  'words of other scripts stay whole': [
    10,
    'где файл модели',
    ['где файл ', 'модели']
  ]
};

test.each(Object.entries(CASES))('%s', (_, [columns, text, expected]) => {
  expect(rows(text, columns)).toEqual(expected);
});

test('every row has room, whatever the text', () => {
  const parts = ['a', 'b', ' ', ' ', ' ', '\u0301', '日', '😀', '-', '/'];
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 16807) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 2000; round++) {
    const text = Array.from(
      { length: random(40) },
      () => parts[random(parts.length)]
    ).join('');
    const columns = 2 + random(20);
    const found = rows(text, columns);
    expect(found.join('')).toBe(text);
    found.forEach((row, index) => {
      const room = index === 0 ? columns : Math.max(2, columns - 2);
      const trimmed = row.replace(/(?: |\u0301)+$/, '');
      expect(breaksOf(trimmed, room)).toEqual([]);
    });
  }
});

test('a line takes as many rows as it is broken into', () => {
  const texts = Object.values(CASES).map(([, text]) => text);
  const lines = texts.map((text, seq) => ({
    seq,
    time: '',
    level: 'info' as const,
    text
  }));
  const wrapping = new Wrapping(10);
  wrapping.extend(lines, lines.length);
  expect(lines.map((_, line) => wrapping.heightOf(line))).toEqual(
    texts.map(text => rows(text, 10).length)
  );
});
