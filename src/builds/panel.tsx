import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build } from '../api/types';
import { isLive, mayBuild } from '../api/types';
import type {
  IBuilds,
  IBuildsState,
  IObservable,
  ISettingsState,
  IStep
} from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { useModel } from '../ui/hooks';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import { BuildRow } from './row';
import { announcement, placeInQueue } from '../ui/build-words';

/** Builds that ended before these are shown on request. */
const SHOWN_ENDED = 12;

/** A connection that is back within this time is not worth a word, in milliseconds. */
const LOST_MS = 1500;

const NO_STEPS: readonly IStep[] = [];

export interface IBuildsProps {
  builds: IBuilds;
  /** What the user may do. */
  settings: IObservable<ISettingsState>;
  logUrl: (id: string) => string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
  onRetry: (build: Build) => void;
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
  const isLost = useLost(state);
  const isKnown = state.builds.length > 0;
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
        {state.status === 'failed' && state.problem && !isKnown && (
          <ProblemCard problem={state.problem} path="" trans={trans} />
        )}
      </div>
      {isLost && isKnown && <LostNotice {...props} state={state} />}
      <List {...props} state={state} isLost={isLost} />
    </Section>
  );
}

/** Whether the connection has been lost for so long that it should be said. */
function useLost(state: IBuildsState): boolean {
  const isGone = state.status !== 'loading' && !state.isConnected;
  const [isLost, setLost] = React.useState(false);
  React.useEffect(() => {
    if (!isGone) {
      setLost(false);
      return undefined;
    }
    const timer = setTimeout(() => setLost(true), LOST_MS);
    return () => clearTimeout(timer);
  }, [isGone]);
  return isLost;
}

/** Says that what is shown may be old; a lost connection says nothing about a build. */
function LostNotice(
  props: IBuildsProps & { state: IBuildsState }
): React.JSX.Element {
  const { builds, state, trans } = props;
  const problem = state.status === 'failed' ? state.problem : null;
  return (
    <div className="jp-Containerize-lost" role="status">
      <p title={problem?.saw}>
        {state.builds.some(isLive)
          ? trans.__(
              'No connection to the server. Builds go on there; this is the last that was heard.'
            )
          : trans.__(
              'No connection to the server. This is the last that was heard.'
            )}
      </p>
      <button
        type="button"
        className="jp-Containerize-textButton"
        onClick={() => builds.reconnect()}
      >
        {trans.__('Try now')}
      </button>
    </div>
  );
}

function List(
  props: IBuildsProps & { state: IBuildsState; isLost: boolean }
): React.JSX.Element {
  const { builds, state, trans } = props;
  const mayAct = mayBuild(useModel(props.settings).server);
  const [isWhole, setWhole] = React.useState(false);
  const isShownOld = state.builds.some(
    (build, index) => build.id === state.shown?.id && index >= SHOWN_ENDED
  );
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
  const all = state.builds;
  const ended = all.filter(build => !isLive(build));
  const hidden =
    isWhole || isShownOld ? 0 : Math.max(0, ended.length - SHOWN_ENDED);
  const left = new Set(ended.slice(ended.length - hidden));
  return (
    <>
      <ul className="jp-Containerize-list" data-lost={props.isLost}>
        {all
          .filter(build => !left.has(build))
          .map(build => (
            <BuildRow
              key={build.id}
              build={build}
              builds={builds}
              isLatest={latestOf(build, all) === build}
              mayAct={mayAct}
              isPending={state.pending.has(build.id)}
              isCancelling={state.cancelling.has(build.id)}
              steps={state.steps.get(build.id) ?? NO_STEPS}
              place={placeInQueue(build, all)}
              shown={state.shown?.id === build.id ? state.shown : null}
              logUrl={props.logUrl}
              trans={trans}
              onGoToCell={props.onGoToCell}
              onRetry={props.onRetry}
            />
          ))}
      </ul>
      {(hidden > 0 || (mayAct && ended.length > 1)) && (
        <div className="jp-Containerize-listFoot">
          {hidden > 0 && (
            <button
              type="button"
              className="jp-Containerize-textButton"
              onClick={() => setWhole(true)}
            >
              {trans._n('Show %1 older', 'Show %1 older', hidden)}
            </button>
          )}
          {mayAct && ended.length > 1 && (
            <button
              type="button"
              className="jp-Containerize-textButton"
              title={trans.__(
                'Remove the builds that have ended, and their logs, from this list; images stay'
              )}
              onClick={() => void builds.forgetEnded()}
            >
              {trans.__('Remove all that have ended')}
            </button>
          )}
        </div>
      )}
    </>
  );
}

/** The newest build that is about the same: of a notebook, or of an image's name. */
function latestOf(build: Build, all: readonly Build[]): Build | undefined {
  return all.find(
    other =>
      other.kind === build.kind &&
      (build.path ? other.path === build.path : other.tag === build.tag)
  );
}
