import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import type { ImageDetails } from '../../api/types';
import { Contents } from '../../images/contents';
import { until } from '../server';

const DETAILS: ImageDetails = {
  digest: 'sha256:c0ffee',
  tags: ['iris:1'],
  size_bytes: 91_000_000,
  created: '2026-11-22T10:00:00Z',
  notebook: 'iris.ipynb',
  run_command: '',
  platforms: ['linux/amd64'],
  where: ['store'],
  path: 'iris.ipynb',
  notebook_digest: '',
  changed: null,
  running: [],
  layers: [],
  distributions: [],
  system_packages: [],
  python: '3.11.2',
  entries: [],
  labels: {},
  signed: false,
  signed_at: [],
  silent: []
};

describe('Contents', () => {
  const cases: Record<string, [Partial<ImageDetails>, string]> = {
    'a signature': [
      { signed: true, signed_at: ['r.example.org/a/iris', 'localhost/iris'] },
      'a signature lies at r.example.org/a/iris, localhost/iris (not checked: that needs its key)'
    ],
    'a signature, and a registry that is silent': [
      { signed: true, signed_at: ['localhost/iris'], silent: ['r.org/iris'] },
      'a signature lies at localhost/iris (not checked: that needs its key)'
    ],
    'no signature': [{}, 'no signature found'],
    'a registry that does not answer': [
      { signed: null, silent: ['r.example.org/a/iris'] },
      'not known: no answer from r.example.org/a/iris'
    ]
  };

  it.each(Object.entries(cases))('says of %s', async (_, [fields, words]) => {
    const node = document.createElement('div');
    const root = createRoot(node);
    root.render(
      <Contents
        details={Promise.resolve(DETAILS)}
        image={{ ...DETAILS, ...fields }}
        sbomUrl={form => form}
        trans={nullTranslator.load('')}
      />
    );
    await until(() => node.querySelector('dt') !== null);
    const signed = [...node.querySelectorAll('dt')].find(
      each => each.textContent === 'Signed'
    );
    expect(signed?.nextElementSibling?.textContent).toBe(words);
    root.unmount();
  });
});
