import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { IContainerizeClient } from '../tokens';
import { ContainerizeClient } from './client';

/** Provides the client of our server side. */
export const clientPlugin: JupyterFrontEndPlugin<IContainerizeClient> = {
  id: 'jupyter-containerize:client',
  description: 'Calls the server side of jupyter-containerize.',
  autoStart: true,
  provides: IContainerizeClient,
  activate: (app: JupyterFrontEnd): IContainerizeClient =>
    new ContainerizeClient({
      serverSettings: app.serviceManager.serverSettings
    })
};
