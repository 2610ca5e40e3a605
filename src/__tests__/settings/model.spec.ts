import { nullTranslator } from '@jupyterlab/translation';
import type { PartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { ContainerizeClient } from '../../api/client';
import type { Settings } from '../../api/types';
import { facts } from '../../settings/facts';
import { asked, DEFAULTS, SettingsModel } from '../../settings/model';
import type { IUserSettings } from '../../tokens';
import { FakeServer } from '../server';
import { makeSettings } from './made';

const SERVER = makeSettings();

const OWN: IUserSettings = {
  ...DEFAULTS,
  destination: 'registry',
  registry: 'registry.example.org/me/',
  tagTemplate: '{notebook}:{date}',
  platforms: ['linux/arm64']
};

const ASKED: Record<string, [IUserSettings, Partial<Settings>, object]> = {
  'nothing where nothing is set': [DEFAULTS, {}, {}],
  'what is set': [
    OWN,
    {},
    {
      destination: 'registry.example.org/me/{image}',
      tag: '{notebook}:{date}',
      platforms: ['linux/arm64']
    }
  ],
  'the server’s registry where that is fixed': [
    OWN,
    { locked: ['registry'] },
    {
      destination: 'registry',
      tag: '{notebook}:{date}',
      platforms: ['linux/arm64']
    }
  ],
  'nothing that is fixed': [
    OWN,
    { locked: ['destination', 'tag_template', 'platforms', 'base_image'] },
    {}
  ],
  'an engine by its word': [
    { ...DEFAULTS, destination: 'podman', registry: 'r.example.org' },
    {},
    { destination: 'podman' }
  ]
};

test.each(Object.entries(ASKED))('asked gives %s', (_, each) => {
  const [user, server, expected] = each;
  expect(asked(user, { ...SERVER, ...server })).toEqual(expected);
});

test('asked gives what is set while the server is not known', () => {
  expect(asked(OWN, null)).toHaveProperty('tag', '{notebook}:{date}');
});

describe('SettingsModel', () => {
  class Source {
    readonly changed = new Signal<this, void>(this);
    composite: PartialJSONObject = {};
    readonly written: [string, unknown][] = [];

    set(name: string, value: unknown): Promise<void> {
      this.written.push([name, value]);
      return Promise.resolve();
    }
  }

  let model: SettingsModel;
  let source: Source;

  beforeEach(() => {
    source = new Source();
    const server = new FakeServer();
    server.isDown = true;
    const serverSettings = server.settings();
    model = new SettingsModel(new ContainerizeClient({ serverSettings }));
  });

  it('has defaults, and follows what is set', () => {
    expect(model.state.user.markCells).toBe(true);
    source.composite = { markCells: false, platforms: ['linux/amd64'] };
    model.follow(source);
    expect(model.state.user).toEqual({
      ...DEFAULTS,
      markCells: false,
      platforms: ['linux/amd64']
    });
    source.composite = {};
    source.changed.emit();
    expect(model.state.user).toEqual(DEFAULTS);
  });

  it('takes what is of another type for not set', () => {
    source.composite = {
      markCells: 'no',
      platforms: 'linux/amd64',
      registry: 3
    };
    model.follow(source);
    expect(model.state.user).toEqual(DEFAULTS);
  });

  it('writes what is switched, which counts at once', async () => {
    model.follow(source);
    await model.set('markCells', false);
    expect(source.written).toEqual([['markCells', false]]);
    expect(model.state.user.markCells).toBe(false);
  });

  it('asks for what is fixed before it asks for anything else', async () => {
    expect(await model.asked()).toEqual({});
    source.composite = { platforms: ['linux/arm64'] };
    model.follow(source);
    expect(await model.asked()).toEqual({ platforms: ['linux/arm64'] });
  });

  it('knows nothing of a server that does not answer', async () => {
    await model.refresh();
    expect(model.state.server).toBeNull();
  });
});

test('facts say what counts, and what is fixed', () => {
  const trans = nullTranslator.load('');
  const text = (user: IUserSettings, server: Partial<Settings>) =>
    facts(user, { ...SERVER, ...server }, trans).map(
      fact =>
        `${fact.isLocked ? 'fixed ' : ''}${fact.name}: ${fact.text}` +
        (fact.overruled && `, not ${fact.overruled}`)
    );
  expect(text(OWN, {})).toEqual([
    'Images go to: registry.example.org/me/',
    'Named: {notebook}:{date}',
    'Platforms: linux/arm64',
    'On top of: Debian',
    'Runs with: docker',
    'Stored: 1.2 GB'
  ]);
  const locked = {
    destination: 'registry',
    registry: 'r.example.org/team',
    locked: ['destination', 'registry', 'tag_template', 'platforms'],
    allowed_registries: ['r.example.org'],
    storage_quota_bytes: 10_000_000_000
  } satisfies Partial<Settings>;
  expect(text(OWN, locked)).toEqual([
    'fixed Images go to: r.example.org/team, not registry.example.org/me/',
    'fixed Named: {notebook}:latest, not {notebook}:{date}',
    'fixed Platforms: this server’s own, not linux/arm64',
    'On top of: Debian',
    'Runs with: docker',
    'fixed Stored: 1.2 GB of 10 GB'
  ]);
});
