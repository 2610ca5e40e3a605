import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Dependency } from '../api/types';
import { CellLink } from '../ui/cell-link';
import { formatBytes } from '../ui/format';
import type { IPlaceProps } from './cells';
import { CellLinks } from './cells';
import type { IDependencyEditing } from './edits';
import { isVersion } from './metadata';

/** So much evidence is shown in a row that is unfolded. */
const SHOWN_EVIDENCE = 8;

export interface IDependencyRowProps extends IPlaceProps {
  /** `edited` is what the notebook says of it now. */
  dependency: Dependency;
  editing: IDependencyEditing;
  /** The image does without it, because only training or plotting uses it. */
  isDropped: boolean;
  /** The image has it only if the captured objects need it. */
  isPerhaps: boolean;
}

/** A distribution, its version and the cells that asked for it; unfolds to why, and to change it. */
export function DependencyRow(props: IDependencyRowProps): React.JSX.Element {
  const { dependency, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  const id = React.useId();
  const names = dependency.import_names.join(', ');
  return (
    <>
      <tr data-edited={dependency.edited || undefined}>
        <th scope="row">
          <button
            type="button"
            className="jp-Containerize-unfold"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            title={
              names
                ? trans.__('%1, imported as %2', dependency.distribution, names)
                : dependency.distribution
            }
            onClick={() => setOpen(!isOpen)}
          >
            <caretDownIcon.react
              tag="span"
              className="jp-Containerize-caret"
              elementSize="small"
            />
            <span className="jp-Containerize-truncate">
              {dependency.distribution}
            </span>
            <Badge {...props} />
          </button>
        </th>
        <td className="jp-Containerize-version">
          <Version {...props} />
        </td>
        <td className="jp-Containerize-size">
          {dependency.size_bytes !== null && formatBytes(dependency.size_bytes)}
        </td>
        <td>
          <CellLinks {...props} evidence={dependency.evidence} />
        </td>
      </tr>
      {isOpen && (
        <tr className="jp-Containerize-unfolded" id={id}>
          <td colSpan={4}>
            <Facts {...props} />
            {props.isDropped ? <Keep {...props} /> : <Edit {...props} />}
          </td>
        </tr>
      )}
    </>
  );
}

/** One word on what is special about it. */
function Badge(props: IDependencyRowProps): React.JSX.Element | null {
  const { dependency, isPerhaps, trans } = props;
  const { edited, kind } = dependency;
  const words: Record<Dependency['edited'], [string, string]> = {
    '': ['', ''],
    pinned: [trans.__('pinned'), trans.__('This notebook pins its version')],
    added: [trans.__('added'), trans.__('This notebook adds it')],
    excluded: [trans.__('excluded'), trans.__('This notebook keeps it out')]
  };
  const hidden: [string, string] = [
    trans.__('hidden'),
    dependency.evidence[0]?.detail ||
      trans.__('It is needed though no cell imports it')
  ];
  const perhaps: [string, string] = [
    trans.__('if needed'),
    trans.__(
      'Only what makes the objects uses it: it is in the image if they need it'
    )
  ];
  const unedited = kind === 'hidden' ? hidden : isPerhaps ? perhaps : words[''];
  const [text, title] = edited === '' ? unedited : words[edited];
  return text ? (
    <span
      className="jp-Containerize-badge"
      data-edited={edited || undefined}
      title={title}
    >
      {text}
    </span>
  ) : null;
}

function Version(props: IDependencyRowProps): React.JSX.Element {
  const { dependency, trans } = props;
  if (dependency.edited === 'excluded') {
    return <span>–</span>;
  }
  if (dependency.version === null) {
    return (
      <span title={trans.__('The kernel does not have it')}>
        {dependency.specifier || trans.__('newest')}
      </span>
    );
  }
  return <span title={dependency.version}>{dependency.version}</span>;
}

/** Why it is there, where its version comes from, and what is known of it. */
function Facts(props: IDependencyRowProps): React.JSX.Element {
  const { dependency, path, trans } = props;
  const shown = dependency.evidence.slice(0, SHOWN_EVIDENCE);
  const more = dependency.evidence.length - shown.length;
  const lacking = Object.entries(dependency.wheels)
    .filter(([, isThere]) => !isThere)
    .map(([platform]) => platform);
  const rows: [string, React.ReactNode][] = [
    [
      trans.__('In the image'),
      props.isPerhaps && trans.__('if the captured objects need it')
    ],
    [trans.__('Version from'), sourceText(dependency, trans)],
    [
      trans.__('Size'),
      dependency.size_bytes !== null &&
        trans.__('%1 in the kernel', formatBytes(dependency.size_bytes))
    ],
    [trans.__('License'), dependency.license],
    [trans.__('Instead'), dependency.alternatives.join(', ')],
    [trans.__('No wheel for'), lacking.join(', ')],
    [trans.__('Known flaws'), flawsText(dependency)]
  ];
  return (
    <>
      {shown.length > 0 && (
        <ul className="jp-Containerize-evidence">
          {shown.map((item, index) => (
            <li key={index}>
              <span>{whyText(item, path, trans)}</span>
              {item.cell !== null && (
                <CellLink
                  place={{ path, cell: item.cell, line: item.line }}
                  detail={item.detail}
                  form="words"
                  trans={trans}
                  onGoToCell={props.onGoToCell}
                />
              )}
            </li>
          ))}
          {more > 0 && (
            <li>{trans._n('and %1 more place', 'and %1 more places', more)}</li>
          )}
        </ul>
      )}
      <dl className="jp-Containerize-known">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          ))}
      </dl>
    </>
  );
}

