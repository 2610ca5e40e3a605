import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ContainerizeClient } from '../../api/client';
import type { Image } from '../../api/types';
import type { ICurrentNotebook } from '../../images/model';
import { ImagesModel } from '../../images/model';
import { FakeServer, until } from '../server';

const IMAGE: Image = {
  digest: 'sha256:7dc96f776c84',
  tags: ['iris:latest'],
  size_bytes: 313_000_000,
  created: '2026-11-22T10:00:00Z',
  notebook: 'iris.ipynb',
  run_command: 'docker run iris',
  platforms: ['linux/amd64'],
  where: ['store', 'docker'],
  path: 'iris.ipynb',
  notebook_digest: 'sha256:c16a',
  changed: false,
  running: []
};

class FakeNotebook implements ICurrentNotebook {
  current: { path: string } | null = null;
  changed = new Signal<this, void>(this);

  open(path: string): void {
    this.current = { path };
    this.changed.emit();
  }
}

describe('ImagesModel', () => {
  let server: FakeServer;
  let notebook: FakeNotebook;
  let model: ImagesModel;

  beforeEach(() => {
    server = new FakeServer();
    notebook = new FakeNotebook();
    model = new ImagesModel({
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      notebook,
      trans: nullTranslator.load('')
    });
  });

  afterEach(() => model.dispose());

  function isIn(place: Image['where'][number]): boolean {
    return model.state.images[0]?.where.includes(place) ?? false;
  }

  it('reads the list', async () => {
    server.images = [IMAGE];
    await model.refresh();
    expect(model.state).toMatchObject({
      status: 'ready',
      images: [IMAGE],
      problem: null
    });
  });

  it('reads again what is not all yet, until it is', async () => {
    server.images = [{ ...IMAGE, where: ['store'] }];
    server.isSettled = false;
    await model.refresh();
    expect(model.state.images[0]?.where).toEqual(['store']);
    await until(() => server.callsTo('images').length === 2);
    server.images = [IMAGE];
    server.isSettled = true;
    await until(() => isIn('docker'));
  });

  it('reads once more when it was asked while reading', async () => {
    const first = model.refresh();
    await model.refresh();
    await model.refresh();
    server.images = [IMAGE];
    await first;
    expect(server.callsTo('images')).toHaveLength(2);
    expect(model.state.images).toEqual([IMAGE]);
  });

  it('keeps what it had when the list cannot be read', async () => {
    server.images = [IMAGE];
    await model.refresh();
    server.isDown = true;
    await model.refresh();
    expect(model.state.status).toBe('failed');
    expect(model.state.images).toEqual([IMAGE]);
    expect(model.state.problem?.code).toBe('JC-BROWSER-01');
  });

  it('says anew only when another notebook is current', () => {
    let count = 0;
    model.changed.connect(() => count++);
    notebook.open('iris.ipynb');
    notebook.open('iris.ipynb');
    expect(count).toBe(1);
    expect(model.state.current).toBe('iris.ipynb');
  });

  it('takes one name from an image, or all', async () => {
    await model.remove('sha256:7d', 'iris:old');
    await model.remove('sha256:7d', null);
    const paths = server.calls
      .filter(({ method }) => method === 'DELETE')
      .map(({ path }) => path);
    expect(paths).toEqual([
      'images/sha256%3A7d?tag=iris%3Aold',
      'images/sha256%3A7d'
    ]);
    expect(model.state.pending.size).toBe(0);
  });

  it('keeps why an image is not deleted until that is dismissed', async () => {
    server.refusals.set('DELETE images/sha256%3A7d', 409);
    await model.remove('sha256:7d', null);
    expect(model.state.refusal?.digest).toBe('sha256:7d');
    model.dismissRefusal();
    expect(model.state.refusal).toBeNull();
  });
});
