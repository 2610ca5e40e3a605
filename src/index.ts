import { clientPlugin } from './api/plugin';
import { buildsPlugin } from './builds/plugin';
import { choicesPlugin } from './choices/plugin';
import { commandsPlugin } from './commands';
import { exportPlugin } from './export/plugin';
import { sidebarPlugin } from './sidebar/plugin';
import { statusPlugin } from './status/plugin';

export {
  CommandIDs,
  IBuilds,
  IContainerizeClient,
  IStateChoices
} from './tokens';

export default [
  clientPlugin,
  buildsPlugin,
  choicesPlugin,
  commandsPlugin,
  exportPlugin,
  sidebarPlugin,
  statusPlugin
];
