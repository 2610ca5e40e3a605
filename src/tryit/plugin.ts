import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, IContainerizeClient, IContainers } from '../tokens';
import { ContainersModel } from './containers';

/** Provides the containers that the server runs, and the commands that start, show and stop them. */
export const containersPlugin: JupyterFrontEndPlugin<IContainers> = {
  id: 'jupyter-containerize:containers',
  description: 'Follows the containers that were started from images here.',
  autoStart: true,
  provides: IContainers,
  requires: [IContainerizeClient],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IContainerizeClient,
    translator: ITranslator | null
  ): IContainers => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const containers = new ContainersModel({ client, trans });
    app.commands.addCommand(CommandIDs.runImage, {
      label: trans.__('Run and Try Image'),
      isVisible: () => false,
      execute: async args => {
        await app.commands.execute(CommandIDs.openSidebar);
        return containers.start(args['digest'] as string);
      }
    });
    app.commands.addCommand(CommandIDs.showContainer, {
      label: trans.__('Show Container'),
      isVisible: () => false,
      execute: async args => {
        await app.commands.execute(CommandIDs.openSidebar);
        containers.show(args['id'] as string);
      }
    });
    app.commands.addCommand(CommandIDs.stopContainer, {
      label: trans.__('Stop Container'),
      isVisible: () => false,
      execute: args => containers.stop(args['id'] as string)
    });
    return containers;
  }
};
