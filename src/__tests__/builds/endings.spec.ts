import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { Build, Report } from '../../api/types';
import { Endings } from '../../builds/endings';
import { BuildsModel } from '../../builds/model';
import { endNotice } from '../../builds/notice';
import { CommandIDs } from '../../tokens';
import { FakeServer, makeBuild, PROBLEM, until } from '../server';

const trans = nullTranslator.load('');

const REPORT: Report = {
  reference: 'iris:latest',
  tags: ['iris:latest'],
  digest: 'sha256:c0ffee',
  size_bytes: 91_000_000,
  layers: [],
  timings: {},
  selftest: { ran: true, passed: true, engine: '', reason: '' },
  run_command: ''
};

describe('Endings', () => {
  let server: FakeServer;
  let model: BuildsModel;
  let ended: string[];

  beforeEach(async () => {
    server = new FakeServer();
    server.add(makeBuild('old', { state: 'failed' }));
    server.add(makeBuild('b1'));
    model = new BuildsModel({
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      trans
    });
    ended = [];
    new Endings(model).ended.connect((_, build) => {
      ended.push(`${build.id} ${build.state}`);
    });
    await until(() => model.state.isConnected);
  });

  afterEach(() => model.dispose());

  it('tells of a build that was seen under way, once', async () => {
    server.change('b1', { state: 'succeeded' });
    server.record('b1', { event: 'build_done' });
    await until(() => ended.length > 0);
    server.socket?.lose();
    await until(() => server.callsTo('builds').length === 2);
    await until(() => model.state.isConnected);
    expect(ended).toEqual(['b1 succeeded']);
  });

  it('tells of one that was never seen under way', async () => {
    server.add(makeBuild('quick', { state: 'succeeded' }));
    server.record('quick', { event: 'build_done' });
    await until(() => ended.length > 0);
    expect(ended).toEqual(['quick succeeded']);
  });

  it('tells of one that ended while the connection was lost', async () => {
    server.isDown = true;
    server.socket?.lose();
    await until(() => model.state.status === 'failed');
    expect(model.state.builds.find(({ id }) => id === 'b1')?.state).toBe(
      'running'
    );
    expect(ended).toEqual([]);
    server.change('b1', { state: 'interrupted' });
    server.isDown = false;
    await until(() => ended.length > 0);
    expect(ended).toEqual(['b1 interrupted']);
  });
});

describe('endNotice', () => {
  const cases: Record<string, [Partial<Build>, string | null, string[]]> = {
    build: [
      { state: 'succeeded', report: REPORT },
      'iris.ipynb is the image iris:latest, 91\u00a0MB',
      [CommandIDs.runImage, CommandIDs.showBuild]
    ],
    push: [
      {
        kind: 'push',
        state: 'succeeded',
        tag: 'iris:latest',
        destination: 'registry.example.org/team/iris',
        report: REPORT
      },
      'iris:latest is at registry.example.org/team/iris',
      [CommandIDs.showBuild]
    ],
    plan: [{ kind: 'plan', state: 'succeeded' }, null, []],
    failed: [
      { state: 'failed', problem: PROBLEM },
      'iris.ipynb failed: This is not a notebook',
      [CommandIDs.showBuild, CommandIDs.showBuild]
    ],
    interrupted: [
      { state: 'interrupted' },
      'iris.ipynb: the server was stopped while this ran.',
      [CommandIDs.retryBuild, CommandIDs.showBuild]
    ],
    cancelled: [{ state: 'cancelled' }, null, []]
  };
  it.each(Object.entries(cases))(
    'of a %s says what can be done',
    (_, [fields, message, commands]) => {
      const notice = endNotice(makeBuild('iris', fields), trans);
      expect(notice?.message ?? null).toBe(message);
      expect(notice?.actions.map(({ command }) => command) ?? []).toEqual(
        commands
      );
    }
  );
});
