import * as React from 'react';

import type { Progress } from '../api/types';
import { shareOf } from './build-words';

/** How far something is; moving without a measure where there is none. */
export function ProgressBar(props: {
  label: string;
  progress: Progress | null;
  /** What assistive technology says in place of the numbers. */
  valueText?: string | undefined;
}): React.JSX.Element {
  const { label, progress, valueText } = props;
  const share = progress ? shareOf(progress) : null;
  const isMeasured = share !== null;
  return (
    <div
      role="progressbar"
      className="jp-Containerize-bar"
      aria-label={label}
      aria-valuetext={valueText}
      aria-valuemin={0}
      aria-valuemax={isMeasured ? (progress?.total ?? undefined) : undefined}
      aria-valuenow={isMeasured ? progress?.done : undefined}
      data-measured={isMeasured}
    >
      <div
        style={
          isMeasured ? { width: `${(share * 100).toFixed(1)}%` } : undefined
        }
      />
    </div>
  );
}
