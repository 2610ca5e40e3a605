import * as React from 'react';

export interface IRowsProps {
  text: string;
  /** Where each row after the first one begins. */
  starts: readonly number[];
  /** What is looked for is marked, also where it goes on in the next row. */
  query: string;
}

/**
 * A line of a log in its rows.
 *
 * The style sheet ends each row, so that what is selected and copied is the line as it is.
 */
export function Rows(props: IRowsProps): React.JSX.Element {
  const { query, starts, text } = props;
  const hits = query ? hitsOf(text, query.toLowerCase()) : [];
  if (starts.length === 0) {
    return <>{marked(text, 0, text.length, hits, query.length)}</>;
  }
  return (
    <>
      {[0, ...starts].map((start, index) => (
        <span key={start} className="jp-Containerize-logRow">
          {marked(
            text,
            start,
            starts[index] ?? text.length,
            hits,
            query.length
          )}
        </span>
      ))}
    </>
  );
}

/** Where a text has what is looked for; nowhere if lower case has other places. */
function hitsOf(text: string, needle: string): number[] {
  const lower = text.toLowerCase();
  const hits: number[] = [];
  if (lower.length === text.length) {
    let at = lower.indexOf(needle);
    while (at >= 0) {
      hits.push(at);
      at = lower.indexOf(needle, at + needle.length);
    }
  }
  return hits;
}

/** A part of the text with the parts of the hits that are in it marked. */
function marked(
  text: string,
  start: number,
  end: number,
  hits: readonly number[],
  length: number
): React.ReactNode {
  const parts: React.ReactNode[] = [];
  let from = start;
  for (const hit of hits) {
    const begin = Math.max(hit, start);
    const stop = Math.min(hit + length, end);
    if (begin < stop) {
      parts.push(text.slice(from, begin));
      parts.push(<mark key={begin}>{text.slice(begin, stop)}</mark>);
      from = stop;
    }
  }
  return parts.length > 0
    ? [...parts, text.slice(from, end)]
    : text.slice(start, end);
}
