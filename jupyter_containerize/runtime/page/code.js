const MOST_CODE = 6000;

const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;

function asCurl({ method, url, headers, body }) {
  const parts = [`curl -X ${method} ${quoted(url)}`, ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)];
  if (body !== undefined) parts.push(body.length > MOST_CODE ? '--data-binary @request.json' : `--data-binary ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

function asPython({ method, url, headers, body, value }) {
  const lines = ['import json', 'import urllib.request', ''];
  let data = '';
  if (body !== undefined) {
    const isLong = body.length > MOST_CODE;
    if (isLong) lines.push('body = open("request.json", "rb").read()');
    else if (value === undefined) lines.push(`body = ${JSON.stringify(body)}.encode()`);
    else lines.push(`body = json.dumps(${writeJson(value, ['True', 'False', 'None'])}).encode()`);
    data = ', data=body';
  }
  const sent = Object.entries(headers).map(([name, value]) => `, headers={"${name}": "${value}"}`).join('');
  lines.push(
    `url = ${JSON.stringify(url)}`,
    `request = urllib.request.Request(url${data}${sent}, method="${method}")`,
    'with urllib.request.urlopen(request) as answer:',
    '    print(answer.read().decode())'
  );
  return lines.join('\n');
}

function codeBlock(title, text) {
  const copy = make('button', { type: 'button', class: 'small', onclick: async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = 'Copied';
  } }, 'Copy');
  return make('details', {}, make('summary', {}, title), make('pre', { tabindex: '0', role: 'region', 'aria-label': title }, text),
    // Only where the page is trusted to: over HTTPS, or on this machine.
    ...(navigator.clipboard ? [copy] : []));
}
