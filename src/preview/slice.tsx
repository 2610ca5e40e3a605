import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Slice, StateSource } from '../api/types';
import type { GoToCell } from '../ui/cell-link';
import { CellLink } from '../ui/cell-link';
import { formatBytes } from '../ui/format';
import type { IBuiltState } from './built';

export interface IStateSelectProps {
  /** What builds will do. */
  source: StateSource;
  /** Whether a kernel runs for the notebook. */
  hasKernel: boolean;
  trans: TranslationBundle;
  onChoose: (source: StateSource) => void;
}

/** Where the objects come from that serving needs, with a sentence on what that means. */
export function StateSelect(props: IStateSelectProps): React.JSX.Element {
  const { hasKernel, source, trans } = props;
  const id = React.useId();
  const labels: Record<StateSource, string> = {
    run: trans.__('Run the notebook'),
    live: trans.__('Take from the running kernel'),
    startup: trans.__('When the container starts')
  };
  const help: Record<StateSource, string> = {
    run: trans.__(
      'What serving needs of the notebook runs now, in a fresh kernel, and its objects go into the image.'
    ),
    live: trans.__(
      'The objects go into the image as they are in the kernel that you work with; nothing runs again.'
    ),
    startup: trans.__(
      'Nothing is stored: what serving needs of the notebook runs in every container that starts.'
    )
  };
  const order: readonly StateSource[] = ['run', 'live', 'startup'];
  return (
    <div className="jp-Containerize-stateSource">
      <label htmlFor={`${id}-select`}>{trans.__('Objects')}</label>
      <HTMLSelect
        id={`${id}-select`}
        value={source}
        aria-describedby={`${id}-help`}
        options={order.map(value => ({
          value,
          label: labels[value],
          disabled: value === 'live' && !hasKernel
        }))}
        onChange={event => {
          props.onChoose(event.currentTarget.value as StateSource);
        }}
      />
      <p id={`${id}-help`} className="jp-Containerize-muted">
        {help[source]}
        {!hasKernel && (
          <>
            {' '}
            {trans.__(
              'No kernel runs for this notebook, so there is none to take objects from.'
            )}
          </>
        )}
      </p>
    </div>
  );
}

export interface IUsedProps {
  slice: Slice;
  built: IBuiltState;
  /** The notebook's path, for links. */
  path: string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** How much of the notebook is used, and the objects that go into the image. */
export function Used(props: IUsedProps): React.JSX.Element {
  const { slice, trans } = props;
  return (
    <>
      {slice.counts.statements > 0 && (
        <p className="jp-Containerize-muted">{countsText(slice, trans)}</p>
      )}
      {slice.whole && (
        <p className="jp-Containerize-muted">
          {trans.__('Nothing could be left out: %1', slice.whole)}
        </p>
      )}
      {slice.objects.length > 0 && (
        <ul
          className="jp-Containerize-objects"
          aria-label={trans.__('Objects in the image')}
        >
          {slice.objects.map(item => (
            <CapturedObject key={item.name} {...props} item={item} />
          ))}
        </ul>
      )}
      {slice.recreated.length > 0 && (
        <p className="jp-Containerize-muted">
          {trans.__('Made anew at each start: %1', slice.recreated.join(', '))}
        </p>
      )}
      {slice.parameters.length > 0 && (
        <p className="jp-Containerize-muted">
          {trans.__('Set by the caller: %1', slice.parameters.join(', '))}
        </p>
      )}
    </>
  );
}

/** An object with the place that binds it; its type and size are those of the last build. */
function CapturedObject(
  props: IUsedProps & { item: Slice['objects'][number] }
): React.JSX.Element {
  const { built, item, trans } = props;
  const last = built.report?.objects?.find(other => other.name === item.name);
  return (
    <li>
      <code title={item.name}>{item.name}</code>
      {last && (
        <span
          className="jp-Containerize-truncate jp-Containerize-muted"
          title={trans.__(
            'In the last build: %1, %2, saved as %3',
            last.type_name,
            formatBytes(last.size_bytes),
            last.formats.join(', ')
          )}
        >
          {shortType(last.type_name)}, {formatBytes(last.size_bytes)}
        </span>
      )}
      {item.cell !== null && (
        <CellLink
          place={{ path: props.path, cell: item.cell, line: item.line }}
          form="number"
          trans={trans}
          onGoToCell={props.onGoToCell}
        />
      )}
    </li>
  );
}

/** `Pipeline` of `sklearn.pipeline.Pipeline`. */
function shortType(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** `12 of 48 statements run, 3 in the image`; which distributions that means is said of each. */
export function countsText(slice: Slice, trans: TranslationBundle): string {
  const { serving, statements, training } = slice.counts;
  const texts: Record<StateSource, string> = {
    run: trans.__(
      '%1 of %2 statements run, %3 in the image',
      training,
      statements,
      serving
    ),
    live: trans.__('%1 of %2 statements in the image', serving, statements),
    startup: trans.__(
      '%1 of %2 statements are in the image, and run when it starts',
      serving,
      statements
    )
  };
  return texts[slice.state];
}
