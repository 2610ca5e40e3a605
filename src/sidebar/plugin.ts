import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { BuildsPanel } from '../builds/panel';
import { ImageActions } from '../images/actions';
import { ImagesModel } from '../images/model';
import { ImagesPanel } from '../images/panel';
import { Marker } from '../marks/marker';
import { BuiltModel } from '../preview/built';
import type { INotebookSource } from '../preview/model';
import { PreviewModel } from '../preview/model';
import { PreviewPanel } from '../preview/panel';
import { PlanModel } from '../preview/plan';
import { TrackedNotebook } from '../preview/source';
import { withSettings } from '../settings/client';
import { SettingsPanel } from '../settings/panel';
import {
  CommandIDs,
  IBuilds,
  IContainerizeClient,
  IContainers,
  ISettings,
  IStateChoices,
  SIDEBAR_ID
} from '../tokens';
import { TryModels } from '../tryit/model';
import { renderContainer } from '../tryit/panel';
import type { GoToCell } from '../ui/cell-link';
import { openNotebook } from '../welcome/open';
import { WelcomePanel } from '../welcome/panel';
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
  requires: [
    IContainerizeClient,
    IBuilds,
    IContainers,
    IStateChoices,
    ISettings
  ],
  optional: [INotebookTracker, IDocumentManager, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IContainerizeClient,
    builds: IBuilds,
    containers: IContainers,
    choices: IStateChoices,
    settings: ISettings,
    tracker: INotebookTracker | null,
    manager: IDocumentManager | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const { contents } = app.serviceManager;
    const source = tracker
      ? new TrackedNotebook(tracker, contents)
      : NO_NOTEBOOK;
    const asking = withSettings(client, settings);
    const preview = new PreviewModel({
      client: asking,
      choices,
      source,
      trans
    });
    const plan = new PlanModel({
      builds,
      client: asking,
      preview,
      settings,
      trans
    });
    const built = new BuiltModel({ builds, client, notebook: preview });
    const images = new ImagesModel({ client, notebook: source, trans });
    const tries = new TryModels(client, containers, trans);
    const marker = tracker && new Marker({ contents, preview, tracker, trans });

    // The signal may have been emitted before there was anybody to hear it; JupyterLab's own start goes first.
    void app.restored.then(() => images.refresh());
    builds.imagesMayHaveChanged.connect(() => {
      void images.refresh();
      if (preview.state.status === 'failed') {
        void preview.reload();
      }
    });

    // Whether an image is of the notebook as it is saved changes with every save.
    contents.fileChanged.connect((_, { type, newValue }) => {
      if (type === 'save' && newValue?.type === 'notebook') {
        void images.refresh();
      }
    });

    const run = (command: string, args: ReadonlyPartialJSONObject) =>
      void app.commands.execute(command, args);
    const onGoToCell: GoToCell = place =>
      run(CommandIDs.goToCell, { ...place });
    const sidebar = new Sidebar({
      caption: trans.__('Containerize'),
      sections: [
        new WelcomePanel({
          builds,
          images,
          notebook: preview,
          trans,
          onOpen: () => {
            if (manager) {
              void openNotebook(manager, translator ?? nullTranslator, trans);
            }
          }
        }),
        new PreviewPanel({
          model: preview,
          plan,
          built,
          settings,
          trans,
          onGoToCell,
          onBuild: path => run(CommandIDs.build, { path })
        }),
        new BuildsPanel({
          builds,
          settings,
          trans,
          onGoToCell,
          onRetry: build => run(CommandIDs.retryBuild, { id: build.id }),
          logUrl: id => client.logUrl(id)
        }),
        new ImagesPanel({
          model: images,
          builds,
          containers,
          settings,
          actions: new ImageActions({
            model: images,
            builds,
            client,
            containers,
            settings,
            trans
          }),
          renderContainer: container =>
            renderContainer(container, { client, containers, tries, trans }),
          trans
        }),
        new SettingsPanel({
          settings,
          trans,
          onOpen: () => run(CommandIDs.openSettings, {})
        })
      ],
      onLook: isVisible => {
        preview.isActive = isVisible;
        mark();
        if (isVisible) {
          void settings.refresh();
        }
      }
    });
    const mark = () => {
      if (marker) {
        marker.isShown = sidebar.isVisible && settings.state.user.markCells;
      }
    };
    settings.changed.connect(mark);
    let { tagTemplate } = settings.state.user;
    settings.changed.connect(() => {
      if (settings.state.user.tagTemplate !== tagTemplate) {
        ({ tagTemplate } = settings.state.user);
        void preview.reload();
      }
    });
    app.shell.add(sidebar, 'left', { rank: 550, type: 'Containerize' });
    restorer?.add(sidebar, SIDEBAR_ID);
  }
};
