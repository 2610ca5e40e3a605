// A field: {node, read(), find(path)}. read() gives a value as readJson does, undefined for one that is left out.
let count = 0;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// The schema itself: what a reference names, and what there is beside null.
function plain(schema, root) {
  for (let depth = 0; depth < 10; depth++) {
    const name = /^#\/\$defs\/(.*)$/.exec(schema?.$ref ?? '')?.[1];
    if (!name) break;
    schema = root.$defs?.[name];
  }
  const options = (schema?.anyOf ?? []).filter(option => option.type !== 'null');
  if (options.length === 1) return { ...plain(options[0], root), isNullable: true };
  if (Array.isArray(schema?.type)) {
    const types = schema.type.filter(type => type !== 'null');
    return { ...schema, type: types.length === 1 ? types[0] : undefined, isNullable: types.length < schema.type.length };
  }
  return schema ?? {};
}

// What the schema does not say, the example does.
function kindOf(schema, value) {
  if (schema.enum) return 'choice';
  if (schema.contentEncoding === 'base64') return 'file';
  if (schema.type && !['array', 'object'].includes(schema.type)) return schema.type;
  if (schema.type || schema.anyOf) return 'json';
  if (value instanceof Digits) return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' ? 'string' : 'json';
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

// A control of one value. What is no number goes out as the text that it is: the server says what is wrong with it.
function control(kind, schema, value, attributes, isOptional) {
  const shown = value === undefined || value === null ? '' : value instanceof Digits ? value.text : value;
  if (kind === 'choice' || (kind === 'boolean' && isOptional)) {
    const values = schema.enum?.map(item => readJson(JSON.stringify(item))) ?? [true, false];
    const texts = values.map(item => writeJson(item));
    const node = make('select', attributes, ...(isOptional ? [make('option', { value: '' }, 'left out')] : []));
    node.append(...texts.map((text, i) => make('option', { value: text }, typeof values[i] === 'string' ? values[i] : text)));
    if (value !== undefined) node.value = writeJson(value);
    return { node, read: () => (node.value ? readJson(node.value) : undefined) };
  }
  if (kind === 'boolean') {
    const node = make('input', { type: 'checkbox', ...attributes });
    node.checked = value === true;
    return { node, read: () => node.checked };
  }
  if (kind === 'number' || kind === 'integer') {
    const node = make('input', { class: 'digits', inputmode: kind === 'integer' ? 'numeric' : 'decimal', autocomplete: 'off', ...attributes });
    node.value = shown;
    return { node, read: () => {
      const text = node.value.trim();
      return text === '' ? undefined : NUMBER.test(text) ? new Digits(text) : text;
    } };
  }
  const text = typeof shown === 'string' ? shown : writeJson(shown);
  const isLong = text.length > 60 || text.includes('\n');
  const node = isLong ? make('textarea', { rows: 4, ...attributes }) : make('input', { autocomplete: 'off', ...attributes });
  node.value = text;
  return { node, read: () => (node.value === '' && isOptional ? undefined : node.value) };
}

function jsonControl(value, attributes) {
  const text = value === undefined ? '' : writeJson(value);
  const node = make('textarea', { rows: Math.min(14, Math.max(2, text.split('\n').length)), spellcheck: 'false', ...attributes });
  node.value = text;
  return { node, read: () => (node.value.trim() ? readJson(node.value) : undefined) };
}

function fileControl(schema, value, attributes) {
  let content = value;
  const node = make('input', { type: 'file', accept: schema.contentMediaType, ...attributes });
  const picture = make('img', { alt: 'What will be sent', hidden: true });
  const words = make('small');
  const show = name => {
    const kind = typeof content === 'string' ? pictureOf(content) : '';
    picture.hidden = !kind;
    if (kind) picture.src = `data:${kind};base64,${content}`;
    words.textContent = content === undefined ? '' : `${name}, ${Math.ceil(content.length * 0.75).toLocaleString()} bytes`;
  };
  node.addEventListener('change', () => {
    const [file] = node.files;
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => { content = reader.result.slice(reader.result.indexOf(',') + 1); show(file.name); };
    reader.readAsDataURL(file);
  });
  show('the notebook\u2019s own');
  return { node, more: [words, picture], read: () => content };
}

function pictureOf(base64) {
  const kinds = { iVBORw0KGgo: 'image/png', '/9j/': 'image/jpeg', R0lGOD: 'image/gif', UklGR: 'image/webp' };
  return Object.entries(kinds).find(([start]) => base64.startsWith(start))?.[1];
}

function field(name, given, root, value, isRequired) {
  const schema = plain(given, root);
  const kind = kindOf(schema, value);
  const start = value === undefined && schema.default !== undefined && kind === 'boolean' ? schema.default : value;
  if (schema.type === 'object' && schema.properties && isRequired) return group(name, schema, root, value);
  const rows = kind === 'json' ? table(name, schema, root, value) : undefined;
  const isOptional = (!isRequired || schema.isNullable) && start === undefined;
  const id = `field-${++count}`;
  const words = given.description ?? schema.description;
  const attributes = { id, 'aria-describedby': words ? `${id}-words` : undefined, placeholder: placeholder(schema, isRequired) };
  const made = rows ?? (kind === 'json' ? jsonControl(value, attributes)
    : kind === 'file' ? fileControl(schema, value, attributes)
    : control(kind, schema, start, attributes, isOptional));
  const title = schema.enum || kind === 'json' && rows ? '' : schema.format ?? schema.contentMediaType ?? (kind === 'json' ? 'JSON' : kind);
  const label = make(rows ? 'div' : 'label', rows ? { class: 'label', id: `${id}-name` } : { for: id }, name,
    make('span', { class: 'kind' }, [title, isRequired ? '' : 'optional'].filter(Boolean).join(', ')));
  const wrong = make('p', { class: 'wrong', hidden: true });
  const said = words ? [make('small', { id: `${id}-words` }, words)] : [];
  const body = kind === 'boolean' && made.node.type === 'checkbox'
    ? [make('div', { class: 'check' }, made.node, label)]
    : [label, made.node];
  const node = make('div', { class: 'field' }, ...body, ...(made.more ?? []), ...said, wrong);
  return {
    node,
    wrong,
    read: () => {
      const found = made.read();
      if (found === undefined && isRequired && schema.isNullable) return null;
      return found;
    },
    find: path => made.find?.(path) ?? made.node
  };
}

function placeholder(schema, isRequired) {
  if (schema.default !== undefined && schema.default !== null) return JSON.stringify(schema.default);
  const formats = { date: '2024-12-31', 'date-time': '2024-12-31T12:00:00Z', time: '12:00:00' };
  return formats[schema.format] ?? (isRequired ? undefined : 'left out');
}

// The fields of an object by name; find() takes a path like ['rows', '3', 'age'].
function fields(schema, root, values) {
  const names = [...Object.keys(schema.properties ?? {})];
  const made = new Map(names.map(name =>
    [name, field(name, schema.properties[name], root, values?.get(name), (schema.required ?? []).includes(name))]));
  return {
    nodes: [...made.values()].map(item => item.node),
    read: () => {
      const found = new Map();
      for (const [name, item] of made) {
        let value;
        try {
          value = item.read();
        } catch (error) {
          throw Object.assign(error, { field: error.field ? `${name}.${error.field}` : name });
        }
        if (value !== undefined) found.set(name, value);
      }
      return found;
    },
    find: ([name, ...path]) => made.get(name)?.find(path),
    field: name => made.get(name)
  };
}

function group(name, schema, root, value) {
  const inner = fields(schema, root, value instanceof Map ? value : undefined);
  const wrong = make('p', { class: 'wrong', hidden: true });
  return {
    node: make('fieldset', {}, make('legend', {}, name), ...inner.nodes, wrong),
    wrong,
    read: inner.read,
    find: path => inner.find(path)
  };
}
