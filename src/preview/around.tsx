import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Preview } from '../api/types';
import { CellLink } from '../ui/cell-link';
import { formatBytes } from '../ui/format';
import type { IPlaceProps } from './cells';
import { CellLinks } from './cells';

interface IAroundProps extends IPlaceProps {
  preview: Preview;
}

/** What the notebook wants of its surroundings: system packages, files, variables. */
export function Around(props: IAroundProps): React.JSX.Element | null {
  const { preview, trans } = props;
  const { files, system_packages: packages, variables } = preview;
  const count = files.length + packages.length + variables.length;
  if (count === 0) {
    return null;
  }
  return (
    <div className="jp-Containerize-block">
      <h3>{trans.__('Beside Python')}</h3>
      {packages.length > 0 && (
        <Group
          title={trans._n(
            '%1 system package',
            '%1 system packages',
            packages.length
          )}
        >
          {packages.map(({ name, evidence }) => (
            <li key={name}>
              <code title={evidence.map(({ detail }) => detail).join(', ')}>
                {name}
              </code>
              <CellLinks {...props} evidence={evidence} />
            </li>
          ))}
        </Group>
      )}
      {files.length > 0 && (
        <Group title={trans._n('%1 file', '%1 files', files.length)}>
          {files.map((file, index) => (
            <li key={index} data-warns={warns(file) || undefined}>
              <code title={file.text}>{file.text}</code>
              <span className="jp-Containerize-muted">
                {fileText(file, trans)}
              </span>
              <Place {...props} place={file} />
            </li>
          ))}
        </Group>
      )}
      {variables.length > 0 && (
        <Group
          title={trans._n(
            '%1 environment variable',
            '%1 environment variables',
            variables.length
          )}
        >
          {variables.map((variable, index) => (
            <li key={index}>
              <code title={variable.name}>{variable.name}</code>
              <span className="jp-Containerize-muted">
                {variable.required
                  ? trans.__('required')
                  : trans.__('has a default')}
              </span>
              <Place {...props} place={variable} />
            </li>
          ))}
        </Group>
      )}
    </div>
  );
}

/** What an R notebook loads. */
export function RPackages(props: IAroundProps): React.JSX.Element | null {
  const { preview, trans } = props;
  const packages = preview.r_packages;
  if (packages.length === 0) {
    return null;
  }
  return (
    <div className="jp-Containerize-block">
      <h3>
        {trans.__('R packages')}
        <span className="jp-Containerize-muted">{packages.length}</span>
      </h3>
      <ul className="jp-Containerize-items">
        {packages.map((item, index) => (
          <li key={index}>
            <code title={item.name}>{item.name}</code>
            <span className="jp-Containerize-muted">
              {item.guarded ? trans.__('if it is there') : ''}
            </span>
            <Place {...props} place={item} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Group(props: {
  title: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <details className="jp-Containerize-details">
      <summary>{props.title}</summary>
      <ul className="jp-Containerize-items">{props.children}</ul>
    </details>
  );
}

function Place(
  props: IAroundProps & { place: { cell: number | null; line: number | null } }
): React.JSX.Element | null {
  const { path, place, trans } = props;
  if (place.cell === null) {
    return null;
  }
  return (
    <CellLink
      place={{ path, cell: place.cell, line: place.line }}
      form="number"
      trans={trans}
      onGoToCell={props.onGoToCell}
    />
  );
}

type FileUse = Preview['files'][number];

/** Whether a container would not find what the notebook reads. */
function warns(file: FileUse): boolean {
  const isRead = file.access === 'read' && !file.written_first;
  return isRead && (!file.portable || file.exists === false);
}

function fileText(file: FileUse, trans: TranslationBundle): string {
  if (file.access === 'write') {
    return trans.__('written');
  }
  if (!file.portable) {
    return trans.__('on this machine only');
  }
  if (file.exists === false && !file.written_first) {
    return trans.__('not there');
  }
  return file.size_bytes === null
    ? trans.__('read')
    : trans.__('read, %1', formatBytes(file.size_bytes));
}
