import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

import { ContainerizeClient } from '../../api/client';
import type { Image, Running, Settings } from '../../api/types';
import { BuildsModel } from '../../builds/model';
import { loadCommand } from '../../images/actions';
import { pushed, registriesOf, splitName } from '../../images/groups';
import { ImagesModel } from '../../images/model';
import type { IImageActions } from '../../images/panel';
import { ImagesSection } from '../../images/panel';
import type { ISettings, ISettingsState } from '../../tokens';
import { ContainersModel } from '../../tryit/containers';
import { FakeServer, makeBuild, PROBLEM, until } from '../server';

function makeImage(name: string, fields: Partial<Image> = {}): Image {
  return {
    digest: `sha256:${name}`,
    tags: [`${name}:latest`],
    size_bytes: 313_000_000,
    created: '2026-11-22T10:00:00Z',
    notebook: `${name}.ipynb`,
    run_command: `docker run ${name}`,
    platforms: ['linux/amd64'],
    where: ['store'],
    path: `work/${name}.ipynb`,
    notebook_digest: '',
    changed: null,
    running: [],
    ...fields
  };
}

const CONTAINER: Running = {
  id: 'r1',
  image: 'iris:latest',
  digest: 'sha256:iris',
  engine: 'bubblewrap',
  url: 'http://127.0.0.1:40123',
  state: 'running',
  started: '2026-11-22T10:00:00Z',
  problem: null
};

const SETTINGS = {
  runner: { name: null, reasons: [['bubblewrap', 'it is not installed']] },
  can: { build: true, run: true, push: true, delete: true }
} as unknown as Settings;

