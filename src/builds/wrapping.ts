import type { ILogLine } from '../tokens';

/** A line that goes on in the next row goes on so far to the right, in characters. */
export const HANG = 2;

/** Letters that take the place of two: Chinese, Japanese, Korean. Others like them are two units long. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;
const NOT_PLAIN = /[^\x20-\x7e]/;

/**
 * Which rows on the screen a log's lines take, broken after a fixed number of characters.
 *
 * Known without looking at the page, so that only what is in sight has to be on it. Lines are only
 * ever added; finding the line of a row takes as long as finding a word in a dictionary.
 */
export class Wrapping {
  constructor(readonly columns: number) {}

  /** How many lines are taken in. */
  get count(): number {
    return this._ends.length;
  }

  /** How many rows they take. */
  get rows(): number {
    return this._ends.at(-1) ?? 0;
  }

  /** Take in lines that were added at the end. */
  extend(lines: readonly ILogLine[], count: number): void {
    let end = this.rows;
    for (let index = this._ends.length; index < count; index++) {
      end += rowsOf(lines[index]?.text ?? '', this.columns);
      this._ends.push(end);
    }
  }

  /** The row in which a line begins. */
  rowOf(line: number): number {
    return line > 0 ? (this._ends[line - 1] ?? this.rows) : 0;
  }

  /** How many rows a line takes. */
  heightOf(line: number): number {
    return (this._ends[line] ?? this.rows) - this.rowOf(line);
  }

  /** The line that a row belongs to; the last one for a row below the end. */
  lineAt(row: number): number {
    let low = 0;
    let high = Math.max(0, this._ends.length - 1);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this._ends[middle] ?? 0) > row) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private readonly _ends: number[] = [];
}

/** How many rows a text takes: the first one is whole, those after it hang. */
export function rowsOf(text: string, columns: number): number {
  const width = widthOf(text);
  if (width <= columns) {
    return 1;
  }
  const rest = Math.max(1, columns - HANG);
  return 1 + Math.ceil((width - columns) / rest);
}

function widthOf(text: string): number {
  return NOT_PLAIN.test(text)
    ? text.length + (text.match(WIDE)?.length ?? 0)
    : text.length;
}
