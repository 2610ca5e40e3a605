import type { JSONObject } from '@lumino/coreutils';

import type { Candidate, Preview } from '../api/types';

/** Longer than any signature that people read; what has no end before that is none. */
const LONGEST = 2000;

const CLOSING: Readonly<Record<string, string>> = {
  '(': ')',
  '[': ']',
  '{': '}'
};

/** The signatures of what a preview says would serve, by symbol, as the notebook writes them. */
export function signaturesOf(
  preview: Preview,
  content: JSONObject
): Readonly<Record<string, string>> {
  const cells = content['cells'];
  const found: Record<string, string> = {};
  for (const entry of [...preview.entries, ...preview.candidates]) {
    const cell =
      Array.isArray(cells) && entry.cell !== null
        ? cells[entry.cell - 1]
        : null;
    if (typeof cell === 'object' && cell !== null && !Array.isArray(cell)) {
      const signature = signatureOf(textOf(cell['source']), entry);
      if (signature) {
        found[entry.symbol] = signature;
      }
    }
  }
  return found;
}

/** `predict(x: float) -> float`; empty if the function is not written out there. */
export function signatureOf(
  source: string,
  entry: Pick<Candidate, 'symbol' | 'line'>
): string {
  const name = entry.symbol.split('.').pop() ?? '';
  if (!/^\w+$/.test(name)) {
    return '';
  }
  const lines = source.split('\n').slice((entry.line ?? 1) - 1);
  const text = lines.join('\n').slice(0, LONGEST);
  const start = new RegExp(
    `^[ \\t]*(?:async[ \\t]+)?def[ \\t]+${name}[ \\t]*\\(`,
    'm'
  ).exec(text);
  if (!start) {
    return '';
  }
  const head = text.slice(start.index).replace(/^\s*(?:async\s+)?def\s+/, '');
  const end = endOf(head);
  return end < 0 ? '' : withoutBreaks(head.slice(0, end));
}

/** Where the colon stands that ends a function's head; -1 if it does not come. */
function endOf(head: string): number {
  const open: string[] = [];
  for (let index = 0; index < head.length; index++) {
    const char = head.charAt(index);
    if (char === '"' || char === "'") {
      index = endOfText(head, index, char);
    } else if (char === '#') {
      index = (head.indexOf('\n', index) + 1 || head.length + 1) - 1;
    } else if (CLOSING[char]) {
      open.push(CLOSING[char]);
    } else if (char === open[open.length - 1]) {
      open.pop();
    } else if (char === ':' && open.length === 0) {
      return index;
    }
  }
  return -1;
}

function endOfText(head: string, start: number, quote: string): number {
  let index = start + 1;
  while (index < head.length && head.charAt(index) !== quote) {
    index += head.charAt(index) === '\\' ? 2 : 1;
  }
  return index;
}

/** One line, without comments and the comma that only a list in lines has. */
function withoutBreaks(head: string): string {
  return head
    .split('\n')
    .map(line => (/["']/.test(line) ? line : line.replace(/#.*$/, '')).trim())
    .join(' ')
    .replace(/([([{]) /g, '$1')
    .replace(/,? ([)\]}])/g, '$1')
    .trim();
}

/** A cell's source, which is a text or its lines. */
function textOf(source: unknown): string {
  if (Array.isArray(source)) {
    return source.join('');
  }
  return typeof source === 'string' ? source : '';
}
