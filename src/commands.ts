import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { goToCell } from './navigation';
import type { StartRequest } from './api/types';
import { mayBuild } from './api/types';
import type { ICellPlace } from './tokens';
import {
  CommandIDs,
  IBuilds,
  ISettings,
  IStateChoices,
  SIDEBAR_ID
} from './tokens';
import { containerIcon } from './ui/icons';

/** JupyterLab's own; Notebook 7 has it, too. */
const SETTING_EDITOR = 'settingeditor:open';

/** Adds the commands, and puts them into the palette; the schema puts them elsewhere. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:commands',
  description: 'Adds the commands that build images from notebooks.',
  autoStart: true,
  requires: [IBuilds, IStateChoices, ISettings],
  optional: [
    INotebookTracker,
    IFileBrowserFactory,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    builds: IBuilds,
    choices: IStateChoices,
    settings: ISettings,
    tracker: INotebookTracker | null,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const { commands, shell } = app;
    const chosen = new ChosenNotebooks(app, tracker, browsers);

    commands.addCommand(CommandIDs.build, {
      label: args =>
        args['isPalette'] || args['selected']
          ? trans.__('Containerize Notebook')
          : trans.__('Containerize'),
      caption: trans.__('Build an image that serves this notebook’s function'),
      icon: args => (args['selected'] ? containerIcon : undefined),
      isEnabled: args =>
        chosen.paths(args).length > 0 && mayBuild(settings.state.server),
      execute: async args => {
        const paths = chosen.paths(args);
        if (settings.state.user.autoOpen) {
          await commands.execute(CommandIDs.openSidebar);
        }
        if (!settings.state.server) {
          // What the administrator fixed is not asked for.
          await settings.refresh();
        }
        for (const path of paths) {
          if (await chosen.save(path)) {
            const state = choices.get(path);
            await builds.start(
              askedIn(args) ?? {
                path,
                ...(await settings.asked()),
                ...(state && { state })
              }
            );
          }
        }
      }
    });
    commands.addCommand(CommandIDs.openSidebar, {
      label: trans.__('Show Containerize Sidebar'),
      icon: args => (args['isPalette'] ? undefined : containerIcon),
      execute: () => shell.activateById(SIDEBAR_ID)
    });
    commands.addCommand(CommandIDs.goToCell, {
      label: trans.__('Go to Cell'),
      isVisible: () => false,
      execute: async args => {
        if (tracker) {
          await goToCell(app, tracker, args as unknown as ICellPlace);
        }
      }
    });

    commands.addCommand(CommandIDs.toggleMarks, {
      label: trans.__('Mark Cells That Go into the Image'),
      caption: trans.__(
        'Show beside each cell what becomes of it, while the Containerize sidebar is open'
      ),
      isToggled: () => settings.state.user.markCells,
      isToggleable: true,
      execute: async () => {
        const isOn = !settings.state.user.markCells;
        await settings.set('markCells', isOn);
        if (isOn) {
          // Marks come and go with the sidebar; without it nothing would be seen.
          await commands.execute(CommandIDs.openSidebar);
        }
      }
    });
    commands.addCommand(CommandIDs.openSettings, {
      label: trans.__('Containerize Settings'),
      isVisible: () => commands.hasCommand(SETTING_EDITOR),
      execute: () => commands.execute(SETTING_EDITOR, { query: 'Containerize' })
    });

    const refresh = () => commands.notifyCommandChanged(CommandIDs.build);
    tracker?.currentChanged.connect(refresh);
    settings.changed.connect(() => {
      refresh();
      commands.notifyCommandChanged(CommandIDs.toggleMarks);
    });

    const category = trans.__('Containerize');
    for (const command of [
      CommandIDs.build,
      CommandIDs.openSidebar,
      CommandIDs.toggleMarks,
      CommandIDs.openSettings
    ]) {
      palette?.addItem({ command, category, args: { isPalette: true } });
    }
  }
};

/** The whole request that a build is to be started with: `{asked}`, as one is done again. Null without one. */
function askedIn(args: ReadonlyPartialJSONObject): StartRequest | null {
  const { asked } = args;
  return typeof asked === 'object' && asked !== null
    ? (asked as unknown as StartRequest)
    : null;
}

/** Which notebooks a command is about. Paths are those of the contents manager, without a drive. */
class ChosenNotebooks {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _tracker: INotebookTracker | null,
    private readonly _browsers: IFileBrowserFactory | null
  ) {}

  /** `{path}`, or with `{selected: true}` the file browser's selection, or the current notebook. */
  paths(args: ReadonlyPartialJSONObject): string[] {
    if (typeof args['path'] === 'string') {
      return [args['path']];
    }
    if (args['selected']) {
      const browser = this._browsers?.tracker.currentWidget;
      return [...(browser?.selectedItems() ?? [])]
        .filter(item => item.type === 'notebook')
        .map(item => this._localPath(item.path));
    }
    const panel = this._tracker?.currentWidget;
    return panel ? [this._localPath(panel.context.path)] : [];
  }

  /** Save a notebook if it is open and dirty. False if it could not be: its document says why. */
  async save(path: string): Promise<boolean> {
    const panel = this._tracker?.find(
      open => this._localPath(open.context.path) === path
    );
    if (panel?.context.model.dirty) {
      try {
        await panel.context.save();
      } catch {
        return false;
      }
    }
    return true;
  }

  private _localPath(path: string): string {
    return this._app.serviceManager.contents.localPath(path);
  }
}
