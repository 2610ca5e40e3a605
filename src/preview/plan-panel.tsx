import { closeIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Build, Plan } from '../api/types';
import { formatAgo, formatBytes } from '../ui/format';
import { IconButton } from '../ui/icon-button';
import { ProblemCard } from '../ui/problem';
import { ProgressBar } from '../ui/progress-bar';
import type { IPlaceProps } from './cells';
import { Comparison } from './comparison';
import { FindingList } from './findings';
import { Layers } from './layers';
import type { IPlanState } from './plan';

export interface IPlanActions {
  onPlan: () => void;
  onCancelPlan: () => void;
  onClosePlan: () => void;
}

type Props = IPlaceProps & IPlanActions & { state: IPlanState };

/** What a build would do: asked for with a button, since finding out may run the notebook. */
export function PlanBlock(props: Props): React.JSX.Element {
  const { state, trans } = props;
  return (
    <div className="jp-Containerize-block jp-Containerize-plan">
      <h3>
        {trans.__('What will be built')}
        <PlanButtons {...props} />
      </h3>
      {state.status === 'none' && <Ask {...props} />}
      {(state.status === 'asking' || state.status === 'running') && (
        <Running {...props} />
      )}
      {state.status === 'failed' && state.problem && (
        <ProblemCard
          problem={state.problem}
          path={props.path}
          trans={trans}
          onGoToCell={props.onGoToCell}
          onDismiss={props.onClosePlan}
        />
      )}
      {state.status === 'ready' && state.plan && (
        <Ready {...props} plan={state.plan} />
      )}
    </div>
  );
}

function PlanButtons(props: Props): React.JSX.Element | null {
  const { state, trans } = props;
  if (state.status !== 'ready') {
    return null;
  }
  return (
    <span className="jp-Containerize-buttons">
      <IconButton
        icon={refreshIcon}
        label={trans.__('Plan again')}
        onClick={props.onPlan}
      />
      <IconButton
        icon={closeIcon}
        label={trans.__('Hide the plan')}
        onClick={props.onClosePlan}
      />
    </span>
  );
}

function Ask(props: Props): React.JSX.Element {
  const { trans } = props;
  return (
    <>
      <button
        type="button"
        className="jp-Containerize-small jp-Containerize-wide"
        onClick={props.onPlan}
      >
        {trans.__('Show what will be built')}
      </button>
      <p className="jp-Containerize-muted">
        {trans.__(
          'Every layer with its size, and what has to be made. Runs the notebook if its objects are not known yet.'
        )}
      </p>
    </>
  );
}

function Running(props: Props): React.JSX.Element {
  const { state, trans } = props;
  const label = progressText(state.build, trans);
  return (
    <>
      <div className="jp-Containerize-planning">
        <span className="jp-Containerize-truncate" role="status" title={label}>
          {label}
        </span>
        {state.build && (
          <button
            type="button"
            className="jp-Containerize-small"
            onClick={props.onCancelPlan}
          >
            {trans.__('Stop')}
          </button>
        )}
      </div>
      <ProgressBar
        label={trans.__('Planning')}
        progress={state.build?.progress ?? null}
      />
    </>
  );
}

/** What the plan does right now. */
export function progressText(
  build: Build | null,
  trans: TranslationBundle
): string {
  if (!build) {
    return trans.__('Saving the notebook…');
  }
  if (build.state === 'queued') {
    return trans.__('Waiting for its turn');
  }
  return build.progress?.step || trans.__('Planning…');
}

function Ready(props: Props & { plan: Plan }): React.JSX.Element {
  const { plan, state, trans } = props;
  const when = state.build?.finished;
  return (
    <>
      {state.isStale ? (
        <p className="jp-Containerize-stale" role="status">
          {trans.__('The notebook or the settings have changed since.')}{' '}
          <button
            type="button"
            className="jp-Containerize-textButton"
            onClick={props.onPlan}
          >
            {trans.__('Plan again')}
          </button>
        </p>
      ) : (
        when && (
          <p className="jp-Containerize-muted">
            {trans.__('%1, planned %2', plan.reference, formatAgo(when))}
          </p>
        )
      )}
      {plan.images.map(image => (
        <div key={image.platform} className="jp-Containerize-plannedImage">
          <p>
            {plan.images.length > 1 && <strong>{image.platform} </strong>}
            {totalsText(image.totals, plan.destination, trans)}
          </p>
          <Layers image={image} trans={trans} />
        </div>
      ))}
      {plan.comparison.map(item => (
        <Comparison key={item.platform} item={item} trans={trans} />
      ))}
      {plan.warnings.length > 0 && (
        <FindingList
          findings={plan.warnings}
          path={props.path}
          trans={trans}
          onGoToCell={props.onGoToCell}
        />
      )}
    </>
  );
}

type Totals = Plan['images'][number]['totals'];

/** `290 MB; 12 MB to download, 3 MB to send`; to the local store, which is no destination, nothing is sent. */
export function totalsText(
  totals: Totals,
  destination: string,
  trans: TranslationBundle
): string {
  const size = totals.estimated
    ? `~${formatBytes(totals.image_bytes)}`
    : formatBytes(totals.image_bytes);
  const parts = [
    totals.download_bytes > 0 &&
      trans.__('%1 to download', formatBytes(totals.download_bytes)),
    totals.push_bytes !== null &&
      (destination !== '' || totals.push_bytes > 0) &&
      trans.__('%1 to send', formatBytes(totals.push_bytes))
  ].filter(Boolean);
  return parts.length > 0 ? `${size}; ${parts.join(', ')}` : size;
}
