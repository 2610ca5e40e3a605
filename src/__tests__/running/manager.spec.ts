import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import { BuildsModel } from '../../builds/model';
import { RunningBuilds } from '../../running/manager';
import { FakeServer, makeBuild, until } from '../server';

describe('RunningBuilds', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let model: BuildsModel;
  let manager: RunningBuilds;
  let opened: string[];

  beforeEach(async () => {
    server = new FakeServer();
    server.add(makeBuild('done', { state: 'succeeded' }));
    server.add(makeBuild('a', { phase: 'build' }));
    server.add(makeBuild('b', { state: 'queued' }));
    server.add(makeBuild('c', { state: 'queued' }));
    model = new BuildsModel({
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      trans
    });
    await until(() => model.state.isConnected);
    opened = [];
    manager = new RunningBuilds({
      builds: model,
      trans,
      onOpen: id => opened.push(id)
    });
  });

  afterEach(() => model.dispose());

  function shown(): string[] {
    return manager
      .running()
      .map(item => `${item.label() as string}: ${item.detail?.() ?? ''}`);
  }

  it('lists what runs and what waits, with how far it is', () => {
    expect(shown()).toEqual([
      'c.ipynb: queued: 2',
      'b.ipynb: queued: 1',
      'a.ipynb: build'
    ]);
  });

  it('says that it has changed when a text has, not with every event', async () => {
    let count = 0;
    manager.runningChanged.connect(() => (count += 1));
    server.record('a', { event: 'log_line', text: 'x' });
    server.record('a', {
      event: 'progress',
      phase: 'build',
      step: 's',
      done: 1,
      total: 2,
      unit: 'items'
    });
    await until(() => count > 0);
    expect(shown()[2]).toBe('a.ipynb: build 50 %');
    expect(count).toBe(1);
  });

  const steps: Record<string, [[string, number, number][], string]> = {
    'the one that is the least far': [
      [
        ['run', 1, 4],
        ['fetch', 1, 2]
      ],
      'build 25 %'
    ],
    'none that is complete, while another goes on': [
      [
        ['run', 1, 4],
        ['read', 1, 1]
      ],
      'build 25 %'
    ],
    'none, where all that is known of is complete': [[['read', 1, 1]], 'build']
  };

  it.each(Object.entries(steps))(
    'tells of several steps %s',
    async (_, [told, text]) => {
      for (const [step, done, total] of told) {
        const progress = { phase: 'build', step, done, total, unit: 'items' };
        server.record('a', { event: 'progress', ...progress } as const);
      }
      await until(
        () => model.state.builds[2]?.progress?.step === told.at(-1)?.[0]
      );
      expect(shown()[2]).toBe(`a.ipynb: ${text}`);
    }
  );

  it('opens one, cancels one, and cancels all', async () => {
    manager.running()[1]?.open?.();
    expect(opened).toEqual(['b']);
    manager.running()[1]?.shutdown?.();
    await until(() => shown().length === 2);
    expect(server.callsTo('builds/b/cancel')).toHaveLength(1);
    manager.shutdownAll();
    await until(() => shown().length === 0);
  });
});
