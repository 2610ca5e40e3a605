import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, Phase } from '../api/types';
import { isLive, PHASES } from '../api/types';

/** What the five phases are called on the screen; their names are those of the field. */
export function phaseLabel(phase: Phase, trans: TranslationBundle): string {
  const labels: Record<Phase, string> = {
    detect: trans.__('detect'),
    analyze: trans.__('analyze'),
    restore: trans.__('restore'),
    build: trans.__('build'),
    export: trans.__('export')
  };
  return labels[phase];
}

export type StepState = 'done' | 'current' | 'stopped' | 'ahead';

/** How far a phase of a build is. `stopped` is where a build ended that did not succeed. */
export function stepState(build: Build, phase: Phase): StepState {
  if (build.state === 'succeeded') {
    return 'done';
  }
  const reached = build.phase === null ? -1 : PHASES.indexOf(build.phase);
  const index = PHASES.indexOf(phase);
  if (index < reached) {
    return 'done';
  }
  if (index > reached) {
    return 'ahead';
  }
  return isLive(build) ? 'current' : 'stopped';
}

/** The five phases in a row. */
export function Stepper(props: {
  build: Build;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { build, trans } = props;
  const words: Record<StepState, string> = {
    done: trans.__('done'),
    current: trans.__('running'),
    stopped: trans.__('stopped here'),
    ahead: trans.__('not started')
  };
  return (
    <ol className="jp-Containerize-stepper" aria-label={trans.__('Phases')}>
      {PHASES.map(phase => {
        const state = stepState(build, phase);
        const seconds = build.report?.timings[phase];
        return (
          <li
            key={phase}
            data-state={state}
            aria-current={state === 'current' ? 'step' : undefined}
            title={
              seconds === undefined ? words[state] : `${seconds.toFixed(1)} s`
            }
          >
            <span className="jp-Containerize-stepDot" aria-hidden>
              {state === 'done' && <checkIcon.react tag="span" />}
              {state === 'stopped' && <closeIcon.react tag="span" />}
            </span>
            <span className="jp-Containerize-stepLabel">
              {phaseLabel(phase, trans)}
            </span>
            <span className="jp-Containerize-hidden">{words[state]}</span>
          </li>
        );
      })}
    </ol>
  );
}
