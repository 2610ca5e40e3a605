import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds } from '../tokens';
import { nameOf, shortProgress, workLabel } from '../ui/build-words';
import { containerIcon } from '../ui/icons';
import { RunningList } from './list';

/** The builds under way as the Running panel lists things: opened in the sidebar, shut down by cancelling. */
export class RunningBuilds extends RunningList<Build> {
  constructor(private readonly _options: RunningBuilds.IOptions) {
    const { builds, trans } = _options;
    super({
      name: trans.__('Containerize'),
      shutdownLabel: trans.__('Cancel'),
      shutdownAllLabel: trans.__('Cancel All'),
      shutdownAllConfirmationText: trans.__(
        'Cancel all builds that run or wait?'
      )
    });
    this.follow(builds);
  }

  protected live(): readonly Build[] {
    return this._options.builds.state.builds.filter(isLive);
  }

  protected detail(build: Build): string {
    const { builds, trans } = this._options;
    return builds.state.cancelling.has(build.id)
      ? trans.__('cancelling')
      : shortProgress(build, builds.state, trans);
  }

  protected item(build: Build): IRunningSessions.IRunningItem {
    const { trans, onOpen } = this._options;
    return {
      context: 'containerize-build',
      icon: () => containerIcon,
      label: () => nameOf(build),
      labelTitle: () =>
        `${workLabel(build, trans)}\n${build.path || build.tag}`,
      open: () => onOpen(build.id)
    };
  }

  protected stop(build: Build): void {
    void this._options.builds.cancel(build.id);
  }
}

export namespace RunningBuilds {
  export interface IOptions {
    builds: IBuilds;
    trans: TranslationBundle;
    /** Show a build. */
    onOpen: (id: string) => void;
  }
}
