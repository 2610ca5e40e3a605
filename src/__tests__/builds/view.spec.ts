import type { BuildState, Phase } from '../../api/types';
import { PHASES } from '../../api/types';
import { formatAmount } from '../../builds/progress';
import { stepState } from '../../builds/stepper';
import { makeBuild } from '../server';

describe('stepState', () => {
  const cases: [BuildState, Phase | null, string][] = [
    ['queued', null, 'ahead ahead ahead ahead ahead'],
    ['running', 'detect', 'current ahead ahead ahead ahead'],
    ['running', 'restore', 'done done current ahead ahead'],
    ['failed', 'build', 'done done done stopped ahead'],
    ['cancelled', null, 'ahead ahead ahead ahead ahead'],
    ['interrupted', 'export', 'done done done done stopped'],
    ['succeeded', 'export', 'done done done done done']
  ];
  it.each(cases)('of a build that is %s in %s is %s', (state, phase, words) => {
    const build = makeBuild('b1', { state, phase });
    const steps = PHASES.map(step => stepState(build, step));
    expect(steps.join(' ')).toBe(words);
  });
});

describe('formatAmount', () => {
  it.each([
    [
      {
        step: '',
        done: 34_000_000,
        total: 120_000_000,
        unit: 'bytes' as const
      },
      '34 MB / 120 MB'
    ],
    [{ step: '', done: 3, total: 12, unit: 'items' as const }, '3 / 12'],
    [{ step: '', done: 1500, total: null, unit: 'bytes' as const }, '1.5 kB'],
    [{ step: '', done: 0, total: null, unit: 'items' as const }, '']
  ])('of %j is %s', (progress, text) => {
    expect(formatAmount(progress)).toBe(text);
  });
});
