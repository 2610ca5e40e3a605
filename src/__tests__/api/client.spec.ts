import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import {
  explain,
  Refused,
  UnexpectedAnswer,
  Unreachable
} from '../../api/errors';
import { FakeServer, PROBLEM } from '../server';

const trans = nullTranslator.load('');

describe('ContainerizeClient', () => {
  let server: FakeServer;
  let client: ContainerizeClient;

  beforeEach(() => {
    server = new FakeServer();
    client = new ContainerizeClient({ serverSettings: server.settings() });
  });

  it('sends the path and the content below the base URL', async () => {
    const preview = await client.preview({
      path: 'a/iris.ipynb',
      content: { cells: [] }
    });
    expect(preview.notebook).toBe('a/iris.ipynb');
    expect(server.calls).toEqual([
      {
        method: 'POST',
        path: 'preview',
        body: { path: 'a/iris.ipynb', content: { cells: [] } }
      }
    ]);
  });

  it('starts, lists, cancels and forgets builds', async () => {
    const build = await client.startBuild({ path: 'iris.ipynb' });
    expect(build.state).toBe('queued');
    expect((await client.cancelBuild(build.id)).state).toBe('cancelled');
    expect((await client.listBuilds()).builds.map(b => b.id)).toEqual([
      build.id
    ]);
    await client.forgetBuild(build.id);
    expect((await client.listBuilds()).builds).toEqual([]);
  });

  it('asks for events after a seq', async () => {
    const build = await client.startBuild({ path: 'iris.ipynb' });
    server.record(build.id, { event: 'log_line', text: 'hello' });
    const events = await client.listEvents(build.id, 1, 9);
    expect(events.map(recorded => recorded.event.text)).toEqual(['hello']);
  });

  it('rejects with the server’s own Problem', async () => {
    server.refusals.set('POST builds', 400);
    const error = await client
      .startBuild({ path: 'x' })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Refused);
    expect(explain(error, trans)).toEqual(PROBLEM);
  });

  it('tells an absent server from an answer that is not ours', async () => {
    server.isDown = true;
    const lost = await client.listImages().catch((e: unknown) => e);
    expect(lost).toBeInstanceOf(Unreachable);
    expect(explain(lost, trans).code).toBe('JC-BROWSER-01');

    const settings = {
      ...server.settings(),
      fetch: () => Promise.resolve(new Response('<html>', { status: 404 }))
    };
    const other = new ContainerizeClient({ serverSettings: settings });
    const missing = await other.listImages().catch((e: unknown) => e);
    expect(missing).toBeInstanceOf(UnexpectedAnswer);
    expect(explain(missing, trans).code).toBe('JC-BROWSER-02');
  });

  it('explains what it does not know, too', () => {
    const problem = explain(new Error('odd'), trans);
    expect(problem.code).toBe('JC-BROWSER-04');
    expect(problem.saw).toBe('odd');
  });
});
