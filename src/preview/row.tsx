import type { TranslationBundle } from '@jupyterlab/translation';
import { errorIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Dependency, Evidence, Finding } from '../api/types';
import type { GoToCell } from '../ui/cell-link';
import { CellLink } from '../ui/cell-link';
import { noteIcon, warningIcon } from '../ui/icons';

/** So many cells are named in a row before the rest is folded into a number. */
const SHOWN_CELLS = 2;

interface IRowProps {
  /** The notebook's path, for links. */
  path: string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** A distribution, its version and the cells that asked for it. */
export function DependencyRow(
  props: IRowProps & { dependency: Dependency }
): React.JSX.Element {
  const { dependency, trans } = props;
  const names = dependency.import_names.join(', ');
  return (
    <tr>
      <th scope="row">
        <span
          className="jp-Containerize-truncate"
          title={
            names
              ? trans.__('%1, imported as %2', dependency.distribution, names)
              : dependency.distribution
          }
        >
          {dependency.distribution}
        </span>
      </th>
      <td className="jp-Containerize-version">
        {dependency.version === null ? (
          <span title={trans.__('The kernel does not have it')}>
            {dependency.specifier || trans.__('newest')}
          </span>
        ) : (
          <span title={dependency.version}>{dependency.version}</span>
        )}
      </td>
      <td>
        <CellLinks {...props} evidence={dependency.evidence} />
      </td>
    </tr>
  );
}

/** The cells of some evidence: each once, in order, with all that was found in it. */
function CellLinks(
  props: IRowProps & { evidence: Evidence[] }
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

const ICONS = { error: errorIcon, warning: warningIcon, info: noteIcon };

/** Something that the user should know, with its place and what to do about it. */
export function FindingRow(
  props: IRowProps & { finding: Finding }
): React.JSX.Element {
  const { finding, trans } = props;
  const Icon = ICONS[finding.severity];
  const severity = {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    info: trans.__('Note')
  }[finding.severity];
  return (
    <li
      className="jp-Containerize-finding"
      data-severity={finding.severity}
      title={finding.code}
    >
      <Icon.react tag="span" elementSize="normal" />
      <div>
        <span className="jp-Containerize-hidden">{severity}: </span>
        {finding.message}{' '}
        {finding.cell !== null && (
          <CellLink
            place={{
              path: props.path,
              cell: finding.cell,
              line: finding.line
            }}
            form="words"
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        )}
        {finding.hint && (
          <p className="jp-Containerize-muted">{finding.hint}</p>
        )}
      </div>
    </li>
  );
}
