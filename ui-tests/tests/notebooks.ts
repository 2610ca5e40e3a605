import { readFileSync } from 'fs';
import { join } from 'path';

/** An example of ours, as the README runs it. */
export function example(name: string): string {
  return readFileSync(join(__dirname, '../../examples', name), 'utf8');
}

/** A notebook of these code cells, below a title. */
export function notebook(...cells: string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: {
        name: 'python3',
        display_name: 'Python 3',
        language: 'python'
      },
      language_info: { name: 'python' }
    },
    cells: [
      { cell_type: 'markdown', id: 'title', metadata: {}, source: '# Title' },
      ...cells.map((source, index) => ({
        cell_type: 'code',
        id: `cell-${index}`,
        metadata: {},
        execution_count: null,
        outputs: [],
        source
      }))
    ]
  });
}

/** Needs nothing but Python: the smallest image there is. */
export const DOUBLE = notebook(
  'def predict(x: float) -> float:\n    return 2 * x',
  'predict(21.0)'
);

/** Its function needs an object that a cell makes, and its last cell only shows something. */
export const TRIPLE = notebook(
  'factor = 3',
  'def predict(x: float) -> float:\n    return factor * x',
  'predict(14.0)',
  'print(factor)'
);

/** Its third cell fails when it is run, and its function needs what that cell makes. */
export const FAILING = notebook(
  'factor = 2',
  'factor /= 0',
  'def predict(x: float) -> float:\n    return factor * x',
  'predict(21.0)'
);

/** Takes longer to run than anybody waits. */
export const ENDLESS = notebook(
  'import time\n\nfactor = time.sleep(600) or 2',
  'def predict(x: float) -> float:\n    return factor * x',
  'predict(21.0)'
);

/** In another language. */
export const R = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: 'ir', display_name: 'R', language: 'R' },
    language_info: { name: 'R' }
  },
  cells: [
    {
      cell_type: 'code',
      id: 'cell-0',
      metadata: {},
      execution_count: null,
      outputs: [],
      source: 'library(randomForest)\npredict <- function(x) 2 * x'
    }
  ]
});
