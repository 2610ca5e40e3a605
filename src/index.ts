import { clientPlugin } from './api/plugin';
import { buildCommandsPlugin } from './builds/commands';
import { buildsPlugin } from './builds/plugin';
import { choicesPlugin } from './choices/plugin';
import { commandsPlugin } from './commands';
import { exportPlugin } from './export/plugin';
import { runningPlugin } from './running/plugin';
import { settingsPlugin } from './settings/plugin';
import { sidebarPlugin } from './sidebar/plugin';
import { statusPlugin } from './status/plugin';
import { containersPlugin } from './tryit/plugin';

export {
  CommandIDs,
  IBuilds,
  IContainerizeClient,
  IContainers,
  ISettings,
  IStateChoices
} from './tokens';

export default [
  clientPlugin,
  buildsPlugin,
  buildCommandsPlugin,
  choicesPlugin,
  commandsPlugin,
  containersPlugin,
  exportPlugin,
  runningPlugin,
  settingsPlugin,
  sidebarPlugin,
  statusPlugin
];
