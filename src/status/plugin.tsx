import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar, TextItem } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { isLive, PHASES } from '../api/types';
import { CommandIDs, IBuilds } from '../tokens';
import { baseName } from '../ui/format';
import { useModel } from '../ui/hooks';

/** Says in the status bar, where there is one, which build runs. */
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
        onOpen={() => void app.commands.execute(CommandIDs.openSidebar)}
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

function StatusItem(props: {
  builds: IBuilds;
  trans: TranslationBundle;
  onOpen: () => void;
}): React.JSX.Element | null {
  const { trans } = props;
  const build = useModel(props.builds).builds.find(isLive);
  if (!build) {
    return null;
  }
  const step = build.phase === null ? 0 : PHASES.indexOf(build.phase) + 1;
  return (
    <TextItem
      source={trans.__(
        'Containerizing %1: %2/%3',
        baseName(build.path),
        step,
        PHASES.length
      )}
      title={trans.__('Show Containerize Sidebar')}
      role="button"
      tabIndex={0}
      onClick={props.onOpen}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          props.onOpen();
        }
      }}
    />
  );
}
