import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ContainerizeClient } from '../../api/client';
import { StateChoices } from '../../choices/model';
import type { Own } from '../../preview/metadata';
import { withPin } from '../../preview/metadata';
import type { INotebookSource } from '../../preview/model';
import { PreviewModel } from '../../preview/model';
import { FakeServer, PROBLEM, until } from '../server';

/** A notebook of one cell, edited by the test. */
class Source implements INotebookSource {
  readonly changed = new Signal<this, void>(this);
  current: INotebookSource['current'] = null;
  hasKernel = false;
  isSaved = true;
  own: Own = {};

  edit(path: string, source: string): void {
    this.current = {
      path,
      content: () => ({
        cells: [{ cell_type: 'code', source }],
        ...(Object.keys(this.own).length > 0 && {
          metadata: { containerize: this.own }
        })
      }),
      hasKernel: this.hasKernel,
      own: () => this.own,
      write: own => {
        this.own = own;
        this.changed.emit();
      },
      save: () => Promise.resolve(this.isSaved)
    };
    this.changed.emit();
  }

  /** The same notebook, saved at this time. */
  save(saved: string): void {
    if (this.current) {
      this.current = { ...this.current, saved };
    }
    this.changed.emit();
  }

  /** A notebook that is open and not read yet. */
  load(path: string): void {
    this.current = {
      path,
      content: () => null,
      hasKernel: false,
      own: () => ({}),
      write: () => undefined,
      save: () => Promise.resolve(false)
    };
    this.changed.emit();
  }

  close(): void {
    this.current = null;
    this.changed.emit();
  }
}

