import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IContainerizeClient, ISettings, SETTINGS_ID } from '../tokens';
import { SettingsModel } from './model';
import { watchOverruled } from './overruled';

/** Long enough to be read beside what is being typed. */
const TOLD_MS = 10_000;

/** Provides the settings; nothing waits for them, they say when they are there. */
export const settingsPlugin: JupyterFrontEndPlugin<ISettings> = {
  id: 'jupyter-containerize:settings',
  description: 'Knows the user’s settings and those of the server.',
  autoStart: true,
  requires: [IContainerizeClient],
  optional: [ISettingRegistry, ITranslator],
  provides: ISettings,
  activate: (
    _: JupyterFrontEnd,
    client: IContainerizeClient,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): ISettings => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const model = new SettingsModel(client);
    registry
      ?.load(SETTINGS_ID)
      .then(settings => {
        model.follow(settings);
        // What was set before is told in the sidebar.
        watchOverruled(model, trans, message => {
          Notification.warning(message, { autoClose: TOLD_MS });
        });
      })
      .catch(() => {
        // Another version's schema, or a broken file: JupyterLab has said so, and the defaults count.
      });
    return model;
  }
};
