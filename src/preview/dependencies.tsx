import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Dependency, Preview } from '../api/types';
import { formatBytes } from '../ui/format';
import type { IPlaceProps } from './cells';
import type { IDependencyEditing } from './edits';
import { grouped, isPerhaps } from './edits';
import type { Own } from './metadata';
import { isRequirement } from './metadata';
import { DependencyRow } from './row';

export interface IDependenciesProps extends IPlaceProps {
  preview: Preview;
  own: Own;
  editing: IDependencyEditing;
}

/** What the image installs, what it does without, and how to change that. */
export function Dependencies(props: IDependenciesProps): React.JSX.Element {
  const { own, preview, trans } = props;
  const { used, dropped, excluded } = grouped(preview.dependencies, own);
  return (
    <div className="jp-Containerize-block jp-Containerize-dependencies">
      <h3>
        {trans.__('Dependencies')}
        <PythonVersion {...props} rows={used} />
      </h3>
      {used.length === 0 ? (
        <p className="jp-Containerize-muted">
          {trans.__('Nothing but what the runtime itself needs.')}
        </p>
      ) : (
        <DependencyTable {...props} rows={used} isDropped={false} />
      )}
      {excluded.length > 0 && (
        <details className="jp-Containerize-details" open>
          <summary>
            {trans._n(
              '%1 distribution is excluded by this notebook',
              '%1 distributions are excluded by this notebook',
              excluded.length
            )}
          </summary>
          <DependencyTable {...props} rows={excluded} isDropped={false} />
        </details>
      )}
      {dropped.length > 0 && (
        <details className="jp-Containerize-details">
          <summary>
            {trans._n(
              '%1 distribution is left out: only training or plotting uses it',
              '%1 distributions are left out: only training or plotting uses them',
              dropped.length
            )}
          </summary>
          <DependencyTable {...props} rows={dropped} isDropped />
        </details>
      )}
      <Add {...props} />
    </div>
  );
}

/** `Python 3.11.7, 132 MB`: the size is that of what is shown, as the kernel has it. */
function PythonVersion(
  props: IDependenciesProps & { rows: readonly Dependency[] }
): React.JSX.Element {
  const { preview, rows, trans } = props;
  const bytes = rows.reduce((sum, row) => sum + (row.size_bytes ?? 0), 0);
  const python = preview.python
    ? trans.__('Python %1', preview.python)
    : trans.__('The kernel %1 cannot be asked', preview.kernel);
  const size = rows.some(row => isPerhaps(row, preview))
    ? trans.__('up to %1', formatBytes(bytes))
    : formatBytes(bytes);
  return (
    <span
      className="jp-Containerize-muted"
      title={
        bytes > 0
          ? trans.__('The sizes are those in the kernel’s environment')
          : undefined
      }
    >
      {bytes > 0 ? `${python} · ${size}` : python}
    </span>
  );
}

function DependencyTable(
  props: IDependenciesProps & {
    rows: readonly Dependency[];
    isDropped: boolean;
  }
): React.JSX.Element {
  const { preview, rows, trans } = props;
  return (
    <table className="jp-Containerize-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Distribution')}</th>
          <th scope="col">{trans.__('Version')}</th>
          <th scope="col" className="jp-Containerize-size">
            {trans.__('Size')}
          </th>
          <th scope="col">{trans.__('Cells')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(dependency => (
          <DependencyRow
            key={dependency.distribution}
            dependency={dependency}
            editing={props.editing}
            isDropped={props.isDropped}
            isPerhaps={isPerhaps(dependency, preview)}
            path={props.path}
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        ))}
      </tbody>
    </table>
  );
}

/** A button that becomes a field for what shall be installed too. */
function Add(props: IDependenciesProps): React.JSX.Element {
  const { editing, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  const [text, setText] = React.useState('');
  const [isWrong, setWrong] = React.useState(false);
  const id = React.useId();
  const field = React.useRef<HTMLInputElement>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    setText('');
    setWrong(false);
    // The field had the focus and goes away; it must not be lost.
    setTimeout(() => button.current?.focus());
  };
  React.useEffect(() => {
    if (isOpen) {
      field.current?.focus();
    }
  }, [isOpen]);
  if (!isOpen) {
    return (
      <button
        ref={button}
        type="button"
        className="jp-Containerize-textButton"
        onClick={() => setOpen(true)}
      >
        <addIcon.react tag="span" elementSize="small" />
        {trans.__('Add a distribution')}
      </button>
    );
  }
  return (
    <form
      className="jp-Containerize-edit"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        if (isRequirement(text)) {
          editing.onAdd(text.trim());
          close();
        } else {
          setWrong(true);
        }
      }}
    >
      <input
        ref={field}
        type="text"
        value={text}
        placeholder={trans.__('requests>=2')}
        aria-label={trans.__('Distribution to add')}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            close();
          }
        }}
      />
      <button type="submit" className="jp-Containerize-small">
        {trans.__('Add')}
      </button>
      <button type="button" className="jp-Containerize-small" onClick={close}>
        {trans.__('Close')}
      </button>
      {isWrong && (
        <p id={`${id}-wrong`} className="jp-Containerize-wrong" role="alert">
          {trans.__(
            'Write the name of a distribution, with a version if it matters: requests>=2'
          )}
        </p>
      )}
    </form>
  );
}
