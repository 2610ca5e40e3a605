import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import { ContainerizeClient } from '../../api/client';
import type { Asked, Running } from '../../api/types';
import { ContainersModel } from '../../tryit/containers';
import { TryModel, TryModels } from '../../tryit/model';
import { TryIt } from '../../tryit/panel';
import { FakeServer, PROBLEM, until } from '../server';

const CONTAINER: Running = {
  id: 'r1',
  image: 'iris:latest',
  digest: 'sha256:7d',
  engine: 'bubblewrap',
  url: 'http://127.0.0.1:40123',
  state: 'running',
  started: '2026-11-22T10:00:00Z',
  problem: null
};

const SCHEMA = {
  endpoints: [
    {
      symbol: 'predict',
      doc: 'Guess it.',
      kind: 'function',
      method: 'POST',
      route: '/predict',
      inputs: {
        type: 'object',
        properties: {
          size: { type: 'number' },
          color: { enum: ['red', 'blue'] },
          is_new: { type: 'boolean' },
          note: { type: 'string', description: 'Anything.' },
          where: {
            type: 'object',
            properties: { x: { type: 'number' } },
            required: ['x']
          },
          rows: {
            type: 'array',
            items: {
              type: 'object',
              properties: { age: { type: 'integer' } },
              required: ['age']
            }
          },
          extra: {}
        },
        required: ['size', 'color', 'is_new', 'where', 'rows', 'extra']
      },
      example: {
        request: {
          size: 2,
          color: 'red',
          is_new: true,
          where: { x: 1 },
          rows: [{ age: 3 }, { age: 4 }],
          extra: { any: [1] }
        }
      }
    },
    { symbol: 'hello', kind: 'function', method: 'GET', route: '/hello/:name' }
  ]
};

const BODY =
  '{"size":2,"color":"red","is_new":true,"where":{"x":1},"rows":[{"age":3},{"age":4}],"extra":{"any":[1]}}';

function asked(fields: Partial<Asked> = {}): Asked {
  return {
    status: 200,
    milliseconds: 3.21,
    content_type: 'application/json',
    body: null,
    text: '{"species":"setosa","share":0.50}',
    curl: 'curl …',
    python: 'import requests',
    ...fields
  };
}

