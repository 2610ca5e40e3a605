import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Evidence } from '../api/types';
import type { GoToCell } from '../ui/cell-link';
import { CellLink } from '../ui/cell-link';

/** So many cells are named in a row before the rest is folded into a number. */
const SHOWN_CELLS = 2;

export interface IPlaceProps {
  /** The notebook's path, for links. */
  path: string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** The cells of some evidence: each once, in order, with all that was found in it. */
export function CellLinks(
  props: IPlaceProps & { evidence: readonly Evidence[] }
): React.JSX.Element {
  const [isWhole, setWhole] = React.useState(false);
  const cells = evidenceByCell(props.evidence);
  const shown =
    isWhole || cells.length <= SHOWN_CELLS + 1
      ? cells
      : cells.slice(0, SHOWN_CELLS);
  const folded = cells.length - shown.length;
  return (
    <span className="jp-Containerize-cellLinks">
      {shown.map(({ cell, line, details }) => (
        <CellLink
          key={cell}
          place={{ path: props.path, cell, line }}
          detail={details.join(', ')}
          form="number"
          trans={props.trans}
          onGoToCell={props.onGoToCell}
        />
      ))}
      {folded > 0 && (
        <button
          type="button"
          className="jp-Containerize-cellLink"
          aria-label={props.trans._n(
            'Show %1 more cell',
            'Show %1 more cells',
            folded
          )}
          onClick={() => setWhole(true)}
        >
          +{folded}
        </button>
      )}
    </span>
  );
}

interface ICellEvidence {
  readonly cell: number;
  readonly line: number | null;
  readonly details: string[];
}

/** Evidence grouped by cell, in document order; evidence without a cell is left out. */
export function evidenceByCell(evidence: readonly Evidence[]): ICellEvidence[] {
  const byCell = new Map<number, ICellEvidence>();
  for (const { cell, line, detail } of evidence) {
    if (cell === null) {
      continue;
    }
    const known = byCell.get(cell);
    if (!known) {
      byCell.set(cell, { cell, line, details: detail ? [detail] : [] });
    } else if (detail && !known.details.includes(detail)) {
      known.details.push(detail);
    }
  }
  return [...byCell.values()].sort((a, b) => a.cell - b.cell);
}
