import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Build, Progress } from '../api/types';
import { formatBytes } from '../ui/format';

/** How far the current step is, in bytes or items; moving without a measure where there is none. */
export function ProgressBar(props: {
  build: Build;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { build, trans } = props;
  const { progress } = build;
  const isMeasured = progress !== null && Boolean(progress.total);
  const label = progress?.step || idleLabel(build, trans);
  const amount = progress ? formatAmount(progress) : '';
  return (
    <div className="jp-Containerize-progress">
      <div className="jp-Containerize-progressText">
        <span className="jp-Containerize-truncate" title={label}>
          {label}
        </span>
        <span className="jp-Containerize-amount">{amount}</span>
      </div>
      <div
        role="progressbar"
        className="jp-Containerize-bar"
        aria-label={label}
        aria-valuetext={amount || undefined}
        aria-valuemin={0}
        aria-valuemax={isMeasured ? (progress.total ?? undefined) : undefined}
        aria-valuenow={isMeasured ? progress.done : undefined}
        data-measured={isMeasured}
      >
        <div style={isMeasured ? { width: percent(progress) } : undefined} />
      </div>
    </div>
  );
}

/** What a build does that does not say so itself. */
function idleLabel(build: Build, trans: TranslationBundle): string {
  if (build.state === 'queued') {
    return trans.__('Waiting for its turn');
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

function percent({ done, total }: Progress): string {
  const share = total ? Math.min(1, done / total) : 0;
  return `${(share * 100).toFixed(1)}%`;
}
