const { endpoints } = JSON.parse(document.getElementById('data').textContent);
const form = document.getElementById('form');
const answer = document.getElementById('answer');
const code = document.getElementById('code');
const MOST_SHOWN = 200_000;
let current = endpoints[0];
let asked;

const base = location.origin + location.pathname.replace(/\/?$/, '/');
const namesInPath = endpoint => endpoint.route.split('/').filter(part => part[0] === ':').map(part => part.slice(1));
const hasBody = endpoint => !['GET', 'HEAD', 'DELETE'].includes(endpoint.method);
const textOf = value => (typeof value === 'string' ? value : writeJson(value));
const example = endpoint => (endpoint.example ? readJson(endpoint.example) : new Map());

// What the form holds: read() gives the request's values, find(path) the control of one.
function build(values, isText = false) {
  const root = current.inputs;
  const parts = current.kind === 'cell' ? cellFields() : isText ? textField(values) : fields(root, root, values);
  asked = { ...parts, isText };
  const choose = make('select', { id: 'endpoint', onchange: () => { current = endpoints[choose.selectedIndex]; build(example(current)); } },
    ...endpoints.map(item => make('option', {}, `${item.symbol}: ${item.method} ${item.route}`)));
  choose.selectedIndex = endpoints.indexOf(current);
  const several = endpoints.length > 1 ? [make('div', { class: 'field' }, make('label', { for: 'endpoint' }, 'Endpoint'), choose)] : [];
  const doc = current !== endpoints[0] && current.doc ? [make('p', { class: 'quiet' }, current.doc.split('\n')[0])] : [];
  const toggle = make('button', { type: 'button', onclick: () => { const found = gather(); if (found) build(found, !isText); } },
    isText ? 'Edit as a form' : 'Edit as JSON');
  const buttons = make('div', { class: 'buttons' },
    make('button', { class: 'first' }, 'Send'),
    make('button', { type: 'button', onclick: () => build(example(current), isText) }, 'Reset'),
    ...(current.kind === 'cell' ? [] : [toggle]));
  form.replaceChildren(...several, ...doc, ...parts.nodes, buttons);
  code.replaceChildren();
}

function textField(values) {
  const made = jsonControl(values, { id: 'whole', 'aria-label': 'The request as JSON' });
  made.node.rows = Math.max(made.node.rows, 8);
  const wrong = make('p', { class: 'wrong', hidden: true });
  return {
    nodes: [make('div', { class: 'field' }, made.node, wrong)],
    read: () => {
      const found = made.read() ?? new Map();
      if (!(found instanceof Map)) throw new SyntaxError('an object with the parameters by name is needed');
      return found;
    },
    find: () => made.node,
    field: () => ({ wrong })
  };
}

// A cell reads the request itself.
function cellFields() {
  const names = [...namesInPath(current), 'query', ...(hasBody(current) ? ['body'] : [])];
  return fields({ properties: Object.fromEntries(names.map(name => [name, { type: 'string' }])) }, {}, new Map());
}

function unmark() {
  form.querySelectorAll('[aria-invalid]').forEach(node => node.removeAttribute('aria-invalid'));
  form.querySelectorAll('.wrong').forEach(node => { node.hidden = true; });
}

function mark(path, words) {
  const names = path.match(/[^.[\]]+/g) ?? [];
  const node = asked.find(names);
  node?.setAttribute?.('aria-invalid', 'true');
  const wrong = asked.field(names[0])?.wrong;
  if (wrong) {
    wrong.textContent = wrong.hidden ? words : `${wrong.textContent}; ${words}`;
    wrong.hidden = false;
  }
  return node;
}

// The values of the form; undefined, with the field marked, where one is no JSON.
function gather() {
  unmark();
  try {
    return asked.read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    mark(error.field ?? '', error.message)?.focus();
    return undefined;
  }
}

function requestOf(values) {
  const rest = new Map(values);
  const route = current.route.split('/').map(part => {
    if (part[0] !== ':') return part;
    const found = rest.get(part.slice(1)) ?? '';
    rest.delete(part.slice(1));
    return encodeURIComponent(textOf(found));
  }).join('/');
  const request = { method: current.method, url: base + route.slice(1), headers: {} };
  if (current.kind === 'cell') {
    const query = rest.get('query');
    if (query) request.url += `?${query.replace(/^\?/, '')}`;
    if (hasBody(current)) request.body = rest.get('body') ?? '';
    if (request.body) request.headers['content-type'] = /^\s*[[{"]/.test(request.body) ? 'application/json' : 'text/plain';
  } else if (hasBody(current)) {
    request.headers['content-type'] = 'application/json';
    request.value = rest;
    request.body = writeJson(rest);
  } else if (rest.size) {
    request.url += `?${new URLSearchParams([...rest].map(([name, value]) => [name, textOf(value)]))}`;
  }
  return request;
}

async function send() {
  const values = gather();
  if (!values) return;
  const request = requestOf(values);
  code.replaceChildren(codeBlock('The same with curl', asCurl(request)), codeBlock('The same in Python', asPython(request)));
  answer.setAttribute('aria-busy', 'true');
  const began = performance.now();
  try {
    const response = await fetch(request.url, { method: request.method, headers: request.headers, body: request.body });
    const text = await response.text();
    show(response, text, performance.now() - began);
  } catch (error) {
    answer.replaceChildren(make('p', { class: 'status bad' }, `No answer: ${error.message}`));
  }
  answer.removeAttribute('aria-busy');
}

function show(response, text, milliseconds) {
  const kind = response.headers.get('content-type') ?? '';
  let value;
  try {
    value = kind.includes('json') && text.length < MOST_SHOWN ? readJson(text) : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const status = make('p', { class: `status ${response.ok ? 'good' : 'bad'}` },
    `${response.status} ${response.statusText} in ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`);
  const nodes = [status];
  if (!response.ok && value instanceof Map) nodes.push(...refused(value));
  const picture = typeof value === 'string' && pictureOf(value);
  if (picture) nodes.push(make('img', { alt: 'The answer', src: `data:${picture};base64,${value}` }));
  const shown = value === undefined ? text : writeJson(value);
  const cut = shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}\n\u2026` : shown;
  nodes.push(make('pre', { tabindex: '0', role: 'region', 'aria-label': 'What came back' }, cut || '(nothing)'));
  answer.replaceChildren(...nodes);
}

function refused(problem) {
  const listed = (problem.get('problems') ?? []).map(item => {
    const [path, words] = [item.get('field'), `expected ${item.get('expected')}, got ${item.get('got')}`];
    const node = mark(path, words);
    const name = path || 'the request';
    return make('li', {}, node ? make('button', { type: 'button', onclick: () => node.focus() }, name) : name, `: ${words}`);
  });
  return [make('p', {}, problem.get('detail') ?? ''), ...(listed.length ? [make('ul', { class: 'problems' }, ...listed)] : [])];
}

form.addEventListener('submit', event => { event.preventDefault(); send(); });
build(example(current));
