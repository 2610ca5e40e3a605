import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { baseName } from '../ui/format';
import type { IPreviewState, IUndo } from './model';

/** The notebook's name, where its image goes, and the button that makes it. */
export function Head(props: {
  state: IPreviewState;
  /** False if it is certain that a build would be refused. */
  isBuildable: boolean;
  mayBuild: boolean;
  trans: TranslationBundle;
  onBuild: (path: string) => void;
}): React.JSX.Element {
  const { isBuildable, state, trans } = props;
  const { path, preview } = state;
  return (
    <div className="jp-Containerize-head">
      <div className="jp-Containerize-headText">
        <div
          className="jp-Containerize-truncate jp-Containerize-name"
          title={path}
        >
          {baseName(path)}
        </div>
        {!props.mayBuild && (
          <div className="jp-Containerize-muted">
            {trans.__('You may look here, but not build')}
          </div>
        )}
        {preview && isBuildable && props.mayBuild && (
          <div
            className="jp-Containerize-truncate jp-Containerize-muted"
            title={trans.__('The image will be named %1', preview.tag)}
          >
            {trans.__('image %1', preview.tag)}
          </div>
        )}
      </div>
      <button
        type="button"
        className="jp-Containerize-primary"
        disabled={!isBuildable || !props.mayBuild}
        onClick={() => props.onBuild(path)}
      >
        {trans.__('Containerize')}
      </button>
    </div>
  );
}

/** Says what was changed in the notebook's metadata, and takes it back. */
export function UndoBar(props: {
  undo: IUndo;
  trans: TranslationBundle;
  onUndo: () => void;
}): React.JSX.Element {
  const { trans, undo } = props;
  return (
    <div className="jp-Containerize-undo">
      <span role="status" title={trans.__('Kept in the notebook’s metadata')}>
        {undo.text}
      </span>
      <button
        type="button"
        className="jp-Containerize-textButton"
        onClick={props.onUndo}
      >
        {trans.__('Undo')}
      </button>
    </div>
  );
}
