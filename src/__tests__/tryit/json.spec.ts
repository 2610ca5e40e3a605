import {
  Digits,
  findUnreadable,
  readJson,
  Unreadable,
  writeJson
} from '../../tryit/json';

describe('readJson and writeJson', () => {
  it.each([
    ['1.0'],
    ['12345678901234567890'],
    ['-1e-7'],
    ['true'],
    ['null'],
    ['"é\\n\\u2028"'],
    ['[]'],
    ['{}'],
    ['[1, [2.50, "x"], {"b": 1, "a": null}]'],
    ['{"b": 1, "a": {"2": [], "1": "{}"}}']
  ])('keep %s as it is written', text => {
    const value = readJson(text);
    expect(value).not.toBeInstanceOf(Unreadable);
    expect(JSON.parse(writeJson(value))).toEqual(JSON.parse(text));
    expect(writeJson(value).replace(/\\n/g, '')).toBe(
      text.replace('\\u2028', '\u2028').replace(/\\n/g, '')
    );
  });

  it.each([
    ['', 1, 1],
    ['{', 1, 2],
    ['[1,]', 1, 4],
    ['{"a": 1,}', 1, 9],
    ['[1] 2', 1, 4],
    ['{\n  "a": x\n}', 2, 7],
    ["{'a': 1}", 1, 2],
    ['01', 1, 2],
    ['"a\nb"', 1, 1],
    ['{"a" 1}', 1, 6]
  ])('say where %j ends to be JSON', (text, line, column) => {
    const value = readJson(text);
    expect(value).toBeInstanceOf(Unreadable);
    expect(value).toMatchObject({ text, line, column });
  });

  it('take what is nested too deep for none', () => {
    const deep = '['.repeat(200_000);
    expect(readJson(deep)).toBeInstanceOf(Unreadable);
  });

  it('set out what is long, and keep short parts on a line', () => {
    const rows = Array.from({ length: 3 }, () => [1, 2, 3]);
    const text = JSON.stringify({ rows, name: 'x'.repeat(50) });
    expect(writeJson(readJson(text)).split('\n')).toHaveLength(4);
  });

  it('write what cannot be read as it was typed, and find it', () => {
    const typed = readJson('[1, ');
    const value = new Map([['rows', [new Digits('1'), typed]]]);
    expect(writeJson(value)).toBe('{"rows": [1, [1, ]}');
    expect(findUnreadable(value)?.path).toEqual(['rows', '1']);
    expect(findUnreadable(new Map([['rows', null]]))).toBeNull();
  });
});
