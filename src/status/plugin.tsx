import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  GroupItem,
  IStatusBar,
  ProgressBar,
  TextItem
} from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { isLive } from '../api/types';
import { CommandIDs, IBuilds } from '../tokens';
import { shareNow, shortProgress, workLabel } from '../ui/build-words';
import { useModel } from '../ui/hooks';

/** Says in the status bar, where there is one, which build runs and how far it is. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-containerize:status',
  description: 'Shows a running build in the status bar.',
  autoStart: true,
  requires: [IBuilds],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    builds: IBuilds,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_containerize');
    const item = ReactWidget.create(
      <StatusItem
        builds={builds}
        trans={trans}
        onOpen={id => void app.commands.execute(CommandIDs.showBuild, { id })}
      />
    );
    item.addClass('jp-mod-highlighted');
    statusBar?.registerStatusItem('jupyter-containerize:status', {
      item,
      align: 'left',
      rank: 10,
      isActive: () => builds.state.builds.some(isLive),
      activeStateChanged: builds.changed
    });
  }
};

export function StatusItem(props: {
  builds: IBuilds;
  trans: TranslationBundle;
  onOpen: (id: string) => void;
}): React.JSX.Element | null {
  const { trans } = props;
  const state = useModel(props.builds);
  const { builds } = state;
  const live = builds.filter(isLive);
  // The one that runs; the list is newest first, so of several that which began first.
  const build = live.filter(each => each.state === 'running').at(-1) ?? live[0];
  if (!build) {
    return null;
  }
  const progress = shortProgress(build, state, trans);
  const text = trans.__('%1: %2', workLabel(build, trans), progress);
  const others = live.length - 1;
  const share = shareNow(build, state);
  return (
    <GroupItem
      spacing={6}
      className="jp-Containerize-status"
      role="button"
      tabIndex={0}
      aria-label={trans.__('%1. Show it in the sidebar', text)}
      title={
        others > 0
          ? trans._n('%2, and %1 more', '%2, and %1 more', others, text)
          : text
      }
      onClick={() => props.onOpen(build.id)}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          props.onOpen(build.id);
        }
      }}
    >
      <TextItem
        source={others > 0 ? trans.__('%1 (+%2)', text, others) : text}
      />
      {share !== null && <ProgressBar percentage={share * 100} width={60} />}
    </GroupItem>
  );
}
