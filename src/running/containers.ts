import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Running } from '../api/types';
import type { IContainers } from '../tokens';
import { containerIcon } from '../ui/icons';
import { RunningList } from './list';

/** The containers that run as the Running panel lists things: opened in the sidebar, with the form that asks them. */
export class RunningContainers extends RunningList<Running> {
  constructor(private readonly _options: RunningContainers.IOptions) {
    const { containers, trans } = _options;
    super({
      name: trans.__('Containers'),
      shutdownLabel: trans.__('Stop'),
      shutdownAllLabel: trans.__('Stop All'),
      shutdownAllConfirmationText: trans.__(
        'Stop all containers that were started here?'
      )
    });
    this.follow(containers);
  }

  override refreshRunning(): void {
    // Nothing tells of them, so that the list is behind now and then.
    void this._options.containers.refresh();
    super.refreshRunning();
  }

  protected live(): readonly Running[] {
    return this._options.containers.state.containers.filter(
      ({ state }) => state === 'starting' || state === 'running'
    );
  }

  protected detail({ id, state, url }: Running): string {
    const { containers, trans } = this._options;
    if (containers.state.pending.has(id)) {
      return trans.__('stopping');
    }
    return state === 'starting'
      ? trans.__('starting')
      : trans.__('port %1', new URL(url).port);
  }

  protected item(container: Running): IRunningSessions.IRunningItem {
    const { trans, onOpen } = this._options;
    const { digest, engine, id, image, url } = container;
    return {
      context: 'containerize-container',
      icon: () => containerIcon,
      label: () => image,
      labelTitle: () =>
        trans.__('%1\n%2\n%3, run by %4', image, digest, url, engine),
      open: () => onOpen(id)
    };
  }

  protected stop({ id }: Running): void {
    // Asked twice, the second time finds nothing.
    if (!this._options.containers.state.pending.has(id)) {
      void this._options.containers.stop(id);
    }
  }
}

export namespace RunningContainers {
  export interface IOptions {
    containers: IContainers;
    trans: TranslationBundle;
    /** Show a container. */
    onOpen: (id: string) => void;
  }
}
