import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { BuildsPanel } from '../builds/panel';
import { ImagesModel } from '../images/model';
import { ImagesPanel } from '../images/panel';
import { BuiltModel } from '../preview/built';
import type { INotebookSource } from '../preview/model';
import { PreviewModel } from '../preview/model';
import { PreviewPanel } from '../preview/panel';
import { PlanModel } from '../preview/plan';
import { TrackedNotebook } from '../preview/source';
import {
  CommandIDs,
  IBuilds,
  IContainerizeClient,
  IStateChoices,
  SIDEBAR_ID
} from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { Sidebar } from './sidebar';

/** Where there is no notebook tracker (Notebook 7's file list), no notebook is current. */
const NO_NOTEBOOK: INotebookSource = {
  current: null,
  changed: new Signal<object, void>({})
};

/** Adds the sidebar with its three sections. */
export const sidebarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:sidebar',
  description:
    'Shows what a notebook’s image would hold, the builds and the images.',
  autoStart: true,
  requires: [IContainerizeClient, IBuilds, IStateChoices],
  optional: [INotebookTracker, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IContainerizeClient,
    builds: IBuilds,
    choices: IStateChoices,
    tracker: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const { contents } = app.serviceManager;
    const source = tracker
      ? new TrackedNotebook(tracker, contents)
      : NO_NOTEBOOK;
    const preview = new PreviewModel({ client, choices, source, trans });
    const plan = new PlanModel({ builds, client, preview, trans });
    const built = new BuiltModel({ builds, client, notebook: preview });
    const images = new ImagesModel(client, trans);

    // The signal may have been emitted before there was anybody to hear it.
    void images.refresh();
    builds.imagesMayHaveChanged.connect(() => {
      void images.refresh();
      if (preview.state.status === 'failed') {
        void preview.reload();
      }
    });

    const run = (command: string, args: ReadonlyPartialJSONObject) =>
      void app.commands.execute(command, args);
    const onGoToCell: GoToCell = place =>
      run(CommandIDs.goToCell, { ...place });
    const sidebar = new Sidebar({
      caption: trans.__('Containerize'),
      sections: [
        new PreviewPanel({
          model: preview,
          plan,
          built,
          trans,
          onGoToCell,
          onBuild: path => run(CommandIDs.build, { path })
        }),
        new BuildsPanel({
          builds,
          trans,
          onGoToCell,
          onRetry: build => run(CommandIDs.retryBuild, { id: build.id }),
          logUrl: id => client.logUrl(id)
        }),
        new ImagesPanel({ model: images, trans })
      ],
      onLook: isVisible => {
        preview.isActive = isVisible;
      }
    });
    app.shell.add(sidebar, 'left', { rank: 550, type: 'Containerize' });
    restorer?.add(sidebar, SIDEBAR_ID);
  }
};
