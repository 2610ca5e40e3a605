import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Candidate, Preview } from '../api/types';
import type { GoToCell } from '../ui/cell-link';
import { CellLink } from '../ui/cell-link';

export interface IServingProps {
  preview: Preview;
  /** The notebook's path, for links. */
  path: string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** What answers, why it was chosen, and what else could. */
export function Serving(props: IServingProps): React.JSX.Element {
  const { preview, trans } = props;
  const chosen = new Set(preview.entries.map(entry => entry.symbol));
  const others = preview.candidates.filter(
    candidate => !chosen.has(candidate.symbol)
  );
  return (
    <div className="jp-Containerize-block">
      <h3>{trans.__('Serves')}</h3>
      {preview.entries.length > 0 ? (
        preview.entries.map(entry => (
          <Symbol key={entry.symbol} {...props} candidate={entry} isChosen />
        ))
      ) : (
        <p className="jp-Containerize-muted">
          {trans.__(
            'No function found to serve. Define one with typed parameters and call it once.'
          )}
        </p>
      )}
      {others.length > 0 && (
        <details className="jp-Containerize-details">
          <summary>
            {trans._n(
              '%1 other candidate',
              '%1 other candidates',
              others.length
            )}
          </summary>
          {others.map(candidate => (
            <Symbol
              key={candidate.symbol}
              {...props}
              candidate={candidate}
              isChosen={false}
            />
          ))}
        </details>
      )}
    </div>
  );
}

/** Something that can be served, its place, and if it is chosen where it answers and why. */
function Symbol(
  props: IServingProps & { candidate: Candidate; isChosen: boolean }
): React.JSX.Element {
  const { candidate, trans } = props;
  const name = symbolText(candidate);
  return (
    <>
      <div className="jp-Containerize-symbol">
        <code title={candidate.symbol}>{name}</code>
        {candidate.cell !== null && (
          <CellLink
            place={{
              path: props.path,
              cell: candidate.cell,
              line: candidate.line
            }}
            form="words"
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        )}
      </div>
      {props.isChosen && (
        <>
          <p className="jp-Containerize-muted">
            {kindText(candidate, trans)}
            {candidate.route && (
              <>
                {', '}
                <code>
                  {candidate.method} {candidate.route}
                </code>
              </>
            )}
          </p>
          {candidate.reasons.length > 0 && (
            <ul className="jp-Containerize-reasons">
              {candidate.reasons.map(reason => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </>
  );
}

/** A candidate as code names it: what is called has parentheses. */
export function symbolText(candidate: Candidate): string {
  return ['function', 'method', 'class'].includes(candidate.kind)
    ? `${candidate.symbol}()`
    : candidate.symbol;
}

function kindText(candidate: Candidate, trans: TranslationBundle): string {
  const words: Record<Candidate['kind'], string> = {
    function: trans.__('A function'),
    method: trans.__('A method of an object'),
    class: trans.__('A method of a class'),
    estimator: trans.__('A fitted model'),
    pyfunc: trans.__('An MLflow model'),
    cell: trans.__('A cell'),
    job: trans.__('The whole notebook, which runs once')
  };
  return words[candidate.kind];
}
