import type { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { Build } from '../api/types';
import { CommandIDs } from '../tokens';
import { formatBytes } from '../ui/format';
import { nameOf } from '../ui/build-words';

/** How long what went well stays on the screen, in milliseconds; what did not stays until it is closed. */
const GOOD_MS = 10_000;

export interface INoticeAction {
  readonly label: string;
  readonly caption: string;
  readonly displayType: Notification.ActionDisplayType;
  readonly command: string;
  readonly args: ReadonlyJSONObject;
}

/** What is said of a build that has ended. */
export interface INotice {
  readonly message: string;
  readonly type: Notification.TypeOptions;
  readonly autoClose: number | false;
  readonly actions: readonly INoticeAction[];
}

/** Null where nothing is worth saying: the user has cancelled it, or it was a plan that went well. */
export function endNotice(
  build: Build,
  trans: TranslationBundle
): INotice | null {
  switch (build.state) {
    case 'succeeded':
      return build.kind === 'plan' ? null : wentWell(build, trans);
    case 'failed':
      return {
        message: failure(build, trans),
        type: 'error',
        autoClose: false,
        actions: [showAction(build, trans), logAction(build, trans)]
      };
    case 'interrupted':
      return {
        message: trans.__(
          '%1: the server was stopped while this ran.',
          nameOf(build)
        ),
        type: 'warning',
        autoClose: false,
        actions: [againAction(build, trans), showAction(build, trans)]
      };
    default:
      return null;
  }
}

function wentWell(build: Build, trans: TranslationBundle): INotice {
  const name = build.report?.reference ?? build.tag;
  const actions: INoticeAction[] = [showAction(build, trans)];
  if (build.kind !== 'push' && build.report) {
    actions.unshift({
      label: trans.__('Try it'),
      caption: trans.__('Run %1 and ask it something', name),
      displayType: 'accent',
      command: CommandIDs.runImage,
      args: { digest: build.report.digest }
    });
  }
  return {
    message: success(build, name, trans),
    type: 'success',
    autoClose: GOOD_MS,
    actions
  };
}

function success(build: Build, name: string, trans: TranslationBundle): string {
  switch (build.kind) {
    case 'push':
      return trans.__('%1 is at %2', build.tag, build.destination);
    case 'rebase':
      return trans.__('%1 is on the newest system packages', name);
    default:
      return build.report
        ? trans.__(
            '%1 is the image %2, %3',
            nameOf(build),
            name,
            // The number and its unit stay together.
            formatBytes(build.report.size_bytes).replace(' ', '\u00a0')
          )
        : trans.__('%1 is an image', nameOf(build));
  }
}

function failure(build: Build, trans: TranslationBundle): string {
  const why = build.problem?.title ?? trans.__('It ended without a word');
  return trans.__('%1 failed: %2', nameOf(build), why);
}

function showAction(build: Build, trans: TranslationBundle): INoticeAction {
  return {
    label: trans.__('Show'),
    caption: trans.__('Show it in the sidebar'),
    displayType: 'default',
    command: CommandIDs.showBuild,
    args: { id: build.id }
  };
}

function logAction(build: Build, trans: TranslationBundle): INoticeAction {
  return {
    label: trans.__('Log'),
    caption: trans.__('Show its log in the sidebar'),
    displayType: 'default',
    command: CommandIDs.showBuild,
    args: { id: build.id, log: true }
  };
}

function againAction(build: Build, trans: TranslationBundle): INoticeAction {
  return {
    label: trans.__('Again'),
    caption: trans.__('Start it once more'),
    displayType: 'accent',
    command: CommandIDs.retryBuild,
    args: { id: build.id }
  };
}
