import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IStateChoices } from '../tokens';
import { StateChoices, tabStorage } from './model';

/** Provides what the user chose for each notebook; the preview shows it, builds follow it. */
export const choicesPlugin: JupyterFrontEndPlugin<IStateChoices> = {
  id: 'jupyter-containerize:choices',
  description:
    'Remembers where the objects of each notebook’s image come from.',
  autoStart: true,
  provides: IStateChoices,
  activate: () => new StateChoices(tabStorage())
};
