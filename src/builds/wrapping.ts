import type { ILogLine } from '../tokens';
import { breaksOf } from './breaks';

/**
 * Which rows on the screen a log's lines take, broken as `breaksOf` says.
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
      end += 1 + breaksOf(lines[index]?.text ?? '', this.columns).length;
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
