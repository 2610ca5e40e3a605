import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { Build, Report } from '../../api/types';
import { Result } from '../../builds/result';

const LAYER = {
  digest: 'sha256:1a',
  size_bytes: 10,
  role: 'code',
  title: 'Serving code',
  reused: true
} as const;

const REPORT: Report = {
  reference: 'iris:latest',
  tags: ['iris:latest'],
  digest: 'sha256:c0ffee',
  size_bytes: 91_000_000,
  layers: [LAYER, LAYER],
  timings: {},
  selftest: { ran: false, passed: false, engine: '', reason: 'not asked for' },
  run_command: ''
};

/** What is done, and whether it is said that nobody has tried the image, and what of the layers. */
const CASES: Record<Build['kind'], [boolean, string]> = {
  build: [true, '0 new, 2 reused'],
  plan: [true, '0 new, 2 reused'],
  // Neither makes layers of the notebook, nor is it asked to try anything.
  push: [false, '<dd>2</dd>'],
  rebase: [false, '<dd>2</dd>']
};

test.each(Object.entries(CASES))(
  'of a %s, what it was asked for is told',
  (kind, [isUntried, layers]) => {
    const markup = renderToStaticMarkup(
      <Result
        kind={kind as Build['kind']}
        report={REPORT}
        trans={nullTranslator.load('')}
      />
    );
    expect(markup.includes('Not tried')).toBe(isUntried);
    expect(markup).toContain(layers);
  }
);

test('of layers that were made, the reasons are told', () => {
  const line = 'Serving code is made anew: File serving.py has changed';
  const report = { ...REPORT, made_because: [line] };
  const told = (kind: Build['kind']) =>
    renderToStaticMarkup(
      <Result kind={kind} report={report} trans={nullTranslator.load('')} />
    );
  expect(told('build')).toContain(`<li>${line}</li>`);
  expect(told('push')).not.toContain('made anew');
});
