import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds, IBuildsState } from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { baseName } from '../ui/format';
import { useModel } from '../ui/hooks';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import { BuildRow, stateLabel } from './row';
import { phaseLabel } from './stepper';

export interface IBuildsProps {
  builds: IBuilds;
  logUrl: (id: string) => string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** The section "Builds". */
export class BuildsPanel extends ReactWidget {
  constructor(private readonly _props: IBuildsProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <BuildsSection {...this._props} />;
  }
}

export function BuildsSection(props: IBuildsProps): React.JSX.Element {
  const { builds, trans } = props;
  const state = useModel(builds);
  return (
    <Section title={trans.__('Builds')} count={state.builds.length}>
      <p className="jp-Containerize-hidden" role="status" aria-live="polite">
        {announcement(state.builds, trans)}
      </p>
      <div role="alert">
        {state.refusal && (
          <ProblemCard
            problem={state.refusal.problem}
            path={state.refusal.path}
            trans={trans}
            onGoToCell={props.onGoToCell}
            onDismiss={() => builds.dismissRefusal()}
          />
        )}
        {state.status === 'failed' && state.problem && (
          <ProblemCard problem={state.problem} path="" trans={trans} />
        )}
      </div>
      <List {...props} state={state} />
    </Section>
  );
}

function List(
  props: IBuildsProps & { state: IBuildsState }
): React.JSX.Element {
  const { builds, state, trans } = props;
  if (state.status === 'loading') {
    return <Skeleton label={trans.__('Reading the builds…')} rows={2} />;
  }
  if (state.builds.length === 0) {
    return state.status === 'failed' || state.refusal ? (
      <></>
    ) : (
      <Empty title={trans.__('No builds yet')}>
        {trans.__('Press Containerize in the toolbar of a notebook.')}
      </Empty>
    );
  }
  return (
    <ul className="jp-Containerize-list">
      {state.builds.map(build => (
        <BuildRow
          key={build.id}
          build={build}
          builds={builds}
          isLatest={
            state.builds.find(other => other.path === build.path) === build
          }
          isPending={state.pending.has(build.id)}
          logUrl={props.logUrl}
          trans={trans}
          onGoToCell={props.onGoToCell}
        />
      ))}
    </ul>
  );
}

/** The latest news in a sentence, for assistive technology; changes once a phase. */
function announcement(
  builds: readonly Build[],
  trans: TranslationBundle
): string {
  const build = builds.find(isLive) ?? builds[0];
  if (!build) {
    return '';
  }
  const name = baseName(build.path);
  return build.phase !== null && isLive(build)
    ? trans.__('%1: %2', name, phaseLabel(build.phase, trans))
    : trans.__('%1: %2', name, stateLabel(build.state, trans));
}
