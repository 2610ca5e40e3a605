import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, IBuilds, IContainers } from '../tokens';
import { RunningContainers } from './containers';
import { RunningBuilds } from './manager';

/** Lists the builds under way and the containers that run in JupyterLab's Running panel, where there is one. */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:running',
  description: 'Lists builds under way, and containers, in the Running panel.',
  autoStart: true,
  requires: [IBuilds, IContainers],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    builds: IBuilds,
    containers: IContainers,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const show = (command: string) => (id: string) =>
      void app.commands.execute(command, { id });
    managers?.add(
      new RunningBuilds({ builds, trans, onOpen: show(CommandIDs.showBuild) })
    );
    managers?.add(
      new RunningContainers({
        containers,
        trans,
        onOpen: show(CommandIDs.showContainer)
      })
    );
  }
};
