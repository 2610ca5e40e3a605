import { parseLocation } from '../../ui/cell-link';
import {
  baseName,
  formatBytes,
  formatSeconds,
  secondsBetween,
  shortDigest
} from '../../ui/format';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9_949, '9.9 kB'],
    [9_951, '10 kB'],
    [312_812_345, '313 MB'],
    [999_600_000, '1.0 GB'],
    [4_100_000_000_000, '4.1 TB']
  ])('of %d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0.42, '0.4 s'],
    [6, '6 s'],
    [26.4, '26 s'],
    [72, '1 min 12 s']
  ])('of %d is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('secondsBetween', () => {
  it('is never negative', () => {
    const start = '2026-11-22T10:00:10Z';
    expect(secondsBetween(start, '2026-11-22T10:00:36Z')).toBe(26);
    expect(secondsBetween(start, Date.parse('2026-11-22T10:00:09Z'))).toBe(0);
  });
});

describe('parseLocation', () => {
  it.each([
    ['iris.ipynb[3]:7', { path: 'a/iris.ipynb', cell: 3, line: 7 }],
    ['iris.ipynb[12]', { path: 'a/iris.ipynb', cell: 12, line: null }],
    ['iris.ipynb', null],
    ['', null]
  ])('of %s', (location, place) => {
    expect(parseLocation('a/iris.ipynb', location)).toEqual(place);
  });
});

it('shortens digests and paths', () => {
  expect(shortDigest('sha256:7dc96f776c84aaaa')).toBe('7dc96f776c84');
  expect(baseName('a/b/iris.ipynb')).toBe('iris.ipynb');
  expect(baseName('iris.ipynb')).toBe('iris.ipynb');
});
