import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Dependency, Preview, StateSource } from '../api/types';
import type { IObservable } from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { baseName } from '../ui/format';
import { useModel } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import type { IPreviewState } from './model';
import { DependencyRow, FindingRow } from './row';
import { Serving } from './serving';
import { StateSelect, Used } from './slice';

export interface IPreviewProps {
  model: IObservable<IPreviewState>;
  trans: TranslationBundle;
  onBuild: (path: string) => void;
  onGoToCell: GoToCell;
  onReload: () => void;
  onChooseState: (source: StateSource) => void;
}

/** The section "This notebook". */
export class PreviewPanel extends ReactWidget {
  constructor(private readonly _props: IPreviewProps) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <PreviewSection {...this._props} />;
  }
}

export function PreviewSection(props: IPreviewProps): React.JSX.Element {
  const { model, trans } = props;
  const state = useModel(model);
  return (
    <Section
      title={trans.__('This notebook')}
      isBusy={state.isRefreshing}
      actions={
        state.status !== 'none' && (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Analyse again')}
            onClick={props.onReload}
          />
        )
      }
    >
      {state.status === 'none' ? (
        <Empty title={trans.__('No notebook open')}>
          {trans.__(
            'Open a notebook to see what its image would serve and install.'
          )}
        </Empty>
      ) : (
        <>
          <Head {...props} state={state} />
          <Body {...props} state={state} />
        </>
      )}
    </Section>
  );
}

type Props = IPreviewProps & { state: IPreviewState };

/** The notebook's name, where its image goes, and the button that makes it. */
function Head(props: Props): React.JSX.Element {
  const { state, trans } = props;
  const { preview } = state;
  return (
    <div className="jp-Containerize-head">
      <div className="jp-Containerize-headText">
        <div
          className="jp-Containerize-truncate jp-Containerize-name"
          title={state.path}
        >
          {baseName(state.path)}
        </div>
        {preview && (
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
        onClick={() => props.onBuild(state.path)}
      >
        {trans.__('Containerize')}
      </button>
    </div>
  );
}

function Body(props: Props): React.JSX.Element {
  const { state, trans } = props;
  if (state.problem) {
    return (
      <ProblemCard
        problem={state.problem}
        path={state.path}
        trans={trans}
        onGoToCell={props.onGoToCell}
      />
    );
  }
  if (!state.preview) {
    return <Skeleton label={trans.__('Reading the notebook…')} rows={4} />;
  }
  return (
    <>
      <Serving
        preview={state.preview}
        path={state.path}
        trans={props.trans}
        onGoToCell={props.onGoToCell}
      />
      <State {...props} preview={state.preview} />
      <Dependencies {...props} preview={state.preview} />
      <Findings {...props} preview={state.preview} />
    </>
  );
}

type PreviewProps = Props & { preview: Preview };

/** Where the objects come from, and how much of the notebook that needs. */
function State(props: PreviewProps): React.JSX.Element | null {
  const { preview, state, trans } = props;
  if (!preview.slice) {
    return null;
  }
  // A job has no objects: the whole notebook runs whenever its container does.
  const isJob = preview.serving?.kind === 'job';
  return (
    <div className="jp-Containerize-block">
      {!isJob && (
        <StateSelect
          source={state.choice ?? preview.slice.state}
          hasKernel={state.hasKernel}
          trans={trans}
          onChoose={props.onChooseState}
        />
      )}
      <Used
        slice={preview.slice}
        path={state.path}
        trans={trans}
        onGoToCell={props.onGoToCell}
      />
    </div>
  );
}

function Dependencies(props: PreviewProps): React.JSX.Element {
  const { preview, trans } = props;
  // What nobody knows about may be needed: it is shown with what is.
  const used = preview.dependencies.filter(row => row.serving !== false);
  const dropped = preview.dependencies.filter(row => row.serving === false);
  const python = preview.python
    ? trans.__('Python %1', preview.python)
    : trans.__('The kernel %1 cannot be asked', preview.kernel);
  return (
    <div className="jp-Containerize-block">
      <h3>
        {trans.__('Dependencies')}
        <span className="jp-Containerize-muted">{python}</span>
      </h3>
      {preview.dependencies.length === 0 ? (
        <p className="jp-Containerize-muted">
          {trans.__('Nothing but what the runtime itself needs.')}
        </p>
      ) : (
        <DependencyTable {...props} rows={used} />
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
          <DependencyTable {...props} rows={dropped} />
        </details>
      )}
    </div>
  );
}

function DependencyTable(
  props: PreviewProps & { rows: readonly Dependency[] }
): React.JSX.Element | null {
  const { rows, state, trans } = props;
  if (rows.length === 0) {
    return null;
  }
  return (
    <table className="jp-Containerize-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Distribution')}</th>
          <th scope="col">{trans.__('Version')}</th>
          <th scope="col">{trans.__('Cells')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(dependency => (
          <DependencyRow
            key={dependency.distribution}
            dependency={dependency}
            path={state.path}
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        ))}
      </tbody>
    </table>
  );
}

function Findings(props: PreviewProps): React.JSX.Element | null {
  const { preview, state, trans } = props;
  if (preview.findings.length === 0) {
    return null;
  }
  return (
    <div className="jp-Containerize-block">
      <h3>{trans.__('Findings')}</h3>
      <ul className="jp-Containerize-findings">
        {preview.findings.map((finding, index) => (
          <FindingRow
            key={`${index}-${finding.code}`}
            finding={finding}
            path={state.path}
            trans={trans}
            onGoToCell={props.onGoToCell}
          />
        ))}
      </ul>
    </div>
  );
}