describe('ImagesSection', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let client: ContainerizeClient;
  let builds: BuildsModel;
  let containers: ContainersModel;
  let images: ImagesModel;
  let settings: Settings | null;
  let node: HTMLElement;
  let done: string[];
  let unmount: () => void;

  const actions: IImageActions = {
    run: image => void containers.start(image.digest),
    stop: container => done.push(`stop ${container.id}`),
    openMenu: image => done.push(`menu ${image.digest}`),
    removeName: (_, tag) => done.push(`remove ${tag}`),
    dismissRefusal: () => containers.dismissRefusal()
  };

  async function show(text: string, current = ''): Promise<void> {
    // It reads the builds that there are by now.
    builds = new BuildsModel({ client, trans });
    images = new ImagesModel({
      client,
      trans,
      notebook: { current: { path: current }, changed: new Signal({}) }
    });
    const state = { server: settings } as ISettingsState;
    const root = createRoot(node);
    unmount = () => root.unmount();
    root.render(
      <ImagesSection
        model={images}
        builds={builds}
        containers={containers}
        settings={{ state, changed: new Signal({}) } as unknown as ISettings}
        actions={actions}
        renderContainer={({ url }) => <p>form of {url}</p>}
        trans={trans}
      />
    );
    await images.refresh();
    await until(() => node.textContent.includes(text));
  }

  function buttons(name: string): HTMLButtonElement[] {
    return [...node.querySelectorAll('button')].filter(
      each => (each.getAttribute('aria-label') ?? each.textContent) === name
    );
  }

  function click(name: string): void {
    flushSync(() => buttons(name)[0]?.click());
  }

  const titles = () =>
    [...node.querySelectorAll('h3')].map(each => each.textContent);

  beforeEach(() => {
    server = new FakeServer();
    server.answers.set('GET running', () => ({ running: [] }));
    client = new ContainerizeClient({ serverSettings: server.settings() });
    containers = new ContainersModel({ client, trans });
    settings = null;
    done = [];
    node = document.body.appendChild(document.createElement('div'));
  });

  afterEach(() => {
    unmount();
    [images, containers, builds].forEach(model => model.dispose());
    node.remove();
  });

  it('says that there are none yet', async () => {
    await show('No images yet');
  });

  it('groups by notebook, the current one first', async () => {
    server.images = [
      makeImage('new'),
      makeImage('iris', { changed: true }),
      makeImage('pulled', { path: '', notebook: '' }),
      makeImage('far', { path: '' }),
      makeImage('old', { path: 'work/new.ipynb' })
    ];
    await show('Not made', 'work/iris.ipynb');
    expect(titles()).toEqual([
      'iris.ipynbthis notebook',
      'new.ipynb',
      'Not made from a notebook',
      'far.ipynbbuilt elsewhere'
    ]);
    expect(node.textContent).toContain('The notebook has changed since');
    // Only the newest of the current notebook shows everything at once.
    expect(node.textContent).toContain('docker run iris');
    expect(node.textContent).not.toContain('docker run new');
    flushSync(() => {
      node.querySelector<HTMLElement>('[title="new:latest"]')?.click();
    });
    expect(node.textContent).toContain('docker run new');
  });

  it('shows a part of many, all on demand, and finds one', async () => {
    server.images = Array.from({ length: 40 }, (_, index) =>
      makeImage(`n${index}`, { path: `n${index % 10}.ipynb` })
    );
    await show('n0.ipynb');
    const count = () => node.querySelectorAll('li').length;
    expect(count()).toBe(16);
    click('Show the images of 2 more notebooks');
    await until(() => count() === 20);
    click('Show 2 older images');
    await until(() => count() === 22);
    const search = node.querySelector('input');
    const type = (text: string) =>
      flushSync(() => {
        Object.getOwnPropertyDescriptor(
          HTMLInputElement.prototype,
          'value'
        )?.set?.call(search, text);
        search?.dispatchEvent(new Event('input', { bubbles: true }));
      });
    type('sha256:n39');
    await until(() => count() === 1);
    type('nothing like it');
    await until(() => node.textContent.includes('No image is found'));
  });

  it('runs, shows what runs, and stops', async () => {
    server.images = [makeImage('iris')];
    server.answers.set('POST running', () => CONTAINER);
    await show('iris.ipynb');
    click('Run iris:latest');
    server.answers.set('GET running', () => ({ running: [CONTAINER] }));
    await until(() => node.textContent.includes('form of http://127'));
    expect(buttons('Run iris:latest')).toHaveLength(0);
    click('Stop iris:latest');
    expect(done).toEqual(['stop r1']);
  });

  it('says why it does not run', async () => {
    server.images = [makeImage('iris')];
    server.refusals.set('POST running', 409);
    await show('iris.ipynb');
    click('Run iris:latest');
    await until(() => node.textContent.includes(PROBLEM.title));
    click('Dismiss');
    await until(() => !node.textContent.includes(PROBLEM.title));
  });

  it.each<[string, Settings, string]>([
    ['nothing can', SETTINGS, 'Nothing here can run images\nbubblewrap: it is'],
    [
      'the user may not',
      { ...SETTINGS, can: { ...SETTINGS.can, run: false } },
      'You may look here'
    ]
  ])('does not offer to run where %s', async (_, server_settings, words) => {
    server.images = [makeImage('iris')];
    settings = server_settings;
    await show('iris.ipynb');
    const [run] = buttons('Run iris:latest');
    expect(run?.disabled).toBe(true);
    expect(run?.title).toContain(words);
  });

  it('shows the progress of a push, and where one has gone', async () => {
    server.images = [
      makeImage('iris', { tags: ['iris:latest', 'r.example/a/iris:1'] })
    ];
    const push = { kind: 'push', destination: 'r.example/a/iris:1' } as const;
    server.add(
      makeBuild('p1', {
        ...push,
        tag: 'iris:latest',
        progress: {
          phase: 'export',
          step: 'push',
          done: 1,
          total: 4,
          unit: 'bytes'
        } as never
      })
    );
    await show('Pushing to r.example/a/iris:1');
    await until(() => node.textContent.includes('25 %'));
    click('Remove the name r.example/a/iris:1');
    expect(done).toEqual(['remove r.example/a/iris:1']);

    const report = { digest: 'sha256:iris' } as never;
    const built = [
      makeBuild('a', { ...push, state: 'succeeded', report }),
      makeBuild('b', { ...push, state: 'failed', report }),
      makeBuild('c', { destination: 'docker', state: 'succeeded', report })
    ];
    expect(registriesOf(makeImage('iris'), pushed(built))).toEqual([
      push.destination
    ]);
  });
});

describe('names', () => {
  it.each([
    ['iris:latest', ['iris', ':latest']],
    ['iris', ['iris', '']],
    ['localhost:5000/team/iris:v1', ['iris', ':v1']],
    ['localhost:5000/iris', ['iris', '']]
  ])('%s is split before its tag', (name, parts) => {
    expect(splitName(name)).toEqual(parts);
  });

  it('gives the command that loads the archive', () => {
    expect(loadCommand(makeImage('a', { tags: ['r.io/x/a:1'] }))).toBe(
      'docker load --input r.io-x-a-1.tar'
    );
  });
});
