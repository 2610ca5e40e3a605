import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Menu } from '@lumino/widgets';

/** JupyterLab's own id of File > Save and Export Notebook As. */
const EXPORT_MENU = 'jp-mainmenu-file-notebookexport';

/** The exporter's name, as nbconvert's entry point has it. */
const FORMAT = 'serving-image';

/**
 * Gives our export format its name in the File menu.
 *
 * JupyterLab makes the label of a format that it does not know from the format's name, once the
 * first notebook is open, and has no place to register another; so we look at what is added.
 */
export const exportPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:export',
  description: 'Names the serving image among the export formats.',
  autoStart: true,
  optional: [IMainMenu, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    mainMenu: IMainMenu | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const menu = mainMenu?.fileMenu.items.find(
      item => item.submenu?.id === EXPORT_MENU
    )?.submenu;
    if (menu) {
      nameFormat(menu, FORMAT, trans.__('Serving image (OCI archive)'));
    }
  }
};

/** Let a menu show `format` as `label`, whether it is there already or is added later. */
export function nameFormat(menu: Menu, format: string, label: string): void {
  const insertItem = menu.insertItem.bind(menu);
  const named = (options: Menu.IItemOptions): Menu.IItemOptions =>
    options.args?.format === format
      ? { ...options, args: { ...options.args, label } }
      : options;
  // addItem calls insertItem.
  menu.insertItem = (index, options) => insertItem(index, named(options));
  menu.items.forEach((item, index) => {
    if (item.args.format === format && item.args.label !== label) {
      menu.removeItemAt(index);
      menu.insertItem(index, { command: item.command, args: item.args });
    }
  });
}
