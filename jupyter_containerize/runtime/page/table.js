const MOST_ROWS = 30;
const MOST_COLUMNS = 40;

// Rows of single values as a table; undefined for anything else, which is edited as JSON.
function table(name, schema, root, value) {
  if (value === undefined && schema.type !== 'array') return undefined;
  const given = value ?? [];
  const items = plain(schema.items, root);
  if (!Array.isArray(given) || given.length > MOST_ROWS) return undefined;
  const isNamed = given.length ? given[0] instanceof Map : items.type === 'object';
  const columns = isNamed ? namedColumns(items, root, given) : placedColumns(items, root, given);
  if (!columns?.length || columns.length > MOST_COLUMNS) return undefined;
  const rows = [];
  const body = make('tbody');
  const number = () => rows.forEach((row, i) => row.controls.forEach((item, j) =>
    item.node.setAttribute('aria-label', `${name}, row ${i + 1}, ${columns[j].name}`)));
  const add = values => {
    const controls = columns.map(column => control(column.kind, column.schema, values?.(column), {}, column.isOptional));
    const row = { controls };
    const remove = make('button', { type: 'button', class: 'small', 'aria-label': 'Remove the row', onclick: () => {
      rows.splice(rows.indexOf(row), 1);
      row.node.remove();
      number();
      more.focus();
    } }, '\u00d7');
    row.node = make('tr', {}, ...controls.map(item => make('td', {}, item.node)), make('td', {}, remove));
    rows.push(row);
    body.append(row.node);
    number();
  };
  const more = make('button', { type: 'button', class: 'small', onclick: () => {
    // As the last one is: what differs is less than what does not.
    const last = rows.at(-1)?.controls.map(item => item.read());
    add(last && (column => last[columns.indexOf(column)]));
    rows.at(-1).controls[0].node.focus();
  } }, 'Add a row');
  given.forEach(row => add(column => (isNamed ? row.get(column.name) : row[column.place])));
  const head = make('tr', {}, ...columns.map(column => make('th', { scope: 'col' }, column.name)),
    make('td', {}));
  const node = make('div', {},
    make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name }, make('table', {}, make('thead', {}, head), body)),
    make('div', { class: 'buttons' }, more));
  return {
    node,
    read: () => rows.map(row => {
      const values = row.controls.map((item, i) => item.read() ?? (columns[i].isOptional ? undefined : null));
      if (!isNamed) return values.map(item => item ?? null);
      return new Map(columns.map((column, i) => [column.name, values[i]]).filter(([, item]) => item !== undefined));
    }),
    find: ([row, column]) => {
      const place = columns.findIndex(item => item.name === column || String(item.place) === column);
      return rows[Number(row)]?.controls[Math.max(place, 0)].node;
    }
  };
}

function namedColumns(items, root, given) {
  const names = items.properties ? Object.keys(items.properties) : [...new Set(given.flatMap(row => [...(row.keys?.() ?? [])]))];
  return flat(names.map(name => {
    const schema = plain(items.properties?.[name], root);
    const sample = given.find(row => row.get?.(name) !== undefined)?.get(name);
    const isOptional = !!items.properties && !(items.required ?? []).includes(name);
    return { name, schema, kind: kindOf(schema, sample), isOptional };
  }), given, row => row instanceof Map && [...row.keys()].every(key => names.includes(key)) && [...row.values()]);
}

function placedColumns(items, root, given) {
  const width = items.minItems === items.maxItems && items.maxItems || given[0]?.length;
  const schema = plain(items.items, root);
  if (!Number.isInteger(width) || (items.type && items.type !== 'array')) return undefined;
  return flat(Array.from({ length: width }, (_, place) =>
    ({ name: String(place), place, schema, kind: kindOf(schema, given[0]?.[place]) })),
  given, row => Array.isArray(row) && row.length === width && row);
}

// The columns, if each value of each row has no parts.
function flat(columns, given, values) {
  const isSingle = value => value === null || typeof value !== 'object' || value instanceof Digits;
  const fits = given.every(row => { const found = values(row); return found && found.every(isSingle); });
  return fits && columns.every(column => !['json', 'file'].includes(column.kind)) ? columns : undefined;
}
