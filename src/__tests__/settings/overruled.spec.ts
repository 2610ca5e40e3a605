import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { Settings } from '../../api/types';
import { DEFAULTS, SettingsModel } from '../../settings/model';
import { overruled, watchOverruled } from '../../settings/overruled';
import type { IUserSettings } from '../../tokens';
import { FakeServer } from '../server';
import { makeSettings } from './made';

const trans = nullTranslator.load('');

/** What the user set, what the server says, and what does not count, as `setting: own -> fixed`. */
const CASES: Record<
  string,
  [Partial<IUserSettings>, Partial<Settings>, string[]]
> = {
  'nothing where nothing is fixed': [{ tagTemplate: 'a:1' }, {}, []],
  'nothing where nothing is set': [{}, { locked: ['tag_template'] }, []],
  'nothing that is the same': [
    { tagTemplate: '{notebook}:latest' },
    { locked: ['tag_template'] },
    []
  ],
  'nothing of what is not fixed': [
    { tagTemplate: 'a:1' },
    { locked: ['destination'] },
    []
  ],
  'each of several': [
    {
      destination: 'docker',
      registry: 'r.example.org/me',
      tagTemplate: 'a:1',
      platforms: ['linux/arm64', 'linux/amd64']
    },
    {
      destination: 'registry',
      registry: 'r.example.org/team',
      platforms: ['linux/amd64'],
      locked: ['destination', 'registry', 'tag_template', 'platforms']
    },
    [
      'destination: docker -> r.example.org/team',
      'registry: r.example.org/me -> r.example.org/team',
      'tagTemplate: a:1 -> {notebook}:latest',
      'platforms: linux/amd64, linux/arm64 -> linux/amd64'
    ]
  ],
  'a registry that is fixed to none': [
    { registry: 'r.example.org/me' },
    { locked: ['registry'] },
    ['registry: r.example.org/me -> none']
  ],
  'platforms in another order are the same': [
    { platforms: ['linux/arm64', 'linux/amd64'] },
    { platforms: ['linux/amd64', 'linux/arm64'], locked: ['platforms'] },
    []
  ]
};

test.each(Object.entries(CASES))('overruled is %s', (_, each) => {
  const [user, server, expected] = each;
  const found = overruled(
    { ...DEFAULTS, ...user },
    makeSettings(server),
    trans
  );
  expect(
    found.map(({ setting, own, fixed }) => `${setting}: ${own} -> ${fixed}`)
  ).toEqual(expected);
});

describe('watchOverruled', () => {
  let model: SettingsModel;
  let told: string[];

  beforeEach(() => {
    const server = new FakeServer();
    server.answers.set('GET settings', () =>
      makeSettings({ locked: ['tag_template'] })
    );
    const serverSettings = server.settings();
    model = new SettingsModel(new ContainerizeClient({ serverSettings }));
    told = [];
    watchOverruled(model, trans, message => told.push(message));
  });

  /** Set a value, and give what it leads to time. */
  async function set(tagTemplate: string): Promise<void> {
    await model.set('tagTemplate', tagTemplate);
    await model.refresh();
  }

  it('tells once, not with every letter that is typed', async () => {
    await set('a');
    await set('a:1');
    expect(told).toEqual([
      'Names of images: fixed by the administrator. {notebook}:latest counts, not what you set.'
    ]);
    await set('');
    await set('b');
    expect(told).toHaveLength(2);
  });

  it('tells nothing of what counts', async () => {
    await model.set('destination', 'docker');
    await model.refresh();
    await set('{notebook}:latest');
    expect(told).toEqual([]);
  });
});