describe('TryIt', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let containers: ContainersModel;
  let model: TryModel;
  let node: HTMLElement;
  let unmount: () => void;

  function show(container: Running): void {
    const root = createRoot(node);
    unmount = () => root.unmount();
    root.render(
      <TryIt
        container={container}
        containers={containers}
        model={model}
        logUrl="log"
        trans={trans}
      />
    );
  }

  async function showForm(): Promise<void> {
    show(CONTAINER);
    await until(() => node.querySelector('form') !== null);
  }

  function input(label: string): HTMLInputElement {
    const byLabel = [...node.querySelectorAll('label')].find(
      each => each.querySelector('span')?.textContent === label
    );
    const found = byLabel
      ? document.getElementById(byLabel.htmlFor)
      : node.querySelector(`[aria-label="${label}"]`);
    if (!found) {
      throw new Error(`No field "${label}"`);
    }
    return found as HTMLInputElement;
  }

  /** Type into a field, as React hears it. */
  function type(label: string, text: string): void {
    const field = input(label);
    const prototype = Object.getPrototypeOf(field) as object;
    flushSync(() => {
      Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(
        field,
        text
      );
      field.dispatchEvent(
        new Event(field.tagName === 'SELECT' ? 'change' : 'input', {
          bubbles: true
        })
      );
    });
  }

  function click(name: string): void {
    const found = [...node.querySelectorAll('button')].find(
      each => (each.getAttribute('aria-label') ?? each.textContent) === name
    );
    if (!found) {
      throw new Error(`No button "${name}"`);
    }
    flushSync(() => found.click());
  }

  /** Send, and give the request that the server got. */
  async function send(): Promise<object> {
    const before = server.callsTo('running/r1/ask').length;
    click('Send');
    await until(() => !model.state.isSending);
    const calls = server.callsTo('running/r1/ask');
    expect(calls).toHaveLength(before + 1);
    return calls.at(-1)?.body as object;
  }

  beforeEach(() => {
    // Not in jsdom.
    Element.prototype.scrollIntoView = () => undefined;
    server = new FakeServer();
    server.answers.set('GET running', () => ({ running: [CONTAINER] }));
    server.answers.set('GET running/r1/schema', () => SCHEMA);
    server.answers.set('POST running/r1/ask', () => asked());
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    containers = new ContainersModel({ client, trans });
    model = new TryModel('r1', client, trans);
    node = document.body.appendChild(document.createElement('div'));
  });

  afterEach(() => {
    unmount();
    model.dispose();
    containers.dispose();
    node.remove();
  });

  it('begins with the example, and sends it as it is', async () => {
    await showForm();
    expect(input('size').value).toBe('2');
    expect(input('color').value).toBe('"red"');
    expect(input('is_new').checked).toBe(true);
    expect(input('x').value).toBe('1');
    expect(input('rows, row 2, age').value).toBe('4');
    expect(input('extra').value).toBe('{"any": [1]}');
    expect(input('note').placeholder).toBe('left out');
    expect(node.textContent).toContain('Guess it.');
    expect(await send()).toEqual({
      method: 'POST',
      path: '/predict',
      body: JSON.parse(BODY) as object
    });
    expect(node.querySelector('pre')?.textContent).toBe(
      '{"species": "setosa", "share": 0.50}'
    );
    expect(node.textContent).toContain('in 3.2 ms');
  });

  it('sends what was typed into each kind of field', async () => {
    await showForm();
    type('size', '2.50');
    type('color', '"blue"');
    flushSync(() => input('is_new').click());
    type('x', '-1e3');
    type('note', 'hello');
    type('extra', '[null]');
    type('rows, row 1, age', 'old');
    click('Remove row 2 of rows');
    click('Add a row');
    expect(await send()).toMatchObject({
      body: {
        size: 2.5,
        color: 'blue',
        is_new: false,
        note: 'hello',
        where: { x: -1000 },
        rows: [{ age: 'old' }, { age: 'old' }],
        extra: [null]
      }
    });
    click('Reset');
    expect(input('size').value).toBe('2');
    type('size', '');
    expect(await send()).not.toHaveProperty('body.size');
  });

  it('sends nothing that is no JSON, and says where it ends to be', async () => {
    await showForm();
    type('extra', '{"any": [1');
    click('Send');
    expect(input('extra').getAttribute('aria-invalid')).toBe('true');
    expect(node.textContent).toContain('no JSON at line 1, column 11');
    expect(server.callsTo('running/r1/ask')).toHaveLength(0);
    type('extra', '1');
    expect(input('extra').getAttribute('aria-invalid')).toBe('false');
  });

  it('says beside the fields what the container refuses', async () => {
    server.answers.set('POST running/r1/ask', () =>
      asked({
        status: 422,
        text: JSON.stringify({
          problems: [
            { field: 'size', expected: 'number', got: 'string "x"' },
            { field: 'rows[1].age', expected: 'integer', got: 'nothing' },
            { field: 'where.x', expected: 'number', got: 'null' }
          ]
        })
      })
    );
    await showForm();
    await send();
    await until(() => node.textContent.includes('422'));
    const isWrong = (label: string) =>
      input(label).getAttribute('aria-invalid');
    expect(isWrong('size')).toBe('true');
    expect(isWrong('rows, row 1, age')).toBe('false');
    expect(isWrong('rows, row 2, age')).toBe('true');
    expect(isWrong('x')).toBe('true');
    expect(node.textContent).toContain('number expected, got string "x"');
    type('size', '3');
    expect(isWrong('size')).toBe('false');
    expect(isWrong('x')).toBe('true');
  });

  it('takes the whole request as JSON, and comes back from it', async () => {
    await showForm();
    click('Edit as JSON');
    const label = 'The request as JSON';
    type(label, '[1]');
    click('Send');
    await until(() => node.textContent.includes('an object with'));
    click('Edit as a form');
    expect(input(label).value).toBe('[1]');
    type(label, '{"size": 7.0}');
    click('Edit as a form');
    expect(input('size').value).toBe('7.0');
    expect(await send()).toMatchObject({ body: { size: 7 } });
  });

  it('asks another endpoint in its own way', async () => {
    await showForm();
    type('Endpoint', '1');
    click('Edit as JSON');
    type('The request as JSON', '{"name": "a b", "x": 1}');
    expect(await send()).toEqual({
      method: 'GET',
      path: '/hello/a%20b',
      query: { x: '1' }
    });
  });

  it('keeps the last answers with what was asked', async () => {
    await showForm();
    await send();
    type('size', '9');
    server.answers.set('POST running/r1/ask', () => asked({ text: '"nine"' }));
    await send();
    await until(() => node.textContent.includes('Last 2 answers'));
    expect(node.querySelector('pre')?.textContent).toBe('"nine"');
    const first = [...node.querySelectorAll('button')].find(each =>
      each.textContent.includes('setosa')
    );
    flushSync(() => first?.click());
    expect(input('size').value).toBe('2');
    expect(node.querySelector('pre')?.textContent).toContain('setosa');
    for (let count = 0; count < 10; count++) {
      await send();
    }
    expect(model.state.answers).toHaveLength(10);
  });

  it('shows a picture that comes back', async () => {
    server.answers.set('POST running/r1/ask', () =>
      asked({ content_type: 'image/png', text: '', base64: 'iVBORw0KGgo=' })
    );
    await showForm();
    await send();
    await until(() => node.querySelector('img') !== null);
    expect(node.querySelector('img')?.src).toBe(
      'data:image/png;base64,iVBORw0KGgo='
    );
  });

  it('says why it got no answer, and asks again', async () => {
    await showForm();
    server.refusals.set('POST running/r1/ask', 502);
    await send();
    await until(() => node.textContent.includes(PROBLEM.title));
    server.refusals.clear();
    await send();
    await until(() => !node.textContent.includes(PROBLEM.title));
  });

  it('says that it starts, that it failed, and that it has ended', async () => {
    show({ ...CONTAINER, state: 'starting' });
    await until(() => node.textContent.includes('Starting with bubblewrap…'));
    unmount();
    show({ ...CONTAINER, state: 'failed', problem: PROBLEM });
    await until(() => node.textContent.includes(PROBLEM.title));
    unmount();
    show({ ...CONTAINER, state: 'stopped' });
    await until(() => node.textContent.includes('It has ended'));
  });
});

