import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ImageDetails } from '../api/types';
import { formatBytes, formatTime } from '../ui/format';
import { Loaded } from './loaded';

export interface IContentsOptions {
  details: Promise<ImageDetails>;
  sbomUrl: (format: 'cyclonedx' | 'spdx') => string;
  trans: TranslationBundle;
}

/** What is in an image: for a dialog. */
export class ContentsBody extends ReactWidget {
  constructor(private readonly _options: IContentsOptions) {
    super();
    this.addClass('jp-Containerize-dialog');
  }

  protected override render(): React.JSX.Element {
    const { details, trans } = this._options;
    return (
      <Loaded promise={details} trans={trans}>
        {image => <Contents {...this._options} image={image} />}
      </Loaded>
    );
  }
}

type IContentsProps = IContentsOptions & { image: ImageDetails };

export function Contents(props: IContentsProps): React.JSX.Element {
  const { image, trans } = props;
  return (
    <div className="jp-Containerize-contents">
      <dl className="jp-Containerize-contentFacts">
        <Fact name={trans.__('Digest')} wide>
          <code>{image.digest}</code>
        </Fact>
        <Fact name={trans.__('Made')}>{formatTime(image.created)}</Fact>
        <Fact name={trans.__('Size')}>{formatBytes(image.size_bytes)}</Fact>
        <Fact name="Python">{image.python || '–'}</Fact>
        <Fact name={trans.__('Platforms')}>{image.platforms.join(', ')}</Fact>
        <Fact name={trans.__('Notebook')}>{image.notebook || '–'}</Fact>
        <Fact name={trans.__('Signed')} wide={image.signed !== false}>
          <Signed image={image} trans={trans} />
        </Fact>
        {image.entries.map(({ symbol, method, route }) => (
          <Fact key={`${method} ${route}`} name={trans.__('Answers')}>
            <code>
              {method} {route}
            </code>{' '}
            {symbol}
          </Fact>
        ))}
      </dl>
      <Layers {...props} />
      <Packages {...props} />
      <details className="jp-Containerize-details">
        <summary>
          {trans.__('System packages (%1)', image.system_packages.length)}
        </summary>
        <p className="jp-Containerize-versions">
          {image.system_packages.map(({ name, version }) => (
            <span key={name}>
              {name} <span className="jp-Containerize-muted">{version}</span>
            </span>
          ))}
        </p>
      </details>
      <details className="jp-Containerize-details">
        <summary>
          {trans.__('Labels (%1)', Object.keys(image.labels).length)}
        </summary>
        <dl className="jp-Containerize-imageLabels">
          {Object.entries(image.labels).map(([name, value]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd title={value}>
                {value.length > 300 ? `${value.slice(0, 300)}…` : value}
              </dd>
            </React.Fragment>
          ))}
        </dl>
      </details>
      <p className="jp-Containerize-links">
        {trans.__('Bill of materials:')}
        <a href={props.sbomUrl('cyclonedx')} download>
          CycloneDX
        </a>
        <a href={props.sbomUrl('spdx')} download>
          SPDX
        </a>
      </p>
    </div>
  );
}

/** Where a signature of it is. Whose it is, only the key tells, which a reader does not have here. */
function Signed(props: {
  image: ImageDetails;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { image, trans } = props;
  if (image.signed) {
    return (
      <>
        {trans.__('a signature lies at')}{' '}
        {image.signed_at.map((place, index) => (
          <React.Fragment key={place}>
            {index > 0 && ', '}
            <code>{place}</code>
          </React.Fragment>
        ))}
        <span className="jp-Containerize-muted">
          {' '}
          {trans.__('(not checked: that needs its key)')}
        </span>
      </>
    );
  }
  return (
    <>
      {image.signed === null
        ? trans.__('not known: no answer from %1', image.silent.join(', '))
        : trans.__('no signature found')}
    </>
  );
}

/** The layers, each with its share of the whole. */
function Layers({ image, trans }: IContentsProps): React.JSX.Element {
  const most = Math.max(1, ...image.layers.map(layer => layer.size_bytes));
  return (
    <section aria-label={trans.__('Layers')}>
      <h3>{trans.__('Layers (%1)', image.layers.length)}</h3>
      <ol className="jp-Containerize-imageLayers">
        {image.layers.map(({ digest, role, size_bytes, title }, index) => (
          <li key={index} title={digest}>
            <span
              className="jp-Containerize-share"
              data-role={role}
              style={{ width: `${(100 * size_bytes) / most}%` }}
              aria-hidden
            />
            <span className="jp-Containerize-truncate" title={title}>
              {title || role || digest}
            </span>
            <span className="jp-Containerize-muted">{role}</span>
            <span className="jp-Containerize-amount">
              {formatBytes(size_bytes)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Packages({ image, trans }: IContentsProps): React.JSX.Element {
  return (
    <section aria-label={trans.__('Distributions')}>
      <h3>{trans.__('Distributions (%1)', image.distributions.length)}</h3>
      {image.distributions.length === 0 ? (
        <p className="jp-Containerize-muted">
          {trans.__('It needs nothing but Python.')}
        </p>
      ) : (
        <table className="jp-Containerize-plainTable">
          <thead>
            <tr>
              <th scope="col">{trans.__('Name')}</th>
              <th scope="col">{trans.__('Version')}</th>
              <th scope="col">{trans.__('Licence')}</th>
              <th scope="col">{trans.__('Asked for in')}</th>
            </tr>
          </thead>
          <tbody>
            {image.distributions.map(({ name, version, license, cells }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{version}</td>
                <td title={license}>
                  {license.length > 40 ? `${license.slice(0, 40)}…` : license}
                </td>
                <td title={cells.join('\n')}>
                  {cells
                    .slice(0, 4)
                    .map(cell => trans.__('cell %1', cellNumber(cell)))
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The number in `iris.ipynb[3]:7`; all of it where there is none. */
function cellNumber(place: string): string {
  return /\[(\d+)\]/.exec(place)?.[1] ?? place;
}

function Fact(props: {
  name: string;
  wide?: boolean;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <div data-wide={!!props.wide}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
