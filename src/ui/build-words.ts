import type { TranslationBundle } from '@jupyterlab/translation';

import type { Build, BuildState, Phase, Progress } from '../api/types';
import { isLive, PHASES } from '../api/types';
import type { IBuildsState } from '../tokens';
import { baseName } from './format';

/** The phases that each kind walks, in their order. */
const WALKS: Record<Build['kind'], readonly Phase[]> = {
  build: PHASES,
  plan: ['detect', 'analyze', 'restore'],
  push: ['analyze', 'export'],
  rebase: ['analyze', 'detect', 'build', 'export']
};

export function phasesOf(build: Build): readonly Phase[] {
  return WALKS[build.kind];
}

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

/** What happens in a phase, in a sentence. */
export function phaseHelp(phase: Phase, trans: TranslationBundle): string {
  const help: Record<Phase, string> = {
    detect: trans.__(
      'Reads the notebook, takes its objects and locks what they need'
    ),
    analyze: trans.__('Looks at what the name is now'),
    restore: trans.__('Looks for layers that are there already'),
    build: trans.__('Makes the layers that are missing'),
    export: trans.__('Puts the image together, tries it and publishes it')
  };
  return help[phase];
}

/** What a state is called on the screen. */
export function stateLabel(
  state: BuildState,
  trans: TranslationBundle
): string {
  const labels: Record<BuildState, string> = {
    queued: trans.__('Queued'),
    running: trans.__('Running'),
    succeeded: trans.__('Done'),
    failed: trans.__('Failed'),
    cancelled: trans.__('Cancelled'),
    interrupted: trans.__('Interrupted')
  };
  return labels[state];
}

/** The word before a build's name where it is no build of an image; empty for one. */
export function kindLabel(
  kind: Build['kind'],
  trans: TranslationBundle
): string {
  const labels: Record<Build['kind'], string> = {
    build: '',
    plan: trans.__('Plan'),
    push: trans.__('Push'),
    rebase: trans.__('Rebase')
  };
  return labels[kind];
}

/** What a build is about: a notebook's file name, or the name of an image. */
export function nameOf(build: Build): string {
  const isOfImage = build.kind === 'push' || build.kind === 'rebase';
  return isOfImage ? build.tag : baseName(build.path);
}

/** What happens, for a line of text: `Pushing iris:latest`. */
export function workLabel(build: Build, trans: TranslationBundle): string {
  const name = nameOf(build);
  switch (build.kind) {
    case 'plan':
      return trans.__('Planning %1', name);
    case 'push':
      return trans.__('Pushing %1', name);
    case 'rebase':
      return trans.__('Rebasing %1', name);
    default:
      return trans.__('Containerizing %1', name);
  }
}

export function cancelLabel(build: Build, trans: TranslationBundle): string {
  const name = nameOf(build);
  if (build.state === 'queued') {
    return trans.__('Cancel: take %1 out of the queue', name);
  }
  switch (build.kind) {
    case 'plan':
      return trans.__('Cancel the plan of %1', name);
    case 'push':
      return trans.__('Cancel the push of %1', name);
    case 'rebase':
      return trans.__('Cancel the rebase of %1', name);
    default:
      return trans.__('Cancel the build of %1', name);
  }
}

export function retryLabel(build: Build, trans: TranslationBundle): string {
  const name = nameOf(build);
  switch (build.kind) {
    case 'plan':
      return trans.__('Plan %1 again', name);
    case 'push':
      return trans.__('Push %1 again', name);
    case 'rebase':
      return trans.__('Rebase %1 again', name);
    default:
      return trans.__('Build %1 again', name);
  }
}

export function forgetLabel(build: Build, trans: TranslationBundle): string {
  return build.kind === 'build'
    ? trans.__(
        'Remove the build of %1 and its log from this list',
        nameOf(build)
      )
    : trans.__('Remove %1 and its log from this list', nameOf(build));
}

/** The place in the queue, 1 for the next one; null for a build that does not wait. */
export function placeInQueue(
  build: Build,
  builds: readonly Build[]
): number | null {
  if (build.state !== 'queued') {
    return null;
  }
  // The list is newest first.
  const waiting = builds.filter(other => other.state === 'queued').reverse();
  return waiting.findIndex(other => other.id === build.id) + 1 || null;
}

/** The latest news in a sentence, for assistive technology; changes once a phase. */
export function announcement(
  builds: readonly Build[],
  trans: TranslationBundle
): string {
  const build = builds.find(isLive) ?? builds[0];
  if (!build) {
    return '';
  }
  return build.phase !== null && isLive(build)
    ? trans.__('%1: %2', nameOf(build), phaseLabel(build.phase, trans))
    : trans.__('%1: %2', nameOf(build), stateLabel(build.state, trans));
}

/** How far a build is, for a few letters' room: `build 45 %`, `detect`, `queued: 2`. */
export function shortProgress(
  build: Build,
  state: Pick<IBuildsState, 'builds' | 'steps'>,
  trans: TranslationBundle
): string {
  const place = placeInQueue(build, state.builds);
  if (place !== null) {
    return trans.__('queued: %1', place);
  }
  if (build.phase === null) {
    return trans.__('starting');
  }
  const phase = phaseLabel(build.phase, trans);
  const share = shareNow(build, state);
  return share === null
    ? phase
    : trans.__('%1 %2 %', phase, Math.floor(share * 100));
}

/**
 * How far a build is in what it does now, of several things the one that is the least far.
 *
 * Null where there is no measure, and where what it was heard of is complete: that says nothing of what comes.
 */
export function shareNow(
  build: Build,
  { steps }: Pick<IBuildsState, 'steps'>
): number | null {
  // After a reload there is what the server remembers, until the next event.
  const known = steps.get(build.id) ?? [];
  const now = known.length > 0 || !build.progress ? known : [build.progress];
  const shares = now
    .map(shareOf)
    .filter((share): share is number => share !== null && share < 1);
  return shares.length > 0 ? Math.min(...shares) : null;
}

/** How much of a measured step is done, 0 to 1; null where there is no measure. */
export function shareOf({ done, total }: Progress): number | null {
  return total ? Math.min(1, done / total) : null;
}
