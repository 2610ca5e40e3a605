import { nullTranslator } from '@jupyterlab/translation';

import { ContainerizeClient } from '../../api/client';
import type { RecordedEvent } from '../../api/types';
import { LogModel } from '../../builds/log';
import { Steps } from '../../builds/reduce';
import { speedLabel } from '../../builds/progress';
import { Finder } from '../../builds/search';
import { Wrapping } from '../../builds/wrapping';
import type { ILogLine, IStep } from '../../tokens';
import { FakeServer, makeBuild } from '../server';

function lines(...texts: string[]): ILogLine[] {
  return texts.map((text, seq) => ({ seq, time: '', level: 'info', text }));
}

describe('LogModel', () => {
  it('reads a long log in parts, and has each line once', async () => {
    const server = new FakeServer();
    server.add(makeBuild('b1'));
    for (let number = 0; number < 9000; number++) {
      server.record('b1', { event: 'log_line', text: `line ${number}` });
    }
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    const log = new LogModel(client, 'b1');
    const first = log.load();
    log.receive(server.events.slice(-1));
    // Asked once more meanwhile, as after a connection that was lost.
    await Promise.all([first, log.load()]);
    expect(log.state.status).toBe('ready');
    expect(log.state.count).toBe(9000);
    expect(log.state.lines[8999]?.text).toBe('line 8999');
    expect(server.calls.length).toBeGreaterThanOrEqual(3);
  });

  it('breaks what is several lines, without colours', async () => {
    const server = new FakeServer();
    server.add(makeBuild('b1'));
    server.record('b1', {
      event: 'log_line',
      text: '\x1b[31mone\x1b[0m\r\ntwo\tthree\n'
    });
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    const log = new LogModel(client, 'b1');
    await log.load();
    expect(log.state.lines.map(line => line.text)).toEqual([
      'one',
      'two    three'
    ]);
  });
});

describe('Wrapping', () => {
  it('finds the line of each row and the row of each line', () => {
    const wrapping = new Wrapping(4);
    wrapping.extend(lines('a', '1234567', 'b'), 2);
    wrapping.extend(lines('a', '1234567', 'b'), 3);
    // The second line takes three rows: 4 letters, then 2 and 1 that hang.
    expect(wrapping.rows).toBe(5);
    expect([0, 1, 2, 3, 4, 9].map(row => wrapping.lineAt(row))).toEqual([
      0, 1, 1, 1, 2, 2
    ]);
    expect([0, 1, 2].map(line => wrapping.rowOf(line))).toEqual([0, 1, 4]);
    expect(wrapping.heightOf(1)).toBe(3);
  });

  it('has no rows without lines', () => {
    const wrapping = new Wrapping(80);
    expect(wrapping.rows).toBe(0);
    expect(wrapping.lineAt(-8)).toBe(0);
  });
});

describe('Finder', () => {
  it('finds whatever the case, and goes on where it was', () => {
    const all = lines('Numpy', 'pandas', 'numpy again');
    const finder = new Finder('NUMPY');
    expect(finder.extend(all, 2)).toBe(false);
    expect(finder.hits).toEqual([0]);
    finder.extend(all, 3);
    expect(finder.hits).toEqual([0, 2]);
  });

  it('looks at a long log in parts', () => {
    const all = lines(...Array.from({ length: 50_000 }, () => 'x'));
    const finder = new Finder('x');
    expect(finder.extend(all, all.length)).toBe(true);
    while (finder.extend(all, all.length)) {
      // Until all was looked at.
    }
    expect(finder.hits).toHaveLength(50_000);
  });
});

describe('Steps', () => {
  const trans = nullTranslator.load('');

  function progress(
    second: number,
    step: string,
    done: number,
    total: number | null,
    unit = 'bytes'
  ): RecordedEvent {
    return {
      seq: second,
      build: 'b1',
      time: `2026-11-22T10:00:${String(second).padStart(2, '0')}Z`,
      event: { event: 'progress', phase: 'build', step, done, total, unit }
    };
  }

  it('knows the rate after a second, and the time left', () => {
    const steps = new Steps();
    steps.receive(progress(0, 'Downloading', 0, 100_000_000), 0);
    expect(steps.list()[0]?.rate).toBeNull();
    steps.receive(progress(5, 'Downloading', 50_000_000, 100_000_000), 5000);
    const [step] = steps.list() as [IStep];
    expect(step.rate).toBe(10_000_000);
    expect(speedLabel(step, 5000, trans)).toBe('10 MB/s, 5 s left');
    expect(speedLabel(step, 20_000, trans)).toBe('Nothing has come for 15 s');
  });

  it('goes by the last seconds, not by the whole time', () => {
    const steps = new Steps();
    steps.receive(progress(0, 'Downloading', 0, null), 0);
    steps.receive(progress(30, 'Downloading', 1_000_000, null), 0);
    steps.receive(progress(40, 'Downloading', 51_000_000, null), 0);
    expect(steps.list()[0]?.rate).toBe(5_000_000);
  });

  it('shows what goes on side by side, and not what is done', () => {
    const steps = new Steps();
    steps.receive(progress(0, 'Downloading', 1, 10), 0);
    steps.receive(progress(1, 'Making layers', 1, 3, 'items'), 0);
    expect(steps.list().map(({ step }) => step)).toEqual([
      'Making layers',
      'Downloading'
    ]);
    steps.receive(progress(2, 'Downloading', 10, 10), 0);
    expect(steps.list().map(({ step }) => step)).toEqual(['Making layers']);
    steps.receive(
      { ...progress(3, '', 0, 0), event: { event: 'phase_finished' } },
      0
    );
    expect(steps.list()).toEqual([]);
  });
});
