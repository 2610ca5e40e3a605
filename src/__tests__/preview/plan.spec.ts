import { nullTranslator } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { ContainerizeClient } from '../../api/client';
import type { Image, Plan } from '../../api/types';
import { BuildsModel } from '../../builds/model';
import { StateChoices } from '../../choices/model';
import type { INotebookSource } from '../../preview/model';
import { PreviewModel } from '../../preview/model';
import { PlanModel } from '../../preview/plan';
import { withSettings } from '../../settings/client';
import { SettingsModel } from '../../settings/model';
import { FakeServer, makeBuild, PROBLEM, until } from '../server';
import { makeSettings } from '../settings/made';

const PLAN: Plan = {
  notebook: 'a.ipynb',
  reference: 'iris:latest',
  destination: '',
  entries: ['predict'],
  images: [],
  warnings: [],
  comparison: []
};

describe('PlanModel', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let builds: BuildsModel;
  let preview: PreviewModel;
  let settings: SettingsModel;
  let plan: PlanModel;
  let text: string;
  let metadata: JSONObject;
  let isSaved: boolean;
  let source: {
    current: INotebookSource['current'];
    changed: Signal<object, void>;
  };

  /** Make a notebook current. */
  function open(path: string): void {
    source.current = {
      path,
      content: () => ({
        cells: [{ cell_type: 'code', source: text }],
        metadata
      }),
      hasKernel: false,
      own: () => ({}),
      write: () => undefined,
      save: () => Promise.resolve(isSaved)
    };
    source.changed.emit();
  }

  /** The build of this id ends, as the server tells it. */
  function end(id: string, state: 'succeeded' | 'failed' | 'cancelled'): void {
    server.change(id, {
      state,
      plan: state === 'succeeded' ? PLAN : null,
      problem: state === 'failed' ? PROBLEM : null
    });
    server.record(id, { event: 'state', state });
  }

  beforeEach(async () => {
    server = new FakeServer();
    text = '1';
    metadata = { kernelspec: { name: 'python3', display_name: 'P' } };
    isSaved = true;
    source = { current: null, changed: new Signal<object, void>({}) };
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    builds = new BuildsModel({ client, trans });
    preview = new PreviewModel({
      choices: new StateChoices(null),
      client,
      source,
      trans,
      pauseMs: 1
    });
    preview.isActive = true;
    server.answers.set('GET settings', () =>
      makeSettings({ locked: ['platforms'] })
    );
    settings = new SettingsModel(client);
    plan = new PlanModel({
      builds,
      client: withSettings(client, settings),
      preview,
      settings,
      trans
    });
    open('a.ipynb');
    await until(() => preview.state.status === 'ready');
    await until(() => builds.state.isConnected);
  });

  afterEach(() => {
    plan.dispose();
    preview.dispose();
    builds.dispose();
  });

  it('is asked for, follows its run, and shows the plan', async () => {
    await plan.start();
    expect(plan.state.status).toBe('running');
    expect(server.callsTo('plans')[0]?.body).toEqual({ path: 'a.ipynb' });
    await until(() => builds.state.builds.length === 1);
    server.record('b1', {
      event: 'progress',
      phase: 'detect',
      step: 'reading wheels',
      done: 1,
      total: 2,
      unit: 'items'
    });
    await until(() => plan.state.build?.progress?.step === 'reading wheels');
    end('b1', 'succeeded');
    await until(() => plan.state.status === 'ready');
    expect(plan.state.plan).toEqual(PLAN);
    expect(plan.state.isStale).toBe(false);
  });

  it('is compared with the image that has the name', async () => {
    server.images = [{ tags: ['iris'] } as unknown as Image];
    await plan.start();
    expect(server.callsTo('plans')[0]?.body).toEqual({
      path: 'a.ipynb',
      than: 'iris'
    });
  });

  it('is of what a build would be asked for by the settings', async () => {
    await settings.set('destination', 'docker');
    await settings.set('tagTemplate', '{notebook}:7');
    await settings.set('platforms', ['linux/arm64']);
    await plan.start();
    // The platforms are fixed.
    expect(server.callsTo('plans')[0]?.body).toEqual({
      path: 'a.ipynb',
      destination: 'docker',
      tag: '{notebook}:7'
    });
  });

  it('is out of date once a build would be asked for something else', async () => {
    await plan.start();
    end('b1', 'succeeded');
    await until(() => plan.state.status === 'ready');
    await settings.refresh();
    await settings.set('platforms', ['linux/arm64']);
    expect(plan.state.isStale).toBe(false);
    await settings.set('destination', 'docker');
    expect(plan.state.isStale).toBe(true);
    await settings.set('destination', '');
    expect(plan.state.isStale).toBe(false);
  });

  it('says when the notebook has changed since, and when it is as it was', async () => {
    await plan.start();
    end('b1', 'succeeded');
    await until(() => plan.state.status === 'ready');
    text = '12';
    open('a.ipynb');
    await until(() => plan.state.isStale);
    text = '1';
    open('a.ipynb');
    await until(() => !plan.state.isStale);
  });

  it('is not out of date because a kernel started, or a cell ran', async () => {
    await plan.start();
    end('b1', 'succeeded');
    await until(() => plan.state.status === 'ready');
    const calls = server.callsTo('preview').length;
    metadata = {
      kernelspec: { name: 'python3', display_name: 'Python 3 (ipykernel)' },
      language_info: { name: 'python', version: '3.11.7' }
    };
    open('a.ipynb');
    await until(() => server.callsTo('preview').length > calls);
    await until(() => !preview.state.isRefreshing);
    expect(plan.state.isStale).toBe(false);
    metadata = { kernelspec: { name: 'other', display_name: 'Other' } };
    open('a.ipynb');
    await until(() => plan.state.isStale);
  });

  it('asks for nothing if the notebook cannot be saved', async () => {
    isSaved = false;
    await plan.start();
    expect(plan.state.status).toBe('none');
    expect(server.callsTo('plans')).toEqual([]);
  });

  it('shows why there is no plan', async () => {
    server.refusals.set('POST plans', 400);
    await plan.start();
    expect(plan.state).toMatchObject({ status: 'failed', problem: PROBLEM });
    server.refusals.clear();
    await plan.start();
    expect(plan.state.status).toBe('running');
    end('b1', 'failed');
    await until(() => plan.state.status === 'failed');
    expect(plan.state.problem).toEqual(PROBLEM);
  });

  it('can be asked for again once it is stopped', async () => {
    await plan.start();
    await plan.cancel();
    await until(() => plan.state.status === 'none');
    await plan.start();
    expect(plan.state).toMatchObject({ status: 'running' });
    expect(plan.state.build?.id).toBe('b2');
  });

  it('shows a plan that was made before a reload, or in another tab', async () => {
    server.add(
      makeBuild('b1', { kind: 'plan', path: 'c.ipynb', state: 'running' })
    );
    server.record('b1', { event: 'state', state: 'running' });
    await until(() => builds.state.builds.length === 1);
    expect(plan.state.status).toBe('none');
    open('c.ipynb');
    await until(() => plan.state.status === 'running');
    end('b1', 'succeeded');
    await until(() => plan.state.status === 'ready');
    expect(plan.state.isStale).toBe(false);
    plan.close();
    expect(plan.state.status).toBe('none');
    open('a.ipynb');
    open('c.ipynb');
    expect(plan.state.status).toBe('none');
  });

  it('is that of the current notebook alone', async () => {
    await plan.start();
    open('b.ipynb');
    expect(plan.state).toMatchObject({ status: 'none', path: 'b.ipynb' });
    end('b1', 'succeeded');
    await until(() => builds.state.builds[0]?.state === 'succeeded');
    expect(plan.state.plan).toBeNull();
    open('a.ipynb');
    await until(() => plan.state.status === 'ready');
  });
});