function flawsText(dependency: Dependency): string {
  return (dependency.vulnerabilities ?? []).map(({ id }) => id).join(', ');
}

function whyText(
  item: Dependency['evidence'][number],
  path: string,
  trans: IPlaceProps['trans']
): string {
  if (item.rule === 'import') {
    return trans.__('imports %1', item.detail);
  }
  const text = item.detail || item.rule;
  if (item.file === path) {
    return trans.__('%1, says this notebook', text);
  }
  return item.file ? `${text} (${item.file})` : text;
}

function sourceText(
  dependency: Dependency,
  trans: IPlaceProps['trans']
): string {
  const { edited, source, version } = dependency;
  if (edited === 'pinned' || edited === 'added') {
    return trans.__('this notebook’s metadata');
  }
  if (source === 'newest' || (source === '' && version === null)) {
    return trans.__('the newest, as the kernel lacks it');
  }
  return source === 'kernel' ? trans.__('the kernel') : source;
}

/** Puts what is left out into the image. */
function Keep(props: IDependencyRowProps): React.JSX.Element {
  const { dependency, editing, trans } = props;
  return (
    <div className="jp-Containerize-edit">
      <button
        type="button"
        className="jp-Containerize-small"
        onClick={() => editing.onAdd(dependency.distribution)}
      >
        {trans.__('Install it as well')}
      </button>
    </div>
  );
}

/** Changes the version, keeps it out, or takes that back. */
function Edit(props: IDependencyRowProps): React.JSX.Element {
  const { dependency, editing, trans } = props;
  const name = dependency.distribution;
  const [version, setVersion] = React.useState(dependency.version ?? '');
  const [isWrong, setWrong] = React.useState(false);
  const id = React.useId();
  const isExcluded = dependency.edited === 'excluded';
  return (
    <form
      className="jp-Containerize-edit"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        setWrong(!isVersion(version));
        if (isVersion(version)) {
          editing.onPin(name, version.trim());
        }
      }}
    >
      {!isExcluded && (
        <>
          <label htmlFor={`${id}-version`}>{trans.__('Version')}</label>
          <input
            id={`${id}-version`}
            type="text"
            value={version}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={isWrong}
            aria-describedby={isWrong ? `${id}-wrong` : undefined}
            onChange={event => setVersion(event.currentTarget.value)}
          />
          <button type="submit" className="jp-Containerize-small">
            {trans.__('Pin')}
          </button>
        </>
      )}
      {dependency.edited === '' && (
        <button
          type="button"
          className="jp-Containerize-small"
          title={trans.__('Keep %1 out of the image', name)}
          onClick={() => editing.onExclude(name)}
        >
          {trans.__('Exclude')}
        </button>
      )}
      {dependency.edited !== '' && (
        <button
          type="button"
          className="jp-Containerize-small"
          title={trans.__('Forget what this notebook says of %1', name)}
          onClick={() => editing.onRestore(name)}
        >
          {dependency.edited === 'added'
            ? trans.__('Remove')
            : trans.__('Restore')}
        </button>
      )}
      {isWrong && (
        <p id={`${id}-wrong`} className="jp-Containerize-wrong" role="alert">
          {trans.__('Write one exact version, such as 2.1.4.')}
        </p>
      )}
    </form>
  );
}
