import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IObservable } from '../tokens';
import { useModel } from '../ui/hooks';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import type { IImagesState } from './model';
import { ImageRow } from './row';

export interface IImagesProps {
  model: IObservable<IImagesState>;
  trans: TranslationBundle;
}

/** The section "Images". */
export class ImagesPanel extends ReactWidget {
  constructor(private readonly _props: IImagesProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <ImagesSection {...this._props} />;
  }
}

export function ImagesSection(props: IImagesProps): React.JSX.Element {
  const { model, trans } = props;
  const { status, images, problem } = useModel(model);
  return (
    <Section title={trans.__('Images')} count={images.length}>
      {problem && <ProblemCard problem={problem} path="" trans={trans} />}
      {status === 'loading' && (
        <Skeleton label={trans.__('Reading the images…')} rows={2} />
      )}
      {status === 'ready' && images.length === 0 && (
        <Empty title={trans.__('No images yet')}>
          {trans.__('What is built on this server is listed here.')}
        </Empty>
      )}
      {images.length > 0 && (
        <ul className="jp-Containerize-list">
          {images.map(image => (
            <ImageRow key={image.digest} image={image} trans={trans} />
          ))}
        </ul>
      )}
    </Section>
  );
}
