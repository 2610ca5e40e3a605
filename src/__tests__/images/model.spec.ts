import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { Image } from '../../api/types';
import { ImagesModel } from '../../images/model';
import { FakeServer } from '../server';

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

describe('ImagesModel', () => {
  let server: FakeServer;
  let model: ImagesModel;

  beforeEach(() => {
    server = new FakeServer();
    model = new ImagesModel(
      new ContainerizeClient({ serverSettings: server.settings() }),
      nullTranslator.load('')
    );
  });

  it('reads the list', async () => {
    server.images = [IMAGE];
    await model.refresh();
    expect(model.state).toEqual({
      status: 'ready',
      images: [IMAGE],
      problem: null
    });
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
});
