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
import type { ICellPlace } from './tokens';
import { CommandIDs, IBuilds, IStateChoices, SIDEBAR_ID } from './tokens';
import { containerIcon } from './ui/icons';

/** Adds the commands, and puts them into the palette; the schema puts them elsewhere. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:commands',
  description: 'Adds the commands that build images from notebooks.',
  autoStart: true,
  requires: [IBuilds, IStateChoices],
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
      isEnabled: args => chosen.paths(args).length > 0,
      execute: async args => {
        const paths = chosen.paths(args);
        await commands.execute(CommandIDs.openSidebar);
        for (const path of paths) {
          if (await chosen.save(path)) {
            const state = choices.get(path);
            await builds.start({ path, ...(state && { state }) });
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

    const refresh = () => commands.notifyCommandChanged(CommandIDs.build);
    tracker?.currentChanged.connect(refresh);

    const category = trans.__('Containerize');
    for (const command of [CommandIDs.build, CommandIDs.openSidebar]) {
      palette?.addItem({ command, category, args: { isPalette: true } });
    }
  }
};

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
