import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';

import { ContainerizeClient } from '../../api/client';
import type { Build } from '../../api/types';
import { buildCommandsPlugin } from '../../builds/commands';
import { BuildsModel } from '../../builds/model';
import { StateChoices } from '../../choices/model';
import { commandsPlugin } from '../../commands';
import type { ISettings } from '../../tokens';
import { CommandIDs } from '../../tokens';
import { FakeServer, makeBuild, until } from '../server';

/** What the user has set since the build was started. */
const SETTINGS: ISettings = {
  state: {
    user: {
      destination: 'docker',
      registry: '',
      tagTemplate: '',
      platforms: [],
      autoOpen: false,
      notifications: true,
      desktopNotifications: false,
      markCells: false
    },
    server: null
  },
  changed: new Signal<object, void>({}),
  refresh: () => Promise.resolve(),
  set: () => Promise.resolve(),
  asked: () => Promise.resolve({ destination: 'docker' })
};

const CHOSEN = {
  path: 'iris.ipynb',
  tag: '{notebook}:{date}',
  serve: ['classify'],
  state: 'run',
  keep: [2],
  extras: ['grpc'],
  platforms: ['linux/arm64']
};

describe('Build Again', () => {
  let server: FakeServer;
  let model: BuildsModel;
  let commands: CommandRegistry;

  /** A page that opens when the build has ended. */
  async function open(fields: Partial<Build>): Promise<void> {
    server = new FakeServer();
    server.add(makeBuild('b1', { state: 'failed', ...fields }));
    commands = new CommandRegistry();
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    model = new BuildsModel({ client, trans: nullTranslator.load('') });
    const choices = new StateChoices(null);
    choices.set('iris.ipynb', 'live');
    const app = { commands } as unknown as JupyterFrontEnd;
    void commandsPlugin.activate(app, model, choices, SETTINGS);
    void buildCommandsPlugin.activate(app, model, client, SETTINGS);
    await until(() => model.state.isConnected);
  }

  afterEach(() => model.dispose());

  const cases: Record<string, [Partial<Build>, string, object]> = {
    'a build': [{ asked: CHOSEN }, 'builds', CHOSEN],
    'a plan': [
      { kind: 'plan', asked: { ...CHOSEN, than: 'iris:1' } },
      'plans',
      { ...CHOSEN, than: 'iris:1' }
    ],
    'a push': [
      {
        kind: 'push',
        tag: 'iris:1',
        asked: { kind: 'push', image: 'iris:1', destination: 'registry' }
      },
      'tasks',
      { kind: 'push', image: 'iris:1', destination: 'registry' }
    ],
    'a build of which no more is known': [
      { path: 'iris.ipynb', tag: 'iris:1', destination: 'podman' },
      'builds',
      { path: 'iris.ipynb', tag: 'iris:1', destination: 'podman' }
    ],
    'a push of which no more is known': [
      { kind: 'push', tag: 'iris:1', destination: 'docker' },
      'tasks',
      { kind: 'push', image: 'iris:1', destination: 'docker' }
    ]
  };

  it.each(Object.entries(cases))(
    'asks for %s as it was asked for',
    async (_, [fields, path, body]) => {
      await open(fields);
      await commands.execute(CommandIDs.retryBuild, { id: 'b1' });
      expect(server.calls.filter(({ method }) => method === 'POST')).toEqual([
        { method: 'POST', path, body }
      ]);
    }
  );
});
