import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICellPlace } from '../tokens';

/** Shows a place in a notebook to the user. */
export type GoToCell = (place: ICellPlace) => void;

export interface ICellLinkProps {
  place: ICellPlace;
  /** What is found there; for the tooltip. */
  detail?: string;
  /** `number` for columns of cells, `words` in a sentence. */
  form: 'number' | 'words';
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** The number of a cell, as a button that goes there. */
export function CellLink(props: ICellLinkProps): React.JSX.Element {
  const { place, trans } = props;
  const where =
    place.line === null
      ? trans.__('Go to cell %1', place.cell)
      : trans.__('Go to cell %1, line %2', place.cell, place.line);
  const label = props.detail ? `${where}: ${props.detail}` : where;
  return (
    <button
      type="button"
      className="jp-Containerize-cellLink"
      title={label}
      aria-label={label}
      onClick={() => props.onGoToCell(place)}
    >
      {props.form === 'number' ? place.cell : trans.__('cell %1', place.cell)}
    </button>
  );
}

/** The place that a Problem's `location` names (`iris.ipynb[3]:7`), in the notebook of `path`. */
export function parseLocation(
  path: string,
  location: string
): ICellPlace | null {
  const match = /\[(\d+)\](?::(\d+))?$/.exec(location);
  if (!match?.[1]) {
    return null;
  }
  const line = match[2] ? Number(match[2]) : null;
  return { path, cell: Number(match[1]), line };
}
