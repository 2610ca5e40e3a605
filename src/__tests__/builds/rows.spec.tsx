import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { Rows } from '../../builds/rows';

/** The markup of a line without what is the same everywhere. */
function draw(text: string, starts: number[], query: string): string {
  return renderToStaticMarkup(
    <Rows text={text} starts={starts} query={query} />
  ).replaceAll(' class="jp-Containerize-logRow"', '');
}

/** Name, text, where its rows begin, what is looked for, and the markup. */
const CASES: Record<string, [string, number[], string, string]> = {
  'one row is the text': ['one two', [], '', 'one two'],
  'every row is an element': [
    'one two',
    [4],
    '',
    '<span>one </span><span>two</span>'
  ],
  'all hits are marked, whatever the case': [
    'One, one',
    [],
    'ONE',
    '<mark>One</mark>, <mark>one</mark>'
  ],
  'a hit goes on in the next row': [
    'one two',
    [4],
    'e tw',
    '<span>on<mark>e </mark></span><span><mark>tw</mark>o</span>'
  ],
  'a hit of three rows': [
    'abcdef',
    [2, 4],
    'bcde',
    '<span>a<mark>b</mark></span><span><mark>cd</mark></span><span><mark>e</mark>f</span>'
  ],
  'no hit': ['one', [], 'two', 'one'],
  'letters whose lower case is longer': ['İx', [], 'x', 'İx']
};

test.each(Object.entries(CASES))('%s', (_, [text, starts, query, markup]) => {
  expect(draw(text, starts, query)).toBe(markup);
});
