import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Build, Progress } from '../api/types';
import type { IStep } from '../tokens';
import { formatBytes, formatSeconds } from '../ui/format';
import { useNow } from '../ui/hooks';
import { ProgressBar } from '../ui/progress-bar';

/** A step that was not heard of for so long has no speed any more, in milliseconds. */
const STALE_MS = 5_000;

export interface IProgressBarsProps {
  build: Build;
  /** What goes on, as events told it; empty before the first one. */
  steps: readonly IStep[];
  /** Its place in the queue; null if it does not wait. */
  place: number | null;
  isCancelling: boolean;
  trans: TranslationBundle;
}

/** How far the current steps are; moving without a measure where there is none. */
export function ProgressBars(props: IProgressBarsProps): React.JSX.Element {
  const { build, trans } = props;
  const now = useNow(build.state === 'running');
  if (props.steps.length > 0 && !props.isCancelling) {
    return (
      <>
        {props.steps.map(step => (
          <Bar
            key={step.step}
            label={step.step || trans.__('Working…')}
            progress={step}
            note={speedLabel(step, now, trans)}
          />
        ))}
      </>
    );
  }
  if (build.state === 'queued' && !props.isCancelling) {
    // Nothing moves, so no bar says that something does.
    return <p className="jp-Containerize-waiting">{idleLabel(props)}</p>;
  }
  // After a reload there is what the server remembers, until the next event.
  const progress = props.isCancelling ? null : build.progress;
  const label = progress?.step || idleLabel(props);
  return <Bar label={label} progress={progress} note="" />;
}

function Bar(props: {
  label: string;
  progress: Progress | null;
  note: string;
}): React.JSX.Element {
  const { label, progress, note } = props;
  const amount = progress ? formatAmount(progress) : '';
  return (
    <div className="jp-Containerize-progress">
      <div className="jp-Containerize-progressText">
        <span className="jp-Containerize-truncate" title={label}>
          {label}
        </span>
        <span className="jp-Containerize-amount">{amount}</span>
      </div>
      <ProgressBar
        label={label}
        progress={progress}
        valueText={amount || undefined}
      />
      {note && <p className="jp-Containerize-speed">{note}</p>}
    </div>
  );
}

/** What a build does that does not say so itself. */
function idleLabel(props: IProgressBarsProps): string {
  const { build, place, trans } = props;
  if (props.isCancelling) {
    return trans.__('Stopping: what it has begun is put away');
  }
  if (build.state === 'queued') {
    return place === null || place === 1
      ? trans.__('Next in the queue')
      : trans.__('Number %1 in the queue', place);
  }
  return build.phase === null ? trans.__('Starting') : trans.__('Working…');
}

/** `34 MB / 120 MB`, `3 / 12`, or what is done where the total is not known. */
export function formatAmount(progress: Progress): string {
  const show = progress.unit === 'bytes' ? formatBytes : String;
  if (progress.total === null) {
    return progress.done > 0 ? show(progress.done) : '';
  }
  return `${show(progress.done)} / ${show(progress.total)}`;
}

/** `12 MB/s, 8 s left`; empty where nothing honest can be said. */
export function speedLabel(
  step: IStep,
  now: number,
  trans: TranslationBundle
): string {
  const { rate, done, total } = step;
  if (rate === null || done === total) {
    return '';
  }
  if (rate <= 0 || now - step.at > STALE_MS) {
    return trans.__('Nothing has come for %1', sinceLabel(step, now));
  }
  const speed = trans.__('%1/s', formatBytes(Math.round(rate)));
  return total === null
    ? speed
    : trans.__(
        '%1, %2 left',
        speed,
        formatSeconds(Math.max(1, Math.ceil((total - done) / rate)))
      );
}

function sinceLabel(step: IStep, now: number): string {
  return formatSeconds(Math.max(1, Math.floor((now - step.at) / 1000)));
}
