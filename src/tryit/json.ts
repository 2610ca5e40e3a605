/*
 * JSON as it is written: a number keeps its digits, which JavaScript's own reader would round, and an object its order.
 */

/** A number, by its text. */
export class Digits {
  constructor(readonly text: string) {}
}

/** What somebody typed that is no JSON yet; it keeps the rest of a request from being sent. */
export class Unreadable {
  constructor(
    readonly text: string,
    /** Where reading stopped; 1-based. */
    readonly line: number,
    readonly column: number
  ) {}
}

export type Value =
  null | boolean | string | Digits | Unreadable | readonly Value[] | Members;

/** An object by its members' names, in the order in which they were written. */
export type Members = ReadonlyMap<string, Value>;

export function isMembers(value: unknown): value is Members {
  return value instanceof Map;
}

export function isArray(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The number that a text is; null if it is none as JSON writes them. */
export function toDigits(text: string): Digits | null {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? new Digits(trimmed) : null;
}

/** Read a text; one that is no JSON becomes `Unreadable`. */
export function readJson(text: string): Value {
  const reader = new Reader(text);
  try {
    return reader.whole();
  } catch (error) {
    // Too many levels run out of stack.
    if (error instanceof Unexpected || error instanceof RangeError) {
      const at = error instanceof Unexpected ? error.at : reader.at;
      const before = text.slice(0, at).split('\n');
      const last = before.at(-1) ?? '';
      return new Unreadable(text, before.length, last.length + 1);
    }
    throw error;
  }
}

/** Write a value, what is short on one line. Unreadable parts are written as they were typed. */
export function writeJson(value: Value, indent = ''): string {
  if (value === null || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (value instanceof Digits || value instanceof Unreadable) {
    return value.text;
  }
  const inner = `${indent}  `;
  const parts = isMembers(value)
    ? [...value].map(
        ([name, item]) => `${JSON.stringify(name)}: ${writeJson(item, inner)}`
      )
    : value.map(item => writeJson(item, inner));
  const [open, close] = isMembers(value) ? ['{', '}'] : ['[', ']'];
  const line = `${open}${parts.join(', ')}${close}`;
  if (line.length + indent.length < 60 && !line.includes('\n')) {
    return line;
  }
  const lines = parts.map(part => inner + part).join(',\n');
  return `${open}\n${lines}\n${indent}${close}`;
}

/** A value of JavaScript's own reader, such as a schema's default. */
export function fromPlain(value: unknown): Value {
  return readJson(JSON.stringify(value ?? null));
}

/** Where the first part is that cannot be read; null if all can be. */
export function findUnreadable(
  value: Value | undefined,
  path: readonly string[] = []
): { path: readonly string[]; part: Unreadable } | null {
  if (value instanceof Unreadable) {
    return { path, part: value };
  }
  const items = isMembers(value)
    ? [...value]
    : isArray(value)
      ? value.map((item, index): [string, Value] => [String(index), item])
      : [];
  for (const [name, item] of items) {
    const found = findUnreadable(item, [...path, name]);
    if (found) {
      return found;
    }
  }
  return null;
}

class Unexpected extends Error {
  constructor(readonly at: number) {
    super();
  }
}

const TOKEN =
  // eslint-disable-next-line no-control-regex -- JSON's strings may not have them as they are
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

const WORDS: Record<string, Value> = { true: true, false: false, null: null };

interface IPart {
  mark?: string | undefined;
  string?: string | undefined;
  number?: string | undefined;
  word?: string | undefined;
}

class Reader {
  /** The place up to which the text was understood. */
  at = 0;

  constructor(private readonly _text: string) {}

  whole(): Value {
    const value = this._value(this._next());
    if (this._text.slice(this.at).trim() !== '') {
      throw new Unexpected(this.at);
    }
    return value;
  }

  private _next(): IPart {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this._text);
    if (!found) {
      throw new Unexpected(this.at);
    }
    this.at = TOKEN.lastIndex;
    const [whole, mark, string, number, word] = found;
    this._start = this.at - whole.trim().length;
    return { mark, string, number, word };
  }

  private _value({ mark, string, number, word }: IPart): Value {
    if (string !== undefined) {
      return JSON.parse(string) as string;
    }
    if (number !== undefined) {
      return new Digits(number);
    }
    if (word !== undefined) {
      return WORDS[word] ?? null;
    }
    if (mark === '{') {
      return this._members();
    }
    if (mark === '[') {
      return this._items();
    }
    throw new Unexpected(this._start);
  }

  private _items(): readonly Value[] {
    const items: Value[] = [];
    let part = this._next();
    if (part.mark === ']') {
      return items;
    }
    for (;;) {
      items.push(this._value(part));
      if (this._endsWith(']')) {
        return items;
      }
      part = this._next();
    }
  }

  private _members(): Members {
    const members = new Map<string, Value>();
    let part = this._next();
    if (part.mark === '}') {
      return members;
    }
    for (;;) {
      if (part.string === undefined || this._next().mark !== ':') {
        throw new Unexpected(this._start);
      }
      const name = JSON.parse(part.string) as string;
      members.set(name, this._value(this._next()));
      if (this._endsWith('}')) {
        return members;
      }
      part = this._next();
    }
  }

  private _endsWith(end: string): boolean {
    const { mark } = this._next();
    if (mark !== end && mark !== ',') {
      throw new Unexpected(this._start);
    }
    return mark === end;
  }

  /** Where the last part began. */
  private _start = 0;
}
