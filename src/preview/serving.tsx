import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon, HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Candidate, Preview } from '../api/types';
import type { GoToCell } from '../ui/cell-link';
import { CellLink } from '../ui/cell-link';
import { IconButton } from '../ui/icon-button';
import type { IBuiltState } from './built';
import { Call } from './schema';

export interface IServingProps {
  preview: Preview;
  /** The notebook's path, for links. */
  path: string;
  /** How what serves is called, by symbol. */
  signatures: Readonly<Record<string, string>>;
  /** What the notebook's metadata says shall serve; empty if it leaves that open. */
  served: readonly string[];
  built: IBuiltState;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
  /** Serve these, the first on /predict; with none, what is found. */
  onServe: (symbols: readonly string[]) => void;
}

/** What answers, why it was chosen, and what else could. */
export function Serving(props: IServingProps): React.JSX.Element {
  const { preview, trans } = props;
  const chosen = preview.entries.map(entry => entry.symbol);
  const others = preview.candidates.filter(
    candidate => !chosen.includes(candidate.symbol)
  );
  const isOpen = others.length > 0 || props.served.length > 0;
  return (
    <div className="jp-Containerize-block">
      <h3>{trans.__('Serves')}</h3>
      {isOpen && <Picker {...props} />}
      {preview.entries.map((entry, index) => (
        <Entry
          key={entry.symbol}
          {...props}
          entry={entry}
          isNamed={!isOpen || index > 0}
        />
      ))}
      {preview.entries.length === 0 && (
        <p className="jp-Containerize-muted">
          {others.length > 0
            ? trans.__('Several could serve: choose one.')
            : trans.__(
                'No function found to serve. Define one with typed parameters and call it once.'
              )}
        </p>
      )}
      {others.length > 0 && preview.entries.length > 0 && (
        <Others {...props} others={others} />
      )}
    </div>
  );
}

const AUTOMATIC = '';

/** Chooses the main entry; it is kept in the notebook. */
function Picker(props: IServingProps): React.JSX.Element {
  const { preview, served, trans } = props;
  const main = preview.entries[0]?.symbol;
  const options = [...preview.candidates];
  for (const entry of preview.entries) {
    if (!options.some(other => other.symbol === entry.symbol)) {
      options.push(entry);
    }
  }
  return (
    <HTMLSelect
      className="jp-Containerize-select"
      aria-label={trans.__('What serves')}
      value={main ?? AUTOMATIC}
      onChange={event => {
        const symbol = event.currentTarget.value;
        props.onServe(symbol === AUTOMATIC ? [] : [symbol]);
      }}
    >
      {options.map(candidate => (
        <option key={candidate.symbol} value={candidate.symbol}>
          {symbolText(candidate)}
        </option>
      ))}
      {(served.length > 0 || main === undefined) && (
        <option value={AUTOMATIC}>
          {main === undefined
            ? trans.__('Choose…')
            : trans.__('As found in the notebook')}
        </option>
      )}
    </HTMLSelect>
  );
}

/** What serves: its place, where it answers, how it is called and why it was chosen. */
function Entry(
  props: IServingProps & { entry: Candidate; isNamed: boolean }
): React.JSX.Element {
  const { entry, preview, trans } = props;
  const signature = props.signatures[entry.symbol];
  const isOneOfMany = preview.entries.length > 1;
  return (
    <div className="jp-Containerize-entry">
      <div className="jp-Containerize-symbol">
        <span>
          {props.isNamed && (
            <code title={entry.symbol}>{symbolText(entry)}</code>
          )}
          <span className="jp-Containerize-muted">
            {kindText(entry, trans)}
            {entry.route && (
              <>
                {', '}
                <code>
                  {entry.method} {entry.route}
                </code>
              </>
            )}
          </span>
        </span>
        <Place {...props} candidate={entry} />
        {isOneOfMany && (
          <IconButton
            icon={closeIcon}
            label={trans.__('Do not serve %1', entry.symbol)}
            onClick={() =>
              props.onServe(
                preview.entries
                  .map(other => other.symbol)
                  .filter(symbol => symbol !== entry.symbol)
              )
            }
          />
        )}
      </div>
      {signature && (
        <code className="jp-Containerize-signature">{signature}</code>
      )}
      <Reasons candidate={entry} />
      <Call
        entry={entry}
        slice={preview.slice}
        built={props.built}
        trans={trans}
      />
    </div>
  );
}

/** What can be served as well. */
function Others(
  props: IServingProps & { others: readonly Candidate[] }
): React.JSX.Element {
  const { others, preview, trans } = props;
  const chosen = preview.entries.map(entry => entry.symbol);
  return (
    <details className="jp-Containerize-details">
      <summary>
        {trans._n('%1 other candidate', '%1 other candidates', others.length)}
      </summary>
      <div className="jp-Containerize-folded">
        {others.map(candidate => (
          <div key={candidate.symbol} className="jp-Containerize-symbol">
            <code
              title={props.signatures[candidate.symbol] ?? candidate.symbol}
            >
              {symbolText(candidate)}
            </code>
            <Place {...props} candidate={candidate} />
            {candidate.kind !== 'job' && (
              <IconButton
                icon={addIcon}
                label={trans.__('Serve %1 as well', candidate.symbol)}
                onClick={() => props.onServe([...chosen, candidate.symbol])}
              />
            )}
          </div>
        ))}
      </div>
    </details>
  );
}

function Place(
  props: IServingProps & { candidate: Candidate }
): React.JSX.Element | null {
  const { candidate, path, trans } = props;
  if (candidate.cell === null) {
    return null;
  }
  return (
    <CellLink
      place={{ path, cell: candidate.cell, line: candidate.line }}
      form="words"
      trans={trans}
      onGoToCell={props.onGoToCell}
    />
  );
}

function Reasons(props: { candidate: Candidate }): React.JSX.Element | null {
  const { reasons } = props.candidate;
  if (reasons.length === 0) {
    return null;
  }
  return (
    <ul className="jp-Containerize-reasons">
      {reasons.map(reason => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
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
