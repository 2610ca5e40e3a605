import { clientPlugin } from './api/plugin';
import { buildsPlugin } from './builds/plugin';
import { choicesPlugin } from './choices/plugin';
import { commandsPlugin } from './commands';
import { exportPlugin } from './export/plugin';
import { settingsPlugin } from './settings/plugin';
import { sidebarPlugin } from './sidebar/plugin';
import { statusPlugin } from './status/plugin';

export {
  CommandIDs,
  IBuilds,
  IContainerizeClient,
  ISettings,
  IStateChoices
} from './tokens';

export default [
  clientPlugin,
  buildsPlugin,
  choicesPlugin,
  commandsPlugin,
  exportPlugin,
  settingsPlugin,
  sidebarPlugin,
  statusPlugin
];
