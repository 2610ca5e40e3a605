import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { Running } from '../../api/types';
import { RunningContainers } from '../../running/containers';
import { ContainersModel } from '../../tryit/containers';
import { FakeServer, PROBLEM, until } from '../server';

function container(id: string, fields: Partial<Running> = {}): Running {
  return {
    id,
    image: `${id}:latest`,
    digest: `sha256:${id}`,
    engine: 'docker',
    url: 'http://127.0.0.1:40123',
    state: 'running',
    started: '2026-11-22T10:00:00Z',
    problem: null,
    ...fields
  };
}

describe('RunningContainers', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let model: ContainersModel;
  let list: RunningContainers;
  let opened: string[];
  let held: Running[];

  beforeEach(async () => {
    server = new FakeServer();
    held = [
      container('new', { state: 'starting' }),
      container('iris'),
      container('broken', { state: 'failed', problem: PROBLEM }),
      container('job', { state: 'stopped' })
    ];
    server.answers.set('GET running', () => ({ running: held }));
    for (const { id } of held) {
      server.answers.set(`DELETE running/${id}`, () => {
        held = held.filter(each => each.id !== id);
        return null;
      });
    }
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    model = new ContainersModel({ client, trans });
    await until(() => model.state.status === 'ready');
    opened = [];
    list = new RunningContainers({
      containers: model,
      trans,
      onOpen: id => opened.push(id)
    });
  });

  afterEach(() => model.dispose());

  function shown(): string[] {
    return list
      .running()
      .map(item => `${item.label() as string} ${item.detail?.() ?? ''}`);
  }

  it('lists what runs and what starts, and nothing that has ended', () => {
    expect(shown()).toEqual(['new:latest starting', 'iris:latest port 40123']);
    expect(list.running()[1]?.labelTitle?.()).toBe(
      'iris:latest\nsha256:iris\nhttp://127.0.0.1:40123, run by docker'
    );
  });

  it('opens one', () => {
    list.running()[1]?.open?.();
    expect(opened).toEqual(['iris']);
  });

  it('stops one, which is gone then', async () => {
    const texts: string[][] = [];
    list.runningChanged.connect(() => texts.push(shown()));
    list.running()[1]?.shutdown?.();
    list.running()[1]?.shutdown?.();
    await until(() => shown().length === 1);
    expect(server.callsTo('running/iris')).toHaveLength(1);
    expect(texts).toEqual([
      ['new:latest starting', 'iris:latest stopping'],
      ['new:latest starting']
    ]);
  });

  it('stops all that run, and leaves what has ended', async () => {
    list.shutdownAll();
    await until(() => shown().length === 0);
    expect(held.map(({ id }) => id)).toEqual(['broken', 'job']);
  });

  it('reads the list anew when the panel asks for it', async () => {
    held = [];
    list.refreshRunning();
    await until(() => shown().length === 0);
  });

  it('keeps what could not be stopped', async () => {
    server.refusals.set('DELETE running/iris', 500);
    list.running()[1]?.shutdown?.();
    await until(() => model.state.refusal !== null);
    await until(() => model.state.pending.size === 0);
    expect(shown()[1]).toBe('iris:latest port 40123');
  });
});
