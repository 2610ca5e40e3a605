import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type {
  Build,
  PlanRequest,
  StartRequest,
  TaskRequest
} from '../api/types';
import { CommandIDs, IBuilds, IContainerizeClient, ISettings } from '../tokens';
import { browserDesktop, Desktop } from './desktop';
import { Endings } from './endings';
import { endNotice } from './notice';

/** Adds what can be done with one build, and says when one has ended. */
export const buildCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:build-commands',
  description: 'Shows and repeats builds, and says when one has ended.',
  autoStart: true,
  requires: [IBuilds, IContainerizeClient],
  optional: [ISettings, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    builds: IBuilds,
    client: IContainerizeClient,
    settings: ISettings | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const { commands } = app;
    const find = (id: unknown) =>
      builds.state.builds.find(build => build.id === id);

    commands.addCommand(CommandIDs.showBuild, {
      label: trans.__('Show Build'),
      isVisible: () => false,
      execute: async args => {
        await commands.execute(CommandIDs.openSidebar);
        builds.show(args['id'] as string, args['log'] === true);
      }
    });
    commands.addCommand(CommandIDs.retryBuild, {
      label: trans.__('Build Again'),
      isVisible: () => false,
      execute: async args => {
        const build = find(args['id']);
        if (build) {
          await again(app, builds, client, build);
        }
      }
    });

    const desktop = new Desktop(
      browserDesktop(),
      id => void commands.execute(CommandIDs.showBuild, { id }),
      () =>
        Notification.warning(
          trans.__(
            'The browser does not allow notifications on the desktop. Change that where it keeps what this site may do.'
          )
        )
    );
    const readSettings = () => {
      const user = settings?.state.user;
      desktop.isWanted =
        user?.notifications === true && user.desktopNotifications;
    };
    readSettings();
    settings?.changed.connect(readSettings);

    const endings = new Endings(builds);
    endings.ended.connect((_, build) => {
      const notice =
        settings?.state.user.notifications === false
          ? null
          : endNotice(build, trans);
      if (notice) {
        desktop.tell(build, notice.message);
        Notification.emit(notice.message, notice.type, {
          autoClose: notice.autoClose,
          actions: notice.actions
            .filter(({ command }) => commands.hasCommand(command))
            .map(({ label, caption, displayType, command, args }) => ({
              label,
              caption,
              displayType,
              callback: () => void commands.execute(command, args)
            }))
        });
      }
    });
  }
};

/** Do what a build did once more, as it was asked for. A notebook is saved first, as whenever it is built. */
async function again(
  app: JupyterFrontEnd,
  builds: IBuilds,
  client: IContainerizeClient,
  build: Build
): Promise<void> {
  const asked = askedOf(build);
  if (build.kind === 'build') {
    await app.commands.execute(CommandIDs.build, { path: build.path, asked });
  } else if (build.kind === 'plan') {
    // It takes the place of the earlier one, which the event stream tells.
    await client.startPlan(asked as unknown as PlanRequest);
  } else {
    await builds.perform(asked as unknown as TaskRequest);
  }
}

/** The request that started a build; of one that an earlier release recorded, as much as is known. */
function askedOf(build: Build): ReadonlyPartialJSONObject {
  const { asked, kind, path, tag, destination } = build;
  if (Object.keys(asked).length > 0) {
    return asked as ReadonlyPartialJSONObject;
  }
  const known: StartRequest | TaskRequest =
    kind === 'push' || kind === 'rebase'
      ? { kind, image: tag, ...(destination && { destination }) }
      : {
          path,
          ...(tag && { tag }),
          ...(destination && kind === 'build' && { destination })
        };
  return { ...known };
}