describe('ContainersModel', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let model: ContainersModel;
  let client: ContainerizeClient;

  beforeEach(() => {
    server = new FakeServer();
    server.answers.set('GET running', () => ({ running: [] }));
    client = new ContainerizeClient({ serverSettings: server.settings() });
    model = new ContainersModel({ client, trans });
  });

  afterEach(() => model.dispose());

  it('follows one from its start to its end', async () => {
    const starting = { ...CONTAINER, state: 'starting' };
    server.answers.set('POST running', () => starting);
    server.answers.set('GET running', () => ({ running: [starting] }));
    await model.start('sha256:7d');
    expect(server.callsTo('running').at(0)?.method).toBeDefined();
    expect(model.state.containers[0]?.state).toBe('starting');
    server.answers.set('GET running', () => ({ running: [CONTAINER] }));
    await until(() => model.state.containers[0]?.state === 'running');

    const tries = new TryModels(client, model, trans);
    const form = tries.of('r1');
    expect(tries.of('r1')).toBe(form);
    server.answers.set('GET running', () => ({ running: [] }));
    server.answers.set('DELETE running/r1', () => null);
    await model.stop('r1');
    expect(model.state.containers).toEqual([]);
    expect(form.isDisposed).toBe(true);
  });

  it('keeps why an image does not run until that is dismissed', async () => {
    server.refusals.set('POST running', 409);
    expect(await model.start('sha256:7d')).toBeNull();
    expect(model.state.refusal).toEqual({
      image: 'sha256:7d',
      problem: PROBLEM
    });
    model.dismissRefusal();
    expect(model.state.refusal).toBeNull();
    expect(model.state.pending.size).toBe(0);
  });
});
