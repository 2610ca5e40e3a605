import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, errorIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Problem } from '../api/types';
import type { GoToCell } from './cell-link';
import { CellLink, parseLocation } from './cell-link';
import { IconButton } from './icon-button';

export interface IProblemCardProps {
  problem: Problem;
  /** The notebook that the problem's location is in; empty if it is about none. */
  path: string;
  trans: TranslationBundle;
  onGoToCell?: GoToCell;
  onDismiss?: () => void;
}

/** What happened, what was seen, what to do next; details folded. */
export function ProblemCard(props: IProblemCardProps): React.JSX.Element {
  const { problem, trans, onGoToCell } = props;
  const place = parseLocation(props.path, problem.location);
  return (
    <div className="jp-Containerize-problem" role="group">
      <div className="jp-Containerize-problemHead">
        <errorIcon.react tag="span" elementSize="normal" />
        <strong>{problem.title}</strong>
        {props.onDismiss && (
          <IconButton
            icon={closeIcon}
            label={trans.__('Dismiss')}
            onClick={props.onDismiss}
          />
        )}
      </div>
      {problem.saw && (
        <p className="jp-Containerize-problemSaw">
          {problem.saw}{' '}
          {place && onGoToCell && (
            <CellLink
              place={place}
              form="words"
              trans={trans}
              onGoToCell={onGoToCell}
            />
          )}
        </p>
      )}
      {problem.todo && <p>{problem.todo}</p>}
      <details className="jp-Containerize-details">
        <summary>
          <span>{trans.__('Details')}</span>
          <code>{problem.code}</code>
        </summary>
        <pre>{problem.details || trans.__('There are no more details.')}</pre>
      </details>
    </div>
  );
}
