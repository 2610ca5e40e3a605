import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import { ContainerizeClient } from '../../api/client';
import { BuildsModel } from '../../builds/model';
import { BuildsSection } from '../../builds/panel';
import type { ICellPlace, ISettingsState } from '../../tokens';
import { FakeServer, makeBuild, PROBLEM, until } from '../server';

describe('BuildsSection', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let model: BuildsModel;
  let node: HTMLElement;
  let gone: ICellPlace[];
  let retried: string[];
  let unmount: () => void;

  /** Render, and wait until the page shows a text. */
  async function show(text: string, mayBuild = true): Promise<void> {
    const state = { server: { can: { build: mayBuild } } } as ISettingsState;
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    model = new BuildsModel({ client, trans });
    const root = createRoot(node);
    unmount = () => root.unmount();
    root.render(
      <BuildsSection
        builds={model}
        settings={{ state, changed: new Signal({}) }}
        logUrl={id => client.logUrl(id)}
        trans={trans}
        onGoToCell={place => gone.push(place)}
        onRetry={build => retried.push(build.id)}
      />
    );
    await appears(text);
  }

  async function appears(text: string): Promise<void> {
    await until(() => node.textContent.includes(text));
  }

  function button(name: string): HTMLButtonElement {
    const found = [...node.querySelectorAll('button')].find(
      each => (each.getAttribute('aria-label') ?? each.textContent) === name
    );
    if (!found) {
      throw new Error(`No button "${name}"`);
    }
    return found;
  }

  // The page of these tests has no places to scroll to.
  beforeAll(() => {
    Element.prototype.scrollIntoView = () => {};
  });

  beforeEach(() => {
    server = new FakeServer();
    node = document.body.appendChild(document.createElement('div'));
    gone = [];
    retried = [];
  });

  afterEach(() => {
    unmount();
    model.dispose();
    node.remove();
  });

  it('says that there are no builds yet', async () => {
    await show('No builds yet');
  });

  it('says why the builds cannot be read, and shows them later', async () => {
    server.isDown = true;
    server.add(makeBuild('iris'));
    await show('The Jupyter server does not answer');
    server.isDown = false;
    await appears('iris.ipynb');
    expect(node.textContent).not.toContain('does not answer');
  });

  it('announces the phase of the build that runs', async () => {
    server.add(makeBuild('iris', { phase: 'restore' }));
    await show('iris.ipynb');
    const status = node.querySelector('[aria-live="polite"]');
    expect(status?.textContent).toBe('iris.ipynb: restore');
    expect(node.querySelector('[aria-current="step"]')?.textContent).toContain(
      'restore'
    );
  });

  it('shows the problem of a failed build with a link to its cell', async () => {
    server.add(makeBuild('iris', { state: 'failed', problem: PROBLEM }));
    await show(PROBLEM.title);
    expect(node.textContent).toContain(PROBLEM.saw);
    expect(node.textContent).toContain(PROBLEM.todo);
    button('Go to cell 3, line 7').click();
    expect(gone).toEqual([{ path: 'iris.ipynb', cell: 3, line: 7 }]);
  });

  it('folds all builds of a notebook but the latest', async () => {
    const failed = {
      path: 'a.ipynb',
      state: 'failed',
      problem: PROBLEM
    } as const;
    server.add(makeBuild('old', failed));
    server.add(makeBuild('new', failed));
    await show('a.ipynb');
    const isOpen = [...node.querySelectorAll('.jp-Containerize-fold')].map(
      fold => fold.getAttribute('aria-expanded')
    );
    expect(isOpen).toEqual(['true', 'false']);
  });

  it('names what stops, repeats and removes each kind', async () => {
    server.add(
      makeBuild('p', {
        kind: 'push',
        path: '',
        tag: 'iris:latest',
        destination: 'registry.example.org/iris'
      })
    );
    server.add(makeBuild('q', { state: 'queued' }));
    server.add(makeBuild('f', { state: 'failed', problem: PROBLEM }));
    await show('Push to registry.example.org/iris');
    expect(button('Cancel the push of iris:latest')).toBeDefined();
    expect(button('Cancel: take q.ipynb out of the queue')).toBeDefined();
    expect(node.textContent).toContain('Next in the queue');
    button('Build f.ipynb again').click();
    expect(retried).toEqual(['f']);
    button('Remove the build of f.ipynb and its log from this list').click();
    await until(() => !server.builds.has('f'));
  });

  it('offers to those who may look alone nothing but looking', async () => {
    server.add(makeBuild('iris', { state: 'running' }));
    server.add(makeBuild('old', { state: 'failed' }));
    server.add(makeBuild('older', { state: 'cancelled' }));
    await show('iris', false);
    const names = [...node.querySelectorAll('.jp-Containerize-build button')]
      .map(each => each.getAttribute('aria-label'))
      .filter(Boolean);
    expect(names).toEqual([]);
    expect(node.textContent).not.toContain('Remove all');
  });

  it('says that a build stops until it has', async () => {
    server.add(makeBuild('iris'));
    await show('Running');
    let release = () => {};
    server.hold = new Promise(resolve => (release = resolve));
    button('Cancel the build of iris.ipynb').click();
    await appears('Cancelling…');
    release();
    await appears('Cancelled');
  });

  it('keeps what it shows when the connection is lost, and says so', async () => {
    server.add(makeBuild('iris', { phase: 'build' }));
    await show('Running');
    await until(() => model.state.isConnected);
    server.isDown = true;
    server.socket?.lose();
    await appears('No connection to the server');
    expect(node.textContent).toContain('Running');
    expect(node.textContent).not.toContain('Failed');
    server.isDown = false;
    button('Try now').click();
    await until(() => !node.textContent.includes('No connection'));
  });

  it('shows the times of the phases of a build that failed', async () => {
    server.add(
      makeBuild('iris', {
        state: 'failed',
        phase: 'analyze',
        phase_started: '2026-11-22T10:00:03Z',
        finished: '2026-11-22T10:00:08Z',
        timings: { detect: 2.34 }
      })
    );
    await show('Failed');
    const times = [...node.querySelectorAll('.jp-Containerize-stepTime')].map(
      time => time.textContent.trim()
    );
    expect(times).toEqual(['2.3 s', '5 s', '', '', '']);
  });

  it('shows the log, of which little is on the page, and searches in it', async () => {
    server.add(makeBuild('iris'));
    for (let number = 0; number < 3000; number++) {
      server.record('iris', { event: 'log_line', text: `line ${number}` });
    }
    await show('Running');
    model.show('iris', true);
    await appears('line 2999');
    expect(node.querySelectorAll('[data-level]').length).toBeLessThan(60);
    expect(node.textContent).toContain('3,000 lines');
  });

  it('shows older builds on request', async () => {
    for (let number = 0; number < 30; number++) {
      server.add(makeBuild(`n${number}`, { state: 'succeeded' }));
    }
    await show('Show 18 older');
    const rows = () => node.querySelectorAll('.jp-Containerize-build').length;
    expect(rows()).toBe(12);
    button('Show 18 older').click();
    await until(() => rows() === 30);
  });

  it('shows a refusal until it is dismissed', async () => {
    await show('No builds yet');
    server.refusals.set('POST builds', 400);
    await model.start({ path: 'iris.ipynb' });
    await appears(PROBLEM.title);
    expect(node.querySelector('[role="alert"]')?.textContent).toContain(
      PROBLEM.title
    );
    button('Dismiss').click();
    await until(() => !node.textContent.includes(PROBLEM.title));
  });
});
