import type { Build, Phase, Progress, RecordedEvent } from '../api/types';
import { PHASES } from '../api/types';
import type { IStep } from '../tokens';

/** A rate is taken over this time, in milliseconds; over less than the second it says nothing. */
const RATE_MS = 12_000;
const LEAST_RATE_MS = 1_000;

/** Nobody reads more than these at once. */
const MOST_STEPS = 3;

/**
 * The build as it looks after an event; the same object if the event changes nothing of it, as log
 * lines do.
 *
 * Only a hint: what an event means in full is for the server to say (`needsTruth`).
 */
export function applyEvent(build: Build, recorded: RecordedEvent): Build {
  const { event, seq, time } = recorded;
  switch (event.event) {
    case 'phase_started':
      return {
        ...build,
        last_seq: seq,
        state: 'running',
        started: build.started ?? time,
        phase: asPhase(event.phase) ?? build.phase,
        phase_started: time,
        progress: null
      };
    case 'phase_finished':
      return {
        ...build,
        last_seq: seq,
        timings: { ...build.timings, [event.phase ?? '']: event.seconds ?? 0 },
        progress: null
      };
    case 'progress':
      return { ...build, last_seq: seq, progress: progressOf(recorded) };
    default:
      return build;
  }
}

/** Whether the server has to be asked what the build is after this event. */
export function needsTruth({ event }: RecordedEvent): boolean {
  const ends = ['state', 'build_done', 'build_failed', 'plan_done'];
  return ends.includes(event.event);
}

/**
 * Of two views of one build, the one that has seen more; of equals, `fetched`.
 *
 * A list leaves plans out: one that is known stays.
 */
export function newerOf(fetched: Build, held: Build | undefined): Build {
  if (!held) {
    return fetched;
  }
  if (held.last_seq > fetched.last_seq) {
    return held;
  }
  return { ...fetched, plan: fetched.plan ?? held.plan };
}

function progressOf({ event }: RecordedEvent): Progress {
  return {
    step: event.step ?? '',
    done: event.done ?? 0,
    total: event.total ?? null,
    unit: event.unit === 'bytes' ? 'bytes' : 'items'
  };
}

function asPhase(name: string | undefined): Phase | null {
  return PHASES.find(phase => phase === name) ?? null;
}

interface ISample {
  readonly time: number;
  readonly done: number;
}

/** The steps that one build does at this moment, with their speed. */
export class Steps {
  /** Take an event of the build; whether the steps are others now. */
  receive(recorded: RecordedEvent, now: number): boolean {
    const kind = recorded.event.event;
    if (kind === 'progress') {
      this._progress(progressOf(recorded), Date.parse(recorded.time), now);
      return true;
    }
    if (kind === 'log_line' || this._steps.size === 0) {
      return false;
    }
    this._steps.clear();
    this._samples.clear();
    return true;
  }

  /** The latest first; those that are complete only where there is nothing else. */
  list(): readonly IStep[] {
    const all = [...this._steps.values()].reverse();
    const open = all.filter(step => step.done !== step.total);
    return (open.length > 0 ? open : all.slice(0, 1)).slice(0, MOST_STEPS);
  }

  private _progress(progress: Progress, time: number, now: number): void {
    const { step, done } = progress;
    const samples = this._samples.get(step) ?? [];
    if (samples.length > 0 && done < (samples.at(-1)?.done ?? 0)) {
      // It has begun anew.
      samples.length = 0;
    }
    samples.push({ time, done });
    while (samples.length > 2 && time - (samples[0]?.time ?? time) > RATE_MS) {
      samples.shift();
    }
    this._samples.set(step, samples);
    if (!this._steps.has(step)) {
      // What is complete makes room, so that what goes on stays where it is.
      for (const [name, held] of this._steps) {
        if (held.done === held.total) {
          this._steps.delete(name);
        }
      }
    }
    const rate = progress.unit === 'bytes' ? rateOf(samples) : null;
    this._steps.set(step, { ...progress, rate, at: now });
  }

  private readonly _samples = new Map<string, ISample[]>();
  private readonly _steps = new Map<string, IStep>();
}

function rateOf(samples: readonly ISample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.time - first.time < LEAST_RATE_MS) {
    return null;
  }
  return ((last.done - first.done) * 1000) / (last.time - first.time);
}
