import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Preview } from '../api/types';
import { mayBuild } from '../api/types';
import type { IObservable, ISettingsState } from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { useModel } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';
import { ProblemCard } from '../ui/problem';
import { Empty, Section, Skeleton } from '../ui/section';
import { Around, RPackages } from './around';
import type { BuiltModel, IBuiltState } from './built';
import { Dependencies } from './dependencies';
import { editing } from './edits';
import { Findings } from './findings';
import { Head, UndoBar } from './head';
import { servedOf, withServed } from './metadata';
import type { IPreviewState, PreviewModel } from './model';
import type { IPlanState, PlanModel } from './plan';
import { PlanBlock } from './plan-panel';
import { Serving } from './serving';
import { StateSelect, Used } from './slice';
import { NoCode, OtherLanguage } from './unusable';

/** What the server says of a notebook without any code. */
const NO_CODE = 'JC-NOTEBOOK-04';

export interface IPreviewProps {
  model: PreviewModel;
  plan: PlanModel;
  built: BuiltModel;
  /** What the user may do. */
  settings: IObservable<ISettingsState>;
  trans: TranslationBundle;
  onBuild: (path: string) => void;
  onGoToCell: GoToCell;
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
  const plan = useModel(props.plan);
  const built = useModel(props.built);
  const mayAct = mayBuild(useModel(props.settings).server);
  return (
    <Section
      title={trans.__('This notebook')}
      isBusy={state.isRefreshing}
      actions={
        state.status !== 'none' && (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Analyse again')}
            onClick={() => void model.reload()}
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
          <Head
            state={state}
            isBuildable={isBuildable(state)}
            mayBuild={mayAct}
            trans={trans}
            onBuild={props.onBuild}
          />
          {state.undo && (
            <UndoBar
              undo={state.undo}
              trans={trans}
              onUndo={() => model.undo()}
            />
          )}
          <Body
            {...props}
            state={state}
            planned={plan}
            last={built}
            mayPlan={mayAct}
          />
        </>
      )}
    </Section>
  );
}

interface IBodyProps extends IPreviewProps {
  state: IPreviewState;
  planned: IPlanState;
  last: IBuiltState;
  mayPlan: boolean;
}

/** Not drawn again for an answer that tells nothing new, as while comments are typed. */
const Body = React.memo(BodyOfState, (before, after) => {
  const isSame = <T extends object>(a: T, b: T, but: (keyof T)[] = []) =>
    (Object.keys(b) as (keyof T)[]).every(
      key => but.includes(key) || a[key] === b[key]
    );
  return (
    isSame(before, after, ['state', 'onBuild', 'onGoToCell']) &&
    isSame(before.state, after.state, ['isRefreshing', 'version', 'undo'])
  );
});

function BodyOfState(props: IBodyProps): React.JSX.Element {
  const { state, trans } = props;
  if (state.problem?.code === NO_CODE) {
    return <NoCode trans={trans} />;
  }
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
  return isPython(state.preview) ? (
    <Blocks {...props} preview={state.preview} />
  ) : (
    <Foreign {...props} preview={state.preview} />
  );
}

type BlocksProps = IBodyProps & { preview: Preview };

function Blocks(props: BlocksProps): React.JSX.Element {
  const { last, model, plan, preview, state, trans } = props;
  const place = { path: state.path, trans, onGoToCell: props.onGoToCell };
  const edits = React.useMemo(
    () => editing((change, text) => model.edit(change, text), trans),
    [model, trans]
  );
  const serve = (symbols: readonly string[]) =>
    model.edit(
      own => withServed(own, symbols),
      symbols.length > 0
        ? trans.__('The notebook serves %1', symbols.join(', '))
        : trans.__('What serves is found by itself')
    );
  return (
    <>
      <Findings {...place} findings={preview.findings} />
      <Serving
        {...place}
        preview={preview}
        signatures={state.signatures}
        served={servedOf(state.own)}
        built={last}
        onServe={serve}
      />
      <Objects {...props} />
      <Dependencies
        {...place}
        preview={preview}
        own={state.own}
        editing={edits}
      />
      <Around {...place} preview={preview} />
      {preview.slice && props.mayPlan && (
        <PlanBlock
          {...place}
          state={props.planned}
          onPlan={() => void plan.start()}
          onCancelPlan={() => void plan.cancel()}
          onClosePlan={() => plan.close()}
        />
      )}
    </>
  );
}

/** Where the objects come from, and how much of the notebook that needs. */
function Objects(props: BlocksProps): React.JSX.Element | null {
  const { last, model, preview, state, trans } = props;
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
          onChoose={source => model.choose(source)}
        />
      )}
      <Used
        slice={preview.slice}
        built={last}
        path={state.path}
        trans={trans}
        onGoToCell={props.onGoToCell}
      />
    </div>
  );
}

/** A notebook in a language that is read and not built. */
function Foreign(props: BlocksProps): React.JSX.Element {
  const { preview, state, trans } = props;
  const place = { path: state.path, trans, onGoToCell: props.onGoToCell };
  return (
    <>
      <OtherLanguage language={preview.language} trans={trans} />
      <RPackages {...place} preview={preview} />
      <Around {...place} preview={preview} />
      <Findings
        {...place}
        findings={preview.findings.filter(
          ({ severity }) => severity !== 'error'
        )}
      />
    </>
  );
}

function isPython(preview: Preview): boolean {
  return ['python', ''].includes(preview.language.toLowerCase());
}

/** False only if it is certain that a build would be refused. */
function isBuildable(state: IPreviewState): boolean {
  return (
    state.problem?.code !== NO_CODE &&
    (state.preview === null || isPython(state.preview))
  );
}
