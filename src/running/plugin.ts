import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, IBuilds } from '../tokens';
import { RunningBuilds } from './manager';

/** Lists the builds under way in JupyterLab's Running panel, where there is one. */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:running',
  description: 'Lists the builds under way in the Running panel.',
  autoStart: true,
  requires: [IBuilds],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    builds: IBuilds,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    managers?.add(
      new RunningBuilds({
        builds,
        trans: (translator ?? nullTranslator).load('jupyter_containerize'),
        onOpen: id => void app.commands.execute(CommandIDs.showBuild, { id })
      })
    );
  }
};
