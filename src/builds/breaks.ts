/** A line that goes on in the next row goes on so far to the right, in characters. */
export const HANG = 2;

/** Letters that take the place of two, beside which a row may end: Chinese, Japanese, Korean. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
/** What is drawn onto the letter before it: accents, joiners, variants. */
const ON_TOP = /[\p{Mn}\p{Me}\u200b-\u200f\u2060]/u;
const NOT_PLAIN = /[^\x20-\x7e]/;
const SPACE = 0x20;
/** Letters below this one take one place. */
const NARROW = 0x300;
const NONE: readonly number[] = [];

/**
 * Where the rows of a text begin after the first one, if so many letters fit into a row.
 *
 * Rows end between words, at spaces, which belong to the row before. A word that is longer than a
 * row begins where it stands and is broken between letters. Rows after the first one hang, and so
 * are shorter by `HANG`. The page breaks nothing by itself: it shows the rows that are made here.
 */
export function breaksOf(text: string, columns: number): readonly number[] {
  // No letter takes more than the place of two.
  if (text.length <= columns >> 1) {
    return NONE;
  }
  const isPlain = !NOT_PLAIN.test(text);
  let end = fitting(text, 0, columns, isPlain);
  if (end >= text.length) {
    return NONE;
  }
  const rest = Math.max(2, columns - HANG);
  const breaks: number[] = [];
  let begin = afterSpaces(text, 0);
  while (end < text.length) {
    begin = nextRow(text, begin, end, rest, isPlain);
    if (begin < text.length) {
      breaks.push(begin);
    }
    end = fitting(text, begin, rest, isPlain);
  }
  return breaks;
}

/** Where the row after this one begins, whose first word is at `begin`, and in which `end` has no room. */
function nextRow(
  text: string,
  begin: number,
  end: number,
  rest: number,
  isPlain: boolean
): number {
  let at = end;
  while (at > begin && !mayEnd(text, at, isPlain)) {
    at--;
  }
  if (at <= begin) {
    // One long word; or nothing but indentation, which is not worth a second row.
    return Math.max(begin, end);
  }
  const next = afterSpaces(text, at);
  // A long word begins in the room that is left.
  return next < end && !isWithin(text, next, rest, isPlain) ? end : next;
}

/** Whether the word that begins here fits into a row. */
function isWithin(
  text: string,
  begin: number,
  room: number,
  isPlain: boolean
): boolean {
  const end = fitting(text, begin, room, isPlain);
  for (let at = begin + 1; at <= end; at++) {
    if (at >= text.length || mayEnd(text, at, isPlain)) {
      return true;
    }
  }
  return false;
}

/** The first letter that does not fit into a row that begins here; the text's length or more if all do. */
function fitting(
  text: string,
  begin: number,
  room: number,
  isPlain: boolean
): number {
  if (isPlain) {
    return begin + room;
  }
  let at = begin;
  for (let left = room; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    left -= placesOf(code);
    if (left < 0) {
      break;
    }
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

function placesOf(code: number): number {
  if (code < NARROW) {
    return 1;
  }
  const letter = String.fromCodePoint(code);
  if (ON_TOP.test(letter)) {
    return 0;
  }
  return letter.length > 1 || WIDE.test(letter) ? 2 : 1;
}

/** Whether a row may end before this letter without breaking a word. */
function mayEnd(text: string, at: number, isPlain: boolean): boolean {
  const code = text.charCodeAt(at);
  if (code === SPACE || isPlain) {
    return code === SPACE;
  }
  if (code < NARROW && text.charCodeAt(at - 1) < NARROW) {
    return false;
  }
  const letter = text.charAt(at);
  return (
    WIDE.test(letter) ||
    (WIDE.test(text.charAt(at - 1)) && !ON_TOP.test(letter))
  );
}

function afterSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) {
    at++;
  }
  return at;
}
