import { nullTranslator } from '@jupyterlab/translation';

import type { CellUse, StateSource } from '../../api/types';
import { explainUse } from '../../marks/words';

const trans = nullTranslator.load('');

const WHOLE: CellUse = {
  cell: 2,
  role: 'training',
  statements: 2,
  training: 2,
  serving: 0,
  why: ["cell 4 needs 'data'"]
};

const CASES: Record<string, [Partial<CellUse>, StateSource, string[]]> = {
  'a cell that runs': [
    {},
    'run',
    ['Runs when the image is built; its results go in', "• cell 4 needs 'data'"]
  ],
  'one whose objects are taken from the kernel': [
    {},
    'live',
    [
      'Not in the image: its objects are taken from the kernel',
      "• cell 4 needs 'data'"
    ]
  ],
  'one that is used in part': [
    { training: 1 },
    'run',
    [
      'Runs when the image is built; its results go in',
      '1 of 2 statements',
      "• cell 4 needs 'data'"
    ]
  ],
  'one that serves and runs': [
    { role: 'serving', statements: 12, serving: 1, training: 9, why: [] },
    'run',
    [
      'In the image: code that serves',
      '1 of 12 statements are in the image, 9 run when it is built'
    ]
  ],
  'one that runs in every container': [
    { role: 'serving', serving: 2, why: [] },
    'startup',
    ['In the image: runs when a container starts']
  ],
  'one that is left out': [
    { role: 'dropped', training: 0, why: ['only draws'] },
    'run',
    ['Left out of the image', '• only draws']
  ],
  'one with more reasons than anybody reads': [
    { role: 'dropped', why: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
    'run',
    [
      'Left out of the image',
      '• a',
      '• b',
      '• c',
      '• d',
      '• e',
      '• f',
      '… and 2 more'
    ]
  ]
};

test.each(Object.entries(CASES))('explainUse tells of %s', (_, each) => {
  const [fields, source, lines] = each;
  expect(explainUse({ ...WHOLE, ...fields }, source, trans)).toBe(
    lines.join('\n')
  );
});
