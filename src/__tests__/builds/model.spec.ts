import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { Build } from '../../api/types';
import { BuildsModel } from '../../builds/model';
import { FakeServer, makeBuild, PROBLEM, until } from '../server';

describe('BuildsModel', () => {
  let server: FakeServer;
  let model: BuildsModel;

  function open(): BuildsModel {
    return new BuildsModel({
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      trans: nullTranslator.load('')
    });
  }

  function build(id: string): Build | undefined {
    return model.state.builds.find(held => held.id === id);
  }

  beforeEach(() => {
    server = new FakeServer();
  });

  afterEach(() => model.dispose());

  it('shows what the server has, newest first', async () => {
    server.add(makeBuild('b1'));
    server.add(makeBuild('b2'));
    model = open();
    expect(model.state.status).toBe('loading');
    await until(() => model.state.isConnected);
    expect(model.state.builds.map(held => held.id)).toEqual(['b2', 'b1']);
  });

  it('moves a build along with its events', async () => {
    server.add(makeBuild('b1', { state: 'queued', started: null }));
    model = open();
    await until(() => model.state.isConnected);
    server.record('b1', { event: 'phase_started', phase: 'restore' });
    server.record('b1', {
      event: 'progress',
      phase: 'restore',
      step: 'Downloading',
      done: 5,
      total: 10,
      unit: 'bytes'
    });
    await until(() => build('b1')?.progress !== null);
    expect(build('b1')).toMatchObject({
      state: 'running',
      phase: 'restore',
      progress: { step: 'Downloading', done: 5, total: 10, unit: 'bytes' }
    });
    server.record('b1', { event: 'phase_finished', phase: 'restore' });
    await until(() => build('b1')?.progress === null);
  });

  it('asks the server what a build is when it has ended', async () => {
    server.add(makeBuild('b1'));
    model = open();
    let count = 0;
    model.imagesMayHaveChanged.connect(() => (count += 1));
    await until(() => model.state.isConnected);
    server.change('b1', { state: 'failed', problem: PROBLEM });
    server.record('b1', { event: 'build_failed', problem: PROBLEM });
    await until(() => build('b1')?.state === 'failed');
    expect(build('b1')?.problem).toEqual(PROBLEM);
    await until(() => count === 2);
  });

  it('shows a build that another tab has started', async () => {
    model = open();
    await until(() => model.state.isConnected);
    server.add(makeBuild('b1'));
    server.record('b1', { event: 'state', state: 'queued' });
    await until(() => build('b1') !== undefined);
  });

  it('removes a build that another tab has forgotten', async () => {
    server.add(makeBuild('b1'));
    model = open();
    await until(() => model.state.isConnected);
    server.builds.delete('b1');
    server.record('b1', { event: 'state', state: 'forgotten' });
    await until(() => build('b1') === undefined);
  });

  it('does not go back when an answer is older than the events', async () => {
    server.add(makeBuild('b1'));
    model = open();
    await until(() => model.state.isConnected);
    server.record('b1', { event: 'phase_started', phase: 'build' });
    await until(() => build('b1')?.phase === 'build');
    server.change('b1', { last_seq: 0 });
    server.socket?.lose();
    await until(() => server.callsTo('builds').length === 2);
    await until(() => model.state.isConnected);
    expect(build('b1')?.phase).toBe('build');
  });

  it('catches up after the connection was lost', async () => {
    server.add(makeBuild('b1'));
    model = open();
    await until(() => model.state.isConnected);
    server.socket?.lose();
    server.record('b1', { event: 'build_done' });
    server.change('b1', { state: 'succeeded' });
    await until(() => build('b1')?.state === 'succeeded');
  });

  it('holds one socket, and none after it is disposed', async () => {
    model = open();
    await until(() => model.state.isConnected);
    await model.start({ path: 'iris.ipynb' });
    expect(server.sockets).toHaveLength(1);
    model.dispose();
    expect(server.socket).toBeUndefined();
  });

  it('notices that a stream is dead that does not know it', async () => {
    server.add(makeBuild('b1'));
    model = new BuildsModel({
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      trans: nullTranslator.load(''),
      lookMs: 50
    });
    await until(() => model.state.isConnected);
    // Recorded, and never sent.
    const dead = server.socket;
    if (dead) {
      dead.send = () => {};
    }
    server.change('b1', { phase: 'build' });
    server.record('b1', { event: 'phase_started', phase: 'build' });
    await until(() => build('b1')?.phase === 'build');
    await until(() => model.state.isConnected);
    expect(server.sockets.length).toBeGreaterThan(1);
  });

  it('keeps a plan that the list leaves out', async () => {
    const plan = { notebook: 'b1.ipynb' } as Build['plan'];
    server.add(makeBuild('b1', { kind: 'plan' }));
    model = open();
    await until(() => model.state.isConnected);
    server.change('b1', { state: 'succeeded', plan });
    server.record('b1', { event: 'plan_done' });
    await until(() => build('b1')?.plan !== null);
    server.change('b1', { plan: null });
    server.socket?.lose();
    await until(() => server.callsTo('builds').length === 2);
    await until(() => model.state.isConnected);
    expect(build('b1')?.plan).toEqual(plan);
  });

  it('starts a build, marks it pending meanwhile, and holds it once', async () => {
    model = open();
    await until(() => model.state.isConnected);
    const started = model.start({ path: 'iris.ipynb' });
    expect(model.state.pending.has('iris.ipynb')).toBe(true);
    const answer = await started;
    expect(answer?.state).toBe('queued');
    expect(model.state.pending.size).toBe(0);
    await until(() => server.callsTo('builds/b1').length > 0);
    expect(model.state.builds.map(held => held.id)).toEqual(['b1']);
  });

  it('says why a build was refused, until it is dismissed', async () => {
    model = open();
    await until(() => model.state.isConnected);
    server.refusals.set('POST builds', 400);
    expect(await model.start({ path: 'iris.ipynb' })).toBeNull();
    expect(model.state.refusal).toEqual({
      path: 'iris.ipynb',
      problem: PROBLEM
    });
    model.dismissRefusal();
    expect(model.state.refusal).toBeNull();
  });

  it('cancels and forgets', async () => {
    server.add(makeBuild('b1'));
    model = open();
    await until(() => model.state.isConnected);
    await model.cancel('b1');
    expect(build('b1')?.state).toBe('cancelled');
    await model.forget('b1');
    expect(build('b1')).toBeUndefined();
  });

  it('keeps a build that the server does not forget', async () => {
    server.add(makeBuild('b1'));
    model = open();
    await until(() => model.state.isConnected);
    server.refusals.set('DELETE builds/b1', 409);
    await model.forget('b1');
    expect(build('b1')).toBeDefined();
    expect(model.state.refusal?.path).toBe('b1.ipynb');
  });

  it('says that the list cannot be read, and reads it later', async () => {
    server.isDown = true;
    model = open();
    await until(() => model.state.status === 'failed');
    expect(model.state.problem?.code).toBe('JC-BROWSER-01');
    server.isDown = false;
    await until(() => model.state.status === 'ready');
    expect(model.state.problem).toBeNull();
  });

  describe('openLog', () => {
    it('gives the recorded lines, then new ones, each once', async () => {
      server.add(makeBuild('b1'));
      server.record('b1', { event: 'phase_started', phase: 'detect' });
      server.record('b1', { event: 'log_line', text: 'one', level: 'info' });
      model = open();
      await until(() => model.state.isConnected);

      let release = () => {};
      server.hold = new Promise(resolve => (release = resolve));
      const log = model.openLog('b1');
      // While the answer is on its way, so it is in the answer and in the stream.
      server.record('b1', { event: 'log_line', text: 'two', level: 'warning' });
      server.record('b1', {
        event: 'phase_finished',
        phase: 'detect',
        seconds: 2
      });
      await until(() => build('b1')?.timings['detect'] === 2);
      release();
      await until(() => log.state.status === 'ready');
      server.record('b1', { event: 'log_line', text: 'three' });
      await until(() => log.state.lines.length === 4);
      expect(log.state.lines.map(({ level, text }) => [level, text])).toEqual([
        ['phase', 'detect'],
        ['info', 'one'],
        ['warning', 'two'],
        ['info', 'three']
      ]);
    });

    it('has no gap after the connection was lost', async () => {
      server.add(makeBuild('b1'));
      model = open();
      await until(() => model.state.isConnected);
      const log = model.openLog('b1');
      await until(() => log.state.status === 'ready');
      server.socket?.lose();
      server.record('b1', { event: 'log_line', text: 'missed' });
      await until(() => log.state.lines.length === 1);
      expect(log.state.lines[0]?.text).toBe('missed');
    });

    it('says that it cannot be read', async () => {
      model = open();
      await until(() => model.state.isConnected);
      const log = model.openLog('gone');
      await until(() => log.state.status === 'failed');
    });
  });
});