describe('PreviewModel', () => {
  let server: FakeServer;
  let source: Source;
  let choices: StateChoices;
  let model: PreviewModel;

  beforeEach(() => {
    server = new FakeServer();
    source = new Source();
    choices = new StateChoices(null);
    model = new PreviewModel({
      choices,
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      source,
      trans: nullTranslator.load(''),
      pauseMs: 10
    });
  });

  afterEach(() => model.dispose());

  it('asks nothing while nobody looks', async () => {
    source.edit('iris.ipynb', 'import pandas');
    await model.refresh();
    expect(server.calls).toEqual([]);
    model.isActive = true;
    await until(() => model.state.status === 'ready');
  });

  it('previews the notebook as it stands in the editor', async () => {
    model.isActive = true;
    source.edit('iris.ipynb', 'import pandas');
    expect(model.state).toMatchObject({
      status: 'loading',
      path: 'iris.ipynb'
    });
    await until(() => model.state.status === 'ready');
    expect(model.state.preview?.notebook).toBe('iris.ipynb');
    expect(server.calls[0]?.body).toEqual({
      path: 'iris.ipynb',
      content: { cells: [{ cell_type: 'code', source: 'import pandas' }] }
    });
  });

  it('asks once for many edits', async () => {
    model.isActive = true;
    source.edit('iris.ipynb', '1');
    await until(() => model.state.status === 'ready');
    for (const text of ['12', '123', '1234']) {
      source.edit('iris.ipynb', text);
    }
    await until(() => server.calls.length === 2);
    expect(JSON.stringify(server.calls[1]?.body)).toContain('1234');
    expect(model.state.preview).not.toBeNull();
  });

  it('does not ask again for a notebook that did not change', async () => {
    model.isActive = true;
    source.edit('iris.ipynb', '1');
    await until(() => model.state.status === 'ready');
    await model.refresh();
    expect(server.calls).toHaveLength(1);
    await model.reload();
    expect(server.calls).toHaveLength(2);
  });

  it('asks again when the notebook was saved, as its outputs may be others', async () => {
    model.isActive = true;
    source.edit('iris.ipynb', '1');
    await until(() => model.state.status === 'ready');
    source.save('10:01');
    await until(() => server.calls.length === 2);
    source.save('10:01');
    await model.refresh();
    expect(server.calls).toHaveLength(2);
  });

  it('shows the notebook that is current, not the one that answers last', async () => {
    model.isActive = true;
    let release = () => {};
    server.hold = new Promise(resolve => (release = resolve));
    source.edit('a.ipynb', '1');
    await until(() => server.calls.length === 1);
    const slow = server.hold;
    server.hold = Promise.resolve();
    source.edit('b.ipynb', '1');
    await until(() => model.state.status === 'ready');
    release();
    await slow;
    await until(() => server.calls.length >= 2);
    expect(model.state.path).toBe('b.ipynb');
    expect(model.state.preview?.notebook).toBe('b.ipynb');
  });

  it('shows why it has no preview', async () => {
    server.refusals.set('POST preview', 400);
    model.isActive = true;
    source.edit('iris.ipynb', '1');
    await until(() => model.state.status === 'failed');
    expect(model.state.problem).toEqual(PROBLEM);
    server.refusals.clear();
    source.edit('iris.ipynb', '12');
    await until(() => model.state.status === 'ready');
    expect(model.state.problem).toBeNull();
  });

  it('is empty when the last notebook is closed', async () => {
    model.isActive = true;
    source.edit('iris.ipynb', '1');
    await until(() => model.state.status === 'ready');
    source.close();
    expect(model.state.status).toBe('none');
  });

  it('asks for what the user chose, of this notebook alone', async () => {
    model.isActive = true;
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    expect(model.state.choice).toBeNull();
    model.choose('startup');
    expect(model.state.choice).toBe('startup');
    await until(() => server.calls.length === 2);
    expect(server.calls[1]?.body).toMatchObject({ state: 'startup' });
    source.edit('b.ipynb', '1');
    await until(() => server.calls.length === 3);
    expect(server.calls[2]?.body).not.toHaveProperty('state');
    expect(model.state.choice).toBeNull();
    source.edit('a.ipynb', '1');
    expect(model.state.choice).toBe('startup');
  });

  it('knows whether a kernel runs, without asking again', async () => {
    model.isActive = true;
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    expect(model.state.hasKernel).toBe(false);
    source.hasKernel = true;
    source.edit('a.ipynb', '1');
    expect(model.state.hasKernel).toBe(true);
    await model.refresh();
    expect(server.calls).toHaveLength(1);
  });

  it('asks one question at a time, and the last one in the end', async () => {
    model.isActive = true;
    let release = () => {};
    server.hold = new Promise(resolve => (release = resolve));
    source.edit('a.ipynb', '1');
    await until(() => server.calls.length === 1);
    for (const text of ['12', '123']) {
      source.edit('a.ipynb', text);
      await model.refresh();
    }
    expect(server.calls).toHaveLength(1);
    release();
    await until(() => server.calls.length === 2 && !model.state.isRefreshing);
    expect(JSON.stringify(server.calls[1]?.body)).toContain('"123"');
  });

  it('asks at once when the notebook has been read', async () => {
    const slow = new PreviewModel({
      choices,
      client: new ContainerizeClient({ serverSettings: server.settings() }),
      source,
      trans: nullTranslator.load(''),
      pauseMs: 1_000_000
    });
    slow.isActive = true;
    source.load('iris.ipynb');
    expect(slow.state.status).toBe('loading');
    source.edit('iris.ipynb', '1');
    await until(() => slow.state.status === 'ready');
    slow.dispose();
  });

  it('shows what it knows of a notebook that is current again, and asks', async () => {
    model.isActive = true;
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    source.edit('b.ipynb', '1');
    await until(() => model.state.preview?.notebook === 'b.ipynb');
    source.edit('a.ipynb', '12');
    expect(model.state).toMatchObject({ status: 'ready', isRefreshing: true });
    expect(model.state.preview?.notebook).toBe('a.ipynb');
    await until(() => !model.state.isRefreshing);
    expect(server.calls).toHaveLength(3);
  });

  it('writes an edit into the notebook, previews that, and takes it back', async () => {
    model.isActive = true;
    source.own = { state: 'run' };
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    model.edit(own => withPin(own, 'pandas', '2.1.4'), 'pandas is pinned');
    const pinned = {
      state: 'run',
      dependencies: { pin: { pandas: '2.1.4' } }
    };
    expect(source.own).toEqual(pinned);
    expect(model.state).toMatchObject({
      own: pinned,
      undo: { text: 'pandas is pinned' }
    });
    await until(() => server.calls.length === 2);
    expect(server.calls[1]?.body).toMatchObject({
      content: { metadata: { containerize: pinned } }
    });
    model.undo();
    expect(source.own).toEqual({ state: 'run' });
    expect(model.state.undo).toBeNull();
    await until(() => server.calls.length === 3);
  });

  it('does not take back what somebody else has changed since', async () => {
    model.isActive = true;
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    model.edit(own => withPin(own, 'pandas', '2.1.4'), 'pandas is pinned');
    expect(model.state.undo).not.toBeNull();
    source.own = { ...source.own, serve: 'score' };
    source.changed.emit();
    expect(model.state.undo).toBeNull();
  });

  it('has nothing to take back in another notebook', async () => {
    model.isActive = true;
    source.edit('a.ipynb', '1');
    await until(() => model.state.status === 'ready');
    model.edit(own => withPin(own, 'pandas', '2.1.4'), 'pandas is pinned');
    source.own = {};
    source.edit('b.ipynb', '1');
    expect(model.state).toMatchObject({ own: {}, undo: null });
  });
});
