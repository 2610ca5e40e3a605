import type { TranslationBundle } from '@jupyterlab/translation';

import type { CellUse, StateSource } from '../api/types';

/** So many reasons fit a tooltip. */
const REASONS = 6;

/** What a mark says, line by line: what becomes of the cell, how much of it, and why. */
export function explainUse(
  use: CellUse,
  source: StateSource,
  trans: TranslationBundle
): string {
  const more = use.why.length - REASONS;
  return [
    title(use, source, trans),
    ...parts(use, source, trans),
    ...use.why.slice(0, REASONS).map(reason => `• ${reason}`),
    ...(more > 0 ? [trans._n('… and %1 more', '… and %1 more', more)] : [])
  ].join('\n');
}

function title(
  use: CellUse,
  source: StateSource,
  trans: TranslationBundle
): string {
  switch (use.role) {
    case 'serving':
      return source === 'startup'
        ? trans.__('In the image: runs when a container starts')
        : trans.__('In the image: code that serves');
    case 'training':
      return source === 'live'
        ? trans.__('Not in the image: its objects are taken from the kernel')
        : trans.__('Runs when the image is built; its results go in');
    case 'dropped':
      return trans.__('Left out of the image');
  }
}

/** How much of a cell that is used in part. */
function parts(
  use: CellUse,
  source: StateSource,
  trans: TranslationBundle
): string[] {
  const { serving, statements, training } = use;
  const isWhole =
    use.role === 'dropped' ||
    (use.role === 'serving' ? serving : training) === statements;
  if (isWhole) {
    return [];
  }
  return [
    use.role === 'serving' && training > 0 && source === 'run'
      ? trans.__(
          '%1 of %2 statements are in the image, %3 run when it is built',
          serving,
          statements,
          training
        )
      : trans.__(
          '%1 of %2 statements',
          use.role === 'serving' ? serving : training,
          statements
        )
  ];
}
