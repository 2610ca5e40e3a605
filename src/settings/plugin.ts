import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { IContainerizeClient, ISettings, SETTINGS_ID } from '../tokens';
import { SettingsModel } from './model';

/** Provides the settings; nothing waits for them, they say when they are there. */
export const settingsPlugin: JupyterFrontEndPlugin<ISettings> = {
  id: 'jupyter-containerize:settings',
  description: 'Knows the user’s settings and those of the server.',
  autoStart: true,
  requires: [IContainerizeClient],
  optional: [ISettingRegistry],
  provides: ISettings,
  activate: (
    _: JupyterFrontEnd,
    client: IContainerizeClient,
    registry: ISettingRegistry | null
  ): ISettings => {
    const model = new SettingsModel(client);
    registry
      ?.load(SETTINGS_ID)
      .then(settings => model.follow(settings))
      .catch(() => {
        // Another version's schema, or a broken file: JupyterLab has said so, and the defaults count.
      });
    return model;
  }
};
