import { Time } from '@jupyterlab/coreutils';

const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** A size with three digits at most, in powers of 1000 as registries count: `313 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  let value = bytes;
  let unit = '';
  for (const next of UNITS) {
    if (value < 999.5) {
      break;
    }
    value /= 1000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** A time span for a line of text: `0.4 s`, `26 s`, `1 min 12 s`; whole seconds stay whole. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95 && !Number.isInteger(seconds)) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60
    ? `${whole} s`
    : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The seconds from one time to another, both ISO; 0 if they are not in that order. */
export function secondsBetween(start: string, end: string | number): number {
  const until = typeof end === 'number' ? end : Date.parse(end);
  return Math.max(0, (until - Date.parse(start)) / 1000);
}

/** The twelve hexadecimal digits by which people tell images apart. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** How long ago, in the user's language. */
export function formatAgo(time: string): string {
  return Time.formatHuman(new Date(time));
}

/** The whole point in time, in the user's language; for a tooltip. */
export function formatTime(time: string): string {
  return Time.format(new Date(time));
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A difference in size, with its sign. */
export function formatMore(bytes: number): string {
  const sign = bytes > 0 ? '+' : bytes < 0 ? '−' : '±';
  return sign + formatBytes(Math.abs(bytes));
}
