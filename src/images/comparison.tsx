import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Image, ImageComparison } from '../api/types';
import { formatBytes, formatMore } from '../ui/format';
import { namesFirst, nameOf } from './groups';
import { Loaded } from './loaded';

const NUMBER = 'jp-Containerize-number';

export interface IComparisonOptions {
  images: readonly Image[];
  /** The one that the other is compared with. */
  after: Image;
  compare: (before: string, after: string) => Promise<ImageComparison>;
  trans: TranslationBundle;
}

/** Two images beside each other: for a dialog. */
export class ComparisonBody extends ReactWidget {
  constructor(private readonly _options: IComparisonOptions) {
    super();
    this.addClass('jp-Containerize-dialog');
  }

  protected override render(): React.JSX.Element {
    return <Comparison {...this._options} />;
  }
}

export function Comparison(props: IComparisonOptions): React.JSX.Element {
  const { after: image, compare, images, trans } = props;
  const [before, setBefore] = React.useState(() => earlierOf(image, images));
  const [after, setAfter] = React.useState(idOf(image));
  const answer = React.useMemo(
    () => compare(before, after),
    [compare, before, after]
  );
  return (
    <div className="jp-Containerize-comparison">
      <Choice
        label={trans.__('From')}
        images={images}
        value={before}
        onChange={setBefore}
      />
      <Choice
        label={trans.__('To')}
        images={images}
        value={after}
        onChange={setAfter}
      />
      <Loaded promise={answer} trans={trans}>
        {result => <Differences result={result} trans={trans} />}
      </Loaded>
    </div>
  );
}

function Choice(props: {
  label: string;
  images: readonly Image[];
  value: string;
  onChange: (value: string) => void;
}): React.JSX.Element {
  const id = React.useId();
  return (
    <div className="jp-Containerize-choice">
      <label htmlFor={id}>{props.label}</label>
      <div className="jp-Containerize-selectBox">
        <select
          id={id}
          value={props.value}
          onChange={event => props.onChange(event.currentTarget.value)}
        >
          {props.images.map(image => (
            <option key={image.digest} value={idOf(image)}>
              {nameOf(image)} ({formatBytes(image.size_bytes)})
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function Differences(props: {
  result: ImageComparison;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { result, trans } = props;
  const { bytes_after, bytes_before, changes, layers, same_layers } = result;
  const more = bytes_after - bytes_before;
  return (
    <div role="status">
      <p>
        {formatBytes(bytes_before)} → {formatBytes(bytes_after)}
        <span className="jp-Containerize-muted">
          {' '}
          ({formatMore(more)})
        </span>;{' '}
        {trans._n(
          '%1 layer is the same',
          '%1 layers are the same',
          same_layers
        )}
      </p>
      {changes.length === 0 && layers.length === 0 && (
        <p className="jp-Containerize-muted">
          {trans.__('There is no difference.')}
        </p>
      )}
      {changes.length > 0 && (
        <table className="jp-Containerize-plainTable">
          <thead>
            <tr>
              <th scope="col">{trans.__('Package')}</th>
              <th scope="col">{trans.__('From')}</th>
              <th scope="col">{trans.__('To')}</th>
              <th scope="col" className={NUMBER}>
                {trans.__('Size')}
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ kind, name, before, after, bytes_more }) => (
              <tr key={`${kind} ${name}`}>
                <th scope="row" title={kind}>
                  {name}
                </th>
                <td>{before ?? '–'}</td>
                <td>{after ?? '–'}</td>
                <td className={NUMBER}>
                  {bytes_more === null ? '' : formatMore(bytes_more)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {layers.length > 0 && (
        <table className="jp-Containerize-plainTable">
          <thead>
            <tr>
              <th scope="col">{trans.__('Layer')}</th>
              <th scope="col" className={NUMBER}>
                {trans.__('From')}
              </th>
              <th scope="col" className={NUMBER}>
                {trans.__('To')}
              </th>
            </tr>
          </thead>
          <tbody>
            {layers.map((layer, index) => (
              <tr key={index}>
                <th scope="row">{titleOf(layer)}</th>
                <td className={NUMBER}>{bytesOrDash(layer.bytes_before)}</td>
                <td className={NUMBER}>{bytesOrDash(layer.bytes_after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** A layer's own words; its role stands before them unless they begin with it. */
function titleOf(layer: ImageComparison['layers'][number]): string {
  const title = layer.title_after ?? layer.title_before ?? '';
  return title.replace(/^(\w+): (?=\1: )/i, '');
}

function bytesOrDash(bytes: number | null): string {
  return bytes === null ? '–' : formatBytes(bytes);
}

/** What the server finds an image by. */
function idOf(image: Image): string {
  return namesFirst(image)[0] ?? image.digest;
}

/** The image to begin with: the next older one of the same notebook, else any other. */
function earlierOf(image: Image, images: readonly Image[]): string {
  const others = images.filter(other => other.digest !== image.digest);
  const made = Date.parse(image.created);
  const own = others.filter(
    other => other.path === image.path && other.notebook === image.notebook
  );
  const earlier =
    own.find(other => Date.parse(other.created) <= made) ?? own[0] ?? others[0];
  return idOf(earlier ?? image);
}
