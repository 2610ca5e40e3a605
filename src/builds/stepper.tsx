import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, Phase } from '../api/types';
import { isLive } from '../api/types';
import { formatSeconds, secondsBetween } from '../ui/format';
import { useNow } from '../ui/hooks';
import { phaseHelp, phaseLabel, phasesOf } from '../ui/build-words';

export type StepState = 'done' | 'current' | 'stopped' | 'ahead';

/** How far a phase of a build is. `stopped` is where a build ended that did not succeed. */
export function stepState(build: Build, phase: Phase): StepState {
  if (build.state === 'succeeded') {
    return 'done';
  }
  const phases = phasesOf(build);
  const reached = build.phase === null ? -1 : phases.indexOf(build.phase);
  const index = phases.indexOf(phase);
  if (index < reached) {
    return 'done';
  }
  if (index > reached) {
    return 'ahead';
  }
  return isLive(build) ? 'current' : 'stopped';
}

/** The seconds that a phase took, or takes until `now`; null where they are not known. */
export function phaseSeconds(
  build: Build,
  phase: Phase,
  now: number
): number | null {
  const known = build.timings[phase] ?? build.report?.timings[phase];
  if (known !== undefined) {
    return known;
  }
  if (build.phase !== phase || build.phase_started === null) {
    return null;
  }
  const end = build.finished ?? (isLive(build) ? now : null);
  return end === null ? null : secondsBetween(build.phase_started, end);
}

/** The phases in a row, each with the time it took. */
export function Stepper(props: {
  build: Build;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { build, trans } = props;
  const now = useNow(build.state === 'running');
  const words: Record<StepState, string> = {
    done: trans.__('done'),
    current: trans.__('running'),
    stopped: trans.__('stopped here'),
    ahead: trans.__('not started')
  };
  const phases = phasesOf(build);
  return (
    <ol
      className="jp-Containerize-stepper"
      aria-label={trans.__('Phases')}
      style={{
        gridTemplateColumns: `repeat(${phases.length}, minmax(0, 1fr))`
      }}
    >
      {phases.map(phase => {
        const state = stepState(build, phase);
        const seconds = phaseSeconds(build, phase, now);
        return (
          <li
            key={phase}
            data-state={state}
            aria-current={state === 'current' ? 'step' : undefined}
            title={phaseHelp(phase, trans)}
          >
            <span className="jp-Containerize-stepDot" aria-hidden>
              {state === 'done' && <checkIcon.react tag="span" />}
              {state === 'stopped' && <closeIcon.react tag="span" />}
            </span>
            <span className="jp-Containerize-stepLabel">
              {phaseLabel(phase, trans)}
            </span>
            <span className="jp-Containerize-hidden">{words[state]}</span>
            <span className="jp-Containerize-stepTime">
              {seconds === null || state === 'ahead'
                ? '\u00a0'
                : shortSeconds(seconds, state === 'current')}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Short enough for a fifth of the sidebar; what goes on is told in whole seconds. */
function shortSeconds(seconds: number, isRunning: boolean): string {
  if (seconds >= 60) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  }
  return formatSeconds(
    isRunning ? Math.floor(seconds) : Math.round(seconds * 10) / 10
  );
}
