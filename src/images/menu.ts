import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';

import type { Image, Settings } from '../api/types';

type Action =
  | 'archive'
  | 'compare'
  | 'contents'
  | 'copyLoad'
  | 'copyRun'
  | 'cyclonedx'
  | 'push'
  | 'rebase'
  | 'remove'
  | 'spdx';

export interface IImageMenuOptions {
  image: Image;
  /** Where it opens, and where the focus goes back to. */
  button: HTMLElement;
  /** What this user may do; null: not known. */
  can: Settings['can'] | null;
  isRunning: boolean;
  /** Whether there is another image to compare with. */
  hasOthers: boolean;
  trans: TranslationBundle;
  on: Readonly<Record<Action, () => unknown>>;
}

/** Open the menu of what can be done with an image. */
export function openImageMenu(options: IImageMenuOptions): void {
  const { button, image, on, trans } = options;
  const { can } = options;
  const hasName = image.tags.length > 0;
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  const add = (action: Action, label: string, isEnabled = true) => {
    commands.addCommand(action, {
      label,
      isEnabled: () => isEnabled,
      execute: () => on[action]()
    });
    menu.addItem({ command: action });
  };
  add('contents', trans.__('Show Layers and Packages…'));
  add('compare', trans.__('Compare…'), options.hasOthers);
  menu.addItem({ type: 'separator' });
  add('copyRun', trans.__('Copy Run Command'), image.run_command !== '');
  add('copyLoad', trans.__('Copy “docker load” for the Archive'));
  menu.addItem({ type: 'separator' });
  add('push', trans.__('Push…'), hasName && can?.push !== false);
  add(
    'rebase',
    trans.__('Rebase on the Newest System Packages'),
    hasName && can?.build !== false
  );
  menu.addItem({ type: 'separator' });
  add('archive', trans.__('Export Archive'));
  add('cyclonedx', trans.__('Export Bill of Materials (CycloneDX)'));
  add('spdx', trans.__('Export Bill of Materials (SPDX)'));
  menu.addItem({ type: 'separator' });
  add(
    'remove',
    options.isRunning
      ? trans.__('Delete… (stop it first)')
      : trans.__('Delete…'),
    !options.isRunning && can?.delete !== false
  );
  menu.aboutToClose.connect(() => {
    button.focus();
    // What was chosen is done after this signal.
    setTimeout(() => menu.dispose());
  });
  const { bottom, right } = button.getBoundingClientRect();
  menu.open(right, bottom, { horizontalAlignment: 'right' });
}
