/** Functions that run in the page: they can name nothing outside of themselves. */

interface IApp {
  jupyterapp: {
    shell: {
      currentWidget: {
        context: { model: { dirty: boolean; getMetadata(key: string): unknown } };
      };
    };
  };
}

export function isDirty(): boolean {
  const { jupyterapp } = window as unknown as IApp;
  return jupyterapp.shell.currentWidget.context.model.dirty;
}

export function ownMetadata(): unknown {
  const { jupyterapp } = window as unknown as IApp;
  const { model } = jupyterapp.shell.currentWidget.context;
  return model.getMetadata('containerize') ?? null;
}

interface IWatched {
  started: number;
  shown: Record<string, number>;
  tasks: number[];
}

/** Note from now on when each notebook's dependencies are shown, and every task above 50 ms. */
export function watch(): void {
  const watched: IWatched = { started: performance.now(), shown: {}, tasks: [] };
  (window as unknown as { watched: IWatched }).watched = watched;
  const sidebar = document.getElementById('jupyter-containerize-sidebar');
  const look = () => {
    const name = sidebar?.querySelector('.jp-Containerize-name')?.textContent;
    if (name && sidebar.querySelector('.jp-Containerize-table')) {
      watched.shown[name] ??= performance.now() - watched.started;
    }
  };
  if (sidebar) {
    new MutationObserver(look).observe(sidebar, {
      subtree: true,
      childList: true,
      characterData: true
    });
  }
  new PerformanceObserver(list => {
    watched.tasks.push(
      ...list.getEntries().map(entry => Math.round(entry.duration))
    );
  }).observe({ type: 'longtask' });
}

/** From asking for a notebook to its preview; of that, waiting for JupyterLab, for the server, and drawing. */
export function shownAfter(name: string): Record<string, number> {
  const { watched } = window as unknown as { watched: IWatched };
  const shown = watched.started + (watched.shown[name] ?? 0);
  const answer = performance
    .getEntriesByType('resource')
    .map(entry => entry as PerformanceResourceTiming)
    .filter(
      entry =>
        entry.name.includes('containerize/preview') &&
        entry.startTime >= watched.started &&
        entry.responseEnd <= shown
    )
    .pop();
  const whole = Math.round(shown - watched.started);
  return answer
    ? {
        whole,
        opening: Math.round(answer.startTime - watched.started),
        server: Math.round(answer.responseEnd - answer.startTime),
        drawing: Math.round(shown - answer.responseEnd)
      }
    : { whole };
}

export function longTasks(): number[] {
  return (window as unknown as { watched: IWatched }).watched.tasks;
}

/** From sending a preview's request to the first byte of its answer. */
export function serverTimes(): number[] {
  return performance
    .getEntriesByType('resource')
    .filter(entry => entry.name.includes('containerize/preview'))
    .map(entry => {
      const { requestStart, responseStart } = entry as PerformanceResourceTiming;
      return Math.round(responseStart - requestStart);
    });
}
