import type { Members } from '../../tryit/json';
import { readJson, writeJson } from '../../tryit/json';
import { askOf, parsePath, writePath, wrongOf } from '../../tryit/request';
import type { IEndpoint, ISchema } from '../../tryit/schema';
import { kindOf, plain, readEndpoints } from '../../tryit/schema';
import { newRow, tableOf, withCell } from '../../tryit/table';

function endpoint(fields: Partial<IEndpoint>): IEndpoint {
  return {
    symbol: 'predict',
    method: 'POST',
    route: '/predict',
    kind: 'function',
    words: '',
    inputs: {},
    example: null,
    ...fields
  };
}

const members = (text: string) => readJson(text) as Members;

describe('askOf', () => {
  it.each<[string, Partial<IEndpoint>, string, object]>([
    [
      'a body keeps its digits',
      {},
      '{"x": 1.0, "id": 12345678901234567890}',
      {
        method: 'POST',
        path: '/predict',
        body: '{"x": 1.0, "id": 12345678901234567890}'
      }
    ],
    [
      'what has no body has a query',
      { method: 'GET', route: '/hello' },
      '{"x": 1.0, "name": "a b", "tags": [1, 2]}',
      {
        method: 'GET',
        path: '/hello',
        query: { x: '1.0', name: 'a b', tags: '[1, 2]' }
      }
    ],
    [
      'nothing asked is no query',
      { method: 'GET' },
      '{}',
      { method: 'GET', path: '/predict' }
    ],
    [
      'a part of the path',
      { route: '/hello/:name' },
      '{"name": "a/b", "x": 1}',
      { method: 'POST', path: '/hello/a%2Fb', body: '{"x": 1}' }
    ],
    [
      'a cell',
      { kind: 'cell', route: '/score' },
      '{"query": "?a=1&b=x", "body": [1.0]}',
      {
        method: 'POST',
        path: '/score',
        query: { a: '1', b: 'x' },
        body: '[1.0]'
      }
    ]
  ])('%s', (_, fields, values, expected) => {
    expect(askOf(endpoint(fields), members(values))).toEqual(expected);
  });
});

describe('wrongOf', () => {
  it('tells what is wrong with which field', () => {
    const text =
      '{"problems": [{"field": "rows[3].age", "expected": "number", "got": "nothing"}]}';
    const wrong = wrongOf(text, (expected, got) => `${expected}/${got}`);
    expect(wrong).toEqual([
      { path: ['rows', '3', 'age'], words: 'number/nothing' }
    ]);
    expect(writePath(wrong[0]?.path ?? [])).toBe('rows[3].age');
  });

  it.each(['', 'no', '[]', '{"problems": 1}', '{"detail": "x"}'])(
    'tells nothing of %j',
    text => {
      expect(wrongOf(text, String)).toEqual([]);
    }
  );

  it('knows paths', () => {
    expect(parsePath('')).toEqual([]);
    expect(parsePath('a.b[0][1].c')).toEqual(['a', 'b', '0', '1', 'c']);
  });
});

describe('readEndpoints', () => {
  it('reads examples with their digits, and forms of cells from their routes', () => {
    const found = readEndpoints(
      JSON.stringify({
        endpoints: [
          { symbol: 'predict', inputs: { type: 'object' }, doc: 'A.\n\nB.' },
          { symbol: 'get', kind: 'cell', method: 'GET', route: '/a/:b' },
          { symbol: 'post', kind: 'cell', route: '/a' }
        ]
      }).replace('"doc"', '"example": {"request": {"x": 2.50}}, "doc"')
    );
    expect(found.map(each => each.words)).toEqual(['A.', '', '']);
    expect(writeJson(found[0]?.example ?? null)).toBe('{"x": 2.50}');
    expect(Object.keys(found[1]?.inputs.properties ?? {})).toEqual([
      'b',
      'query'
    ]);
    expect(Object.keys(found[2]?.inputs.properties ?? {})).toEqual([
      'query',
      'body'
    ]);
  });

  it.each(['', '{}', '[]', '{"endpoints": 1}'])('finds none in %j', text => {
    expect(readEndpoints(text)).toEqual([]);
  });
});

describe('plain and kindOf', () => {
  const root: ISchema = {
    $defs: { color: { enum: ['red', 'blue'] }, loop: { $ref: '#/$defs/loop' } }
  };

  it.each<[ISchema, string | undefined, string]>([
    [{ type: 'number' }, undefined, 'number'],
    [{ type: ['integer', 'null'] }, undefined, 'integer'],
    [
      { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
      undefined,
      'string'
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, '1', 'json'],
    [{ $ref: '#/$defs/color' }, undefined, 'choice'],
    [{ $ref: '#/$defs/loop' }, undefined, 'json'],
    [{ type: 'string', contentEncoding: 'base64' }, undefined, 'file'],
    [{ type: 'object' }, undefined, 'json'],
    [{}, '1', 'number'],
    [{}, '"x"', 'string'],
    [{}, 'true', 'boolean'],
    [{}, '[1]', 'json'],
    [{}, undefined, 'json']
  ])('%j with %s is edited as %s', (schema, sample, kind) => {
    const value = sample === undefined ? undefined : readJson(sample);
    expect(kindOf(plain(schema, root), value)).toBe(kind);
  });
});

describe('tableOf', () => {
  const table = (schema: ISchema, text?: string) =>
    tableOf(
      plain(schema, schema),
      schema,
      text === undefined ? undefined : readJson(text)
    );
  const ROWS: ISchema = {
    type: 'array',
    items: {
      type: 'object',
      properties: { age: { type: 'integer' }, name: { type: 'string' } },
      required: ['age']
    }
  };

  it.each<[string, ISchema, string | undefined, string | null]>([
    ['objects', ROWS, '[{"age": 1}]', 'members: age, name'],
    ['no rows yet', ROWS, undefined, 'members: age, name'],
    ['objects without a schema', {}, '[{"a": 1}, {"b": 2}]', 'members: a, b'],
    ['arrays', {}, '[[1, 2], [3, 4]]', 'items: 0, 1'],
    ['arrays of other lengths', {}, '[[1, 2], [3]]', null],
    ['values', { type: 'array' }, '[1, 2]', 'single: '],
    ['values with parts', {}, '[{"a": [1]}]', null],
    ['members that are unknown', ROWS, '[{"age": 1, "x": 2}]', null],
    ['many rows', {}, JSON.stringify(Array(31).fill([1])), null],
    ['no array', {}, '{"a": 1}', null],
    ['no array at all', { type: 'object' }, undefined, null]
  ])('%s', (_, schema, text, expected) => {
    const found = table(schema, text);
    const columns = found?.columns.map(column => column.name).join(', ');
    expect(found && `${found.rows}: ${columns ?? ''}`).toBe(expected);
  });

  it('leaves an emptied cell out where it may be, else it is null', () => {
    const rows = table(ROWS);
    if (!rows) {
      throw new Error('no table');
    }
    const row = readJson('{"age": 1, "name": "x"}');
    expect(writeJson(withCell(rows, row, 1, undefined))).toBe('{"age": 1}');
    expect(writeJson(withCell(rows, row, 0, undefined))).toBe(
      '{"age": null, "name": "x"}'
    );
    expect(writeJson(newRow(rows, undefined))).toBe('{"age": null}');
    expect(newRow(rows, row)).toBe(row);
  });
});
