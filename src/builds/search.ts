import * as React from 'react';

import type { ILogLine } from '../tokens';

/** So many lines are looked at in one go, so that typing never waits. */
const GO = 20_000;

/** What is looked for in a log, and where it was found. */
export interface ISearch {
  readonly query: string;
  setQuery(query: string): void;
  /** The lines with the query in them, in order. */
  readonly hits: readonly number[];
  /** The place in `hits` of the one that is shown; -1 before there is one. */
  readonly current: number;
  /** Go to the next hit or the one before, round and round; gives its line, null if there is none. */
  step(by: 1 | -1): number | null;
}

/** The lines that hold a text, whatever its case; grows with the log. */
export class Finder {
  constructor(query: string) {
    this._needle = query.toLowerCase();
  }

  readonly hits: number[] = [];

  /** Look at the next lines; whether there are more to look at. */
  extend(lines: readonly ILogLine[], count: number): boolean {
    const end = Math.min(count, this._seen + GO);
    for (; this._seen < end; this._seen++) {
      if (lines[this._seen]?.text.toLowerCase().includes(this._needle)) {
        this.hits.push(this._seen);
      }
    }
    return this._seen < count;
  }

  private readonly _needle: string;
  private _seen = 0;
}

/** Search in the lines of a log as they are, and as they come. */
export function useSearch(lines: readonly ILogLine[], count: number): ISearch {
  const [query, setQuery] = React.useState('');
  const [current, setCurrent] = React.useState(-1);
  const [, setFound] = React.useState(0);
  const finder = React.useMemo(
    () => (query ? new Finder(query) : null),
    // Other lines are another log.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [query, lines]
  );
  React.useEffect(() => {
    if (!finder) {
      return undefined;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = () => {
      if (finder.extend(lines, count)) {
        timer = setTimeout(go);
      }
      setFound(finder.hits.length);
    };
    go();
    return () => clearTimeout(timer);
  }, [finder, lines, count]);

  const hits = finder?.hits ?? [];
  return {
    query,
    setQuery: text => {
      setQuery(text);
      setCurrent(-1);
    },
    hits,
    current,
    step: by => {
      if (hits.length === 0) {
        return null;
      }
      const from = current < 0 && by < 0 ? 0 : current;
      const next = (from + by + hits.length) % hits.length;
      setCurrent(next);
      return hits[next] ?? null;
    }
  };
}
