import type { Build, Phase, Progress, RecordedEvent } from '../api/types';
import { PHASES } from '../api/types';

/**
 * The build as it looks after an event; the same object if the event tells nothing new.
 *
 * Only a hint: what an event means in full is for the server to say (`needsTruth`).
 */
export function applyEvent(build: Build, recorded: RecordedEvent): Build {
  if (recorded.seq <= build.last_seq) {
    return build;
  }
  const next: Build = { ...build, last_seq: recorded.seq };
  const { event } = recorded;
  switch (event.event) {
    case 'phase_started':
      next.state = 'running';
      next.started ??= recorded.time;
      next.phase = asPhase(event.phase) ?? next.phase;
      next.progress = null;
      break;
    case 'phase_finished':
      next.progress = null;
      break;
    case 'progress':
      next.phase = asPhase(event.phase) ?? next.phase;
      next.progress = {
        step: event.step ?? '',
        done: event.done ?? 0,
        total: event.total ?? null,
        unit: asUnit(event.unit)
      };
      break;
    default:
      break;
  }
  return next;
}

/** Whether the server has to be asked what the build is after this event. */
export function needsTruth(recorded: RecordedEvent): boolean {
  const kind = recorded.event.event;
  return kind === 'state' || kind === 'build_done' || kind === 'build_failed';
}

/** Of two views of one build, the one that has seen more; of equals, `fetched`. */
export function newerOf(fetched: Build, held: Build | undefined): Build {
  return held && held.last_seq > fetched.last_seq ? held : fetched;
}

function asPhase(name: string | undefined): Phase | null {
  return PHASES.find(phase => phase === name) ?? null;
}

function asUnit(unit: string | undefined): Progress['unit'] {
  return unit === 'bytes' ? 'bytes' : 'items';
}
