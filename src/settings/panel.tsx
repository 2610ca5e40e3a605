import type { TranslationBundle } from '@jupyterlab/translation';
import { lockIcon, ReactWidget, settingsIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IObservable, ISettingsState } from '../tokens';
import { formatBytes } from '../ui/format';
import { useModel } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';

import { Section, Skeleton } from '../ui/section';
import type { IFact } from './facts';
import { facts } from './facts';

export interface ISettingsPanelProps {
  settings: IObservable<ISettingsState>;
  trans: TranslationBundle;
  onOpen: () => void;
}

/** The section "Settings": what a build will use that names nothing itself, and who decided it. */
export class SettingsPanel extends ReactWidget {
  constructor(private readonly _props: ISettingsPanelProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <SettingsSection {...this._props} />;
  }
}

export function SettingsSection(props: ISettingsPanelProps): React.JSX.Element {
  const { onOpen, trans } = props;
  const { server, user } = useModel(props.settings);
  return (
    <Section
      title={trans.__('Settings')}
      isFolded
      actions={
        <IconButton
          icon={settingsIcon}
          label={trans.__('Change settings')}
          onClick={onOpen}
        />
      }
    >
      {server ? (
        <>
          <dl className="jp-Containerize-settings">
            {facts(user, server, trans).map(fact => (
              <Fact key={fact.name} fact={fact} trans={trans} />
            ))}
          </dl>
          {server.storage_quota_bytes !== null && (
            <Storage
              used={server.storage_used_bytes}
              quota={server.storage_quota_bytes}
              trans={trans}
            />
          )}
        </>
      ) : (
        <Skeleton label={trans.__('Asking the server…')} rows={3} />
      )}
    </Section>
  );
}

function Fact(props: {
  fact: IFact;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { fact, trans } = props;
  return (
    <div className="jp-Containerize-setting">
      <dt>{fact.name}</dt>
      <dd>
        {fact.isLocked && (
          <span
            className="jp-Containerize-lock"
            role="img"
            aria-label={trans.__('Fixed by the administrator')}
            title={trans.__('Fixed by the administrator')}
          >
            <lockIcon.react tag="span" elementSize="small" />
          </span>
        )}
        {fact.text}
        {fact.overruled && (
          <p className="jp-Containerize-muted">
            {trans.__('Your setting does not count: %1', fact.overruled)}
          </p>
        )}
        {fact.note && <p className="jp-Containerize-muted">{fact.note}</p>}
      </dd>
    </div>
  );
}

function Storage(props: {
  used: number;
  quota: number;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { quota, trans, used } = props;
  const label = trans.__(
    '%1 of %2 used',
    formatBytes(used),
    formatBytes(quota)
  );
  return (
    <meter
      className="jp-Containerize-storage"
      aria-label={label}
      title={label}
      max={quota}
      value={Math.min(used, quota)}
    />
  );
}
