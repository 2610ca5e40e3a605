import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IObservable } from '../tokens';
import { useModel } from '../ui/hooks';

/** A list of something that the server keeps. */
interface IListState {
  readonly status: 'loading' | 'ready' | 'failed';
}

export interface IWelcomeProps {
  builds: IObservable<IListState & { readonly builds: readonly unknown[] }>;
  images: IObservable<IListState & { readonly images: readonly unknown[] }>;
  /** Says which notebook is open; `path` is empty if none is. */
  notebook: IObservable<{ readonly path: string }>;
  trans: TranslationBundle;
  /** Let the user choose a notebook. */
  onOpen: () => void;
}

/** What this is for, until something was built. */
export class WelcomePanel extends ReactWidget {
  constructor(private readonly _props: IWelcomeProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <Welcome {...this._props} />;
  }
}

/** One sentence and one button; nothing for who has an image or a build. */
export function Welcome(props: IWelcomeProps): React.JSX.Element | null {
  const { trans } = props;
  const builds = useModel(props.builds);
  const images = useModel(props.images);
  const { path } = useModel(props.notebook);
  const isFirst =
    builds.status === 'ready' &&
    images.status === 'ready' &&
    builds.builds.length === 0 &&
    images.images.length === 0;
  if (!isFirst) {
    return null;
  }
  return (
    <section
      className="jp-Containerize-welcome"
      aria-label={trans.__('What Containerize does')}
    >
      <p>
        {trans.__(
          'Turn a notebook into an image that answers predictions: what its function needs, and nothing else, goes in.'
        )}
      </p>
      {path === '' && (
        <button
          type="button"
          className="jp-Containerize-primary"
          onClick={props.onOpen}
        >
          {trans.__('Open a notebook…')}
        </button>
      )}
    </section>
  );
}
