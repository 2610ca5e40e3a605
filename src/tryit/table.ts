/*
 * Arrays whose rows have single values alone: they are edited as a table.
 */
import type { Value } from './json';
import { Digits, isArray, isMembers } from './json';
import type { IPlainSchema, ISchema, Kind } from './schema';
import { kindOf, plain } from './schema';

const MOST_ROWS = 30;
const MOST_COLUMNS = 40;

export interface IColumn {
  /** The member's name, or its place in a row that is an array; empty where a row is the value itself. */
  readonly name: string;
  readonly kind: Kind;
  readonly schema: IPlainSchema;
  /** Whether a row may do without it. */
  readonly isOptional: boolean;
}

export interface ITable {
  /** What a row is: an object, an array, or a value. */
  readonly rows: 'members' | 'items' | 'single';
  readonly columns: readonly IColumn[];
}

/** The table that an array makes; null for one that is better edited as JSON, and for what is no array. */
export function tableOf(
  schema: IPlainSchema,
  root: ISchema,
  value: Value | undefined
): ITable | null {
  if (value === undefined ? schema.type !== 'array' : !isArray(value)) {
    return null;
  }
  const rows = isArray(value) ? value : [];
  const items = plain(schema.items, root);
  const first = rows[0];
  const table =
    isMembers(first) || (first === undefined && items.type === 'object')
      ? ofMembers(items, root, rows)
      : isArray(first) || (first === undefined && items.type === 'array')
        ? ofItems(items, root, first)
        : ofSingles(items, first);
  const isFit =
    rows.length <= MOST_ROWS &&
    table.columns.length > 0 &&
    table.columns.length <= MOST_COLUMNS &&
    table.columns.every(({ kind }) => kind !== 'json' && kind !== 'file');
  return isFit && fits(table, rows) ? table : null;
}

/** A row's value in a column; undefined if it has none. */
export function cellOf(
  table: ITable,
  row: Value,
  place: number
): Value | undefined {
  const name = table.columns[place]?.name ?? '';
  if (table.rows === 'single') {
    return row;
  }
  return isMembers(row) ? row.get(name) : isArray(row) ? row[place] : undefined;
}

/** The row with another value in a column; undefined leaves it out where it may be, else it is null. */
export function withCell(
  table: ITable,
  row: Value,
  place: number,
  value: Value | undefined
): Value {
  const column = table.columns[place];
  if (table.rows === 'single' || !column) {
    return value ?? null;
  }
  if (isArray(row)) {
    return row.map((item, index) => (index === place ? (value ?? null) : item));
  }
  const members = new Map(isMembers(row) ? row : []);
  if (value === undefined && column.isOptional) {
    members.delete(column.name);
  } else {
    members.set(column.name, value ?? null);
  }
  return members;
}

/** A row to add: as the last one is, since what differs is less than what does not. */
export function newRow(table: ITable, last: Value | undefined): Value {
  if (last !== undefined) {
    return last;
  }
  switch (table.rows) {
    case 'single':
      return null;
    case 'items':
      return table.columns.map(() => null);
    case 'members':
      return new Map(
        table.columns
          .filter(column => !column.isOptional)
          .map(column => [column.name, null])
      );
  }
}

function ofMembers(
  items: IPlainSchema,
  root: ISchema,
  rows: readonly Value[]
): ITable {
  const names = items.properties
    ? Object.keys(items.properties)
    : [
        ...new Set(rows.flatMap(row => (isMembers(row) ? [...row.keys()] : [])))
      ];
  const columns = names.map(name => {
    const schema = plain(items.properties?.[name], root);
    const samples = rows.map(row => (isMembers(row) ? row.get(name) : null));
    const sample = samples.find(item => item !== undefined && item !== null);
    const isOptional =
      !!items.properties && !(items.required ?? []).includes(name);
    return { name, schema, kind: kindOf(schema, sample), isOptional };
  });
  return { rows: 'members', columns };
}

function ofItems(
  items: IPlainSchema,
  root: ISchema,
  first: Value | undefined
): ITable {
  const isExact =
    items.minItems !== undefined && items.minItems === items.maxItems;
  const row = isArray(first) ? first : [];
  const width = isExact ? (items.minItems ?? 0) : row.length;
  const schema = plain(items.items, root);
  const columns = Array.from({ length: width }, (_, place) => ({
    name: String(place),
    schema,
    kind: kindOf(schema, row[place]),
    isOptional: false
  }));
  return { rows: 'items', columns };
}

function ofSingles(items: IPlainSchema, first: Value | undefined): ITable {
  const kind = kindOf(items, first);
  return {
    rows: 'single',
    columns: [{ name: '', schema: items, kind, isOptional: false }]
  };
}

/** Whether each row has what the columns have, and each value no parts. */
function fits({ rows, columns }: ITable, given: readonly Value[]): boolean {
  const names = new Set(columns.map(column => column.name));
  return given.every(row => {
    switch (rows) {
      case 'single':
        return isSingle(row);
      case 'items':
        return (
          isArray(row) && row.length === columns.length && row.every(isSingle)
        );
      case 'members':
        return (
          isMembers(row) &&
          [...row].every(([name, item]) => names.has(name) && isSingle(item))
        );
    }
  });
}

function isSingle(value: Value): boolean {
  return value === null || typeof value !== 'object' || value instanceof Digits;
}
