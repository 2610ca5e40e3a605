// JSON as it is written: a number keeps its digits, which JavaScript's own would round, and an object its order.
class Digits {
  constructor(text) { this.text = text; }
}

const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;
const WORDS = new Map([['true', true], ['false', false], ['null', null]]);

// Objects are Maps, numbers Digits; throws a SyntaxError that says where.
function readJson(text) {
  let at = 0;
  const fail = () => {
    const before = text.slice(0, at).split('\n');
    throw new SyntaxError(`no JSON at line ${before.length}, column ${before.pop().length + 1}`);
  };
  const next = () => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text) ?? fail();
    at = TOKEN.lastIndex;
    return found;
  };
  const peek = () => /[^ \t\n\r]/.exec(text.slice(at, at + 4096))?.[0];
  const value = ([, mark, string, number, word]) => {
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return new Digits(number);
    if (word !== undefined) return WORDS.get(word);
    if (mark !== '{' && mark !== '[') fail();
    const end = mark === '{' ? '}' : ']';
    const made = mark === '{' ? new Map() : [];
    if (peek() === end) { next(); return made; }
    for (;;) {
      const first = next();
      if (mark === '[') made.push(value(first));
      else {
        if (first[2] === undefined || next()[1] !== ':') fail();
        made.set(JSON.parse(first[2]), value(next()));
      }
      const then = next()[1];
      if (then === end) return made;
      if (then !== ',') fail();
    }
  };
  let made;
  try {
    made = value(next());
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError('nested too deep');
    throw error;
  }
  if (text.slice(at).trim()) fail();
  return made;
}

// What is short stays on a line; words are how a language writes true, false and null.
function writeJson(value, words = ['true', 'false', 'null'], indent = '') {
  if (value === null) return words[2];
  if (value === true || value === false) return words[value ? 0 : 1];
  if (value instanceof Digits) return value.text;
  if (typeof value === 'string') return JSON.stringify(value);
  const isMap = value instanceof Map;
  const inner = `${indent}  `;
  const parts = isMap
    ? [...value].map(([name, item]) => `${JSON.stringify(name)}: ${writeJson(item, words, inner)}`)
    : value.map(item => writeJson(item, words, inner));
  const [open, close] = isMap ? '{}' : '[]';
  const line = `${open}${parts.join(', ')}${close}`;
  if (line.length + indent.length < 80 && !line.includes('\n')) return line;
  return `${open}\n${parts.map(part => inner + part).join(',\n')}\n${indent}${close}`;
}
