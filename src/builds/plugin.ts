import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IBuilds, IContainerizeClient } from '../tokens';
import { BuildsModel } from './model';

/** Provides the builds; one event stream per tab hangs on it. */
export const buildsPlugin: JupyterFrontEndPlugin<IBuilds> = {
  id: 'jupyter-containerize:builds',
  description: 'Follows the builds of notebooks into images.',
  autoStart: true,
  requires: [IContainerizeClient],
  optional: [ITranslator],
  provides: IBuilds,
  activate: (
    _: JupyterFrontEnd,
    client: IContainerizeClient,
    translator: ITranslator | null
  ): IBuilds =>
    new BuildsModel({
      client,
      trans: (translator ?? nullTranslator).load('jupyter_containerize')
    })
};
