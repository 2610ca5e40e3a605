import type { Browser, Page } from '@playwright/test';
import { expect } from '@playwright/test';

interface ITasks {
  /** The processor time of the longest task of the page's main thread. */
  readonly longestCpuMs: number;
  readonly text: string;
}

interface ITraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * Measures the tasks of the page from now on; the answer ends that and gives them.
 *
 * A task that takes long because others have the processor is none of the page's doing, and tests share
 * their machine: what is held to the limit is the processor time, the time on the clock is told.
 */
export async function watchTasks(
  page: Page,
  browser: Browser
): Promise<() => Promise<ITasks>> {
  await page.evaluate(watchLongTasks);
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  return async () => {
    const onClock = await page.evaluate(takeLongTasks);
    const trace = await browser.stopTracing();
    const { traceEvents } = JSON.parse(trace.toString()) as {
      traceEvents: ITraceEvent[];
    };
    const thread = ({ pid, tid }: ITraceEvent) => `${pid}/${tid}`;
    const main = new Set(
      traceEvents
        .filter(event => event.args?.name === 'CrRendererMain')
        .map(thread)
    );
    const tasks = traceEvents.filter(
      event => event.name.endsWith('::RunTask') && main.has(thread(event))
    );
    const longest = tasks.reduce(
      (most, { tdur }) => Math.max(most, (tdur ?? 0) / 1000),
      0
    );
    expect(tasks.length).toBeGreaterThan(100);
    return {
      longestCpuMs: longest,
      text:
        `${tasks.length} tasks, the longest had the processor for ${longest.toFixed(0)} ms; ` +
        `above 50 ms on the clock: ${JSON.stringify(onClock)}`
    };
  };
}

/** Collects tasks above 50 ms from now on; runs in the page. */
function watchLongTasks(): void {
  const found: number[] = [];
  new PerformanceObserver(list => {
    found.push(...list.getEntries().map(entry => Math.round(entry.duration)));
  }).observe({ entryTypes: ['longtask'] });
  (window as unknown as { longTasks: number[] }).longTasks = found;
}

/** Gives what was collected; runs in the page. */
function takeLongTasks(): number[] {
  return (window as unknown as { longTasks: number[] }).longTasks.splice(0);
}

/** Makes the sidebar wide; runs in the page. */
export function widen(): void {
  const split = document.querySelector('#jp-main-split-panel');
  const handle = split?.querySelector(':scope > .lm-SplitPanel-handle');
  const stack = document.querySelector('#jp-left-stack');
  if (!handle || !stack) {
    return;
  }
  const from = handle.getBoundingClientRect();
  const to = stack.getBoundingClientRect().left + 560;
  const at = (x: number) => ({
    bubbles: true,
    cancelable: true,
    button: 0,
    clientX: x,
    clientY: from.top + 50
  });
  handle.dispatchEvent(new PointerEvent('pointerdown', at(from.left + 1)));
  document.dispatchEvent(new PointerEvent('pointermove', at(to)));
  document.dispatchEvent(new PointerEvent('pointerup', at(to)));
}

/** Sets one of the user's settings; runs in the page. */
export async function setSetting(to: {
  name: string;
  value: unknown;
}): Promise<void> {
  const { galata } = window as unknown as {
    galata: {
      getPlugin(id: string): Promise<{
        set(plugin: string, key: string, value: unknown): Promise<void>;
      }>;
    };
  };
  const registry = await galata.getPlugin('@jupyterlab/apputils-extension:settings');
  await registry.set('jupyter-containerize:commands', to.name, to.value);
}
