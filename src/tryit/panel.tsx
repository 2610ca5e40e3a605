import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Running } from '../api/types';
import type { IContainerizeClient, IContainers } from '../tokens';
import { useModel } from '../ui/hooks';
import { ProblemCard } from '../ui/problem';
import { Skeleton } from '../ui/section';
import { AnswerView, History } from './answer';
import { JsonControl } from './controls';
import { Fields, Wrong } from './fields';
import type { TryModel, TryModels } from './model';
import { wholeOf } from './model';

export interface ITryItProps {
  container: Running;
  containers: IContainers;
  model: TryModel;
  /** Where the last that it printed can be read. */
  logUrl: string;
  trans: TranslationBundle;
}

/** What a container shows in a row of its own; for whoever lists containers. */
export function renderContainer(
  container: Running,
  options: {
    client: IContainerizeClient;
    containers: IContainers;
    tries: TryModels;
    trans: TranslationBundle;
  }
): React.JSX.Element {
  const { client, containers, tries, trans } = options;
  return (
    <TryIt
      container={container}
      containers={containers}
      model={tries.of(container.id)}
      logUrl={client.runningLogUrl(container.id)}
      trans={trans}
    />
  );
}

/** A container: how it is, and once it runs, a form to ask it something. */
export function TryIt(props: ITryItProps): React.JSX.Element {
  const { container, containers, trans } = props;
  const { pending, shown } = useModel(containers);
  const node = React.useRef<HTMLDivElement>(null);
  const [wasStarting] = React.useState(container.state === 'starting');
  const { status } = useModel(props.model);
  const isReady = container.state === 'running' && status === 'ready';
  React.useEffect(() => {
    // Whoever has started it waits for the form.
    if (isReady && wasStarting) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [isReady, wasStarting]);
  React.useEffect(() => {
    if (shown?.id === container.id) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [shown, container.id]);
  return (
    <div
      ref={node}
      className="jp-Containerize-tryIt"
      role="group"
      aria-label={trans.__('Try %1', container.image)}
    >
      {container.state === 'starting' && (
        <div role="status">
          <p>{trans.__('Starting with %1…', container.engine)}</p>
          <div className="jp-Containerize-bar" data-measured={false}>
            <div />
          </div>
        </div>
      )}
      {container.state === 'running' && <Form {...props} />}
      {container.state === 'stopped' && (
        <p className="jp-Containerize-muted">
          {trans.__('It has ended without an error.')}
        </p>
      )}
      {container.state === 'failed' && container.problem && (
        <ProblemCard problem={container.problem} path="" trans={trans} />
      )}
      <p className="jp-Containerize-subtitle">
        {container.state === 'running' ? (
          <span
            className="jp-Containerize-truncate"
            title={trans.__(
              '%1, on the machine of the Jupyter server; run by %2',
              container.url,
              container.engine
            )}
          >
            {container.url.replace('http://', '')}
          </span>
        ) : (
          <span />
        )}
        <span className="jp-Containerize-links">
          <a href={props.logUrl} target="_blank" rel="noreferrer">
            {trans.__('Log')}
          </a>
          {(container.state === 'failed' || container.state === 'stopped') && (
            <button
              type="button"
              disabled={pending.has(container.id)}
              onClick={() => void containers.stop(container.id)}
            >
              {trans.__('Dismiss')}
            </button>
          )}
        </span>
      </p>
    </div>
  );
}

function Form(props: ITryItProps): React.JSX.Element {
  const { model, trans } = props;
  const state = useModel(model);
  const { answers, endpoints, problem, shown, status } = state;
  React.useEffect(() => {
    void model.load();
  }, [model]);
  if (status === 'loading') {
    return (
      <Skeleton label={trans.__('Reading what it can be asked…')} rows={3} />
    );
  }
  const answer = answers.find(({ id }) => id === shown);
  return (
    <>
      {endpoints.length > 0 && <Question model={model} trans={trans} />}
      {status === 'ready' && endpoints.length === 0 && (
        <p className="jp-Containerize-muted">
          {trans.__('It does not say what it can be asked.')}
        </p>
      )}
      <div role="alert">
        {problem && <ProblemCard problem={problem} path="" trans={trans} />}
      </div>
      {status === 'failed' && (
        <button
          type="button"
          className="jp-Containerize-secondary"
          onClick={() => void model.load()}
        >
          {trans.__('Try again')}
        </button>
      )}
      {answer && <AnswerView key={answer.id} answer={answer} trans={trans} />}
      <History
        answers={answers}
        shown={shown}
        trans={trans}
        onShow={id => model.show(id)}
      />
    </>
  );
}

/** What is asked, and the button that asks it. */
function Question(props: {
  model: TryModel;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { model, trans } = props;
  const { asJson, chosen, endpoints, isSending, values, wrong } =
    useModel(model);
  const endpoint = endpoints[chosen];
  const isCell = endpoint?.kind === 'cell';
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault();
        void model.send();
      }}
    >
      {endpoints.length > 1 && (
        <div className="jp-Containerize-selectBox">
          <select
            aria-label={trans.__('Endpoint')}
            value={chosen}
            onChange={event => model.choose(Number(event.currentTarget.value))}
          >
            {endpoints.map(({ symbol, method, route }, index) => (
              <option key={`${method} ${route}`} value={index}>
                {`${symbol}: ${method} ${route}`}
              </option>
            ))}
          </select>
        </div>
      )}
      {endpoint?.words && (
        <p className="jp-Containerize-muted">{endpoint.words}</p>
      )}
      {asJson ? (
        <JsonControl
          value={wholeOf(values)}
          isRequired
          isWrong={wrong.length > 0}
          label={trans.__('The request as JSON')}
          trans={trans}
          onChange={value => model.setAll(value ?? new Map())}
        />
      ) : (
        endpoint && (
          <Fields
            key={chosen}
            schema={endpoint.inputs}
            root={endpoint.inputs}
            values={values}
            sample={endpoint.example ?? undefined}
            wrong={wrong}
            trans={trans}
            onChange={(name, value) => model.set(name, value)}
          />
        )
      )}
      <Wrong wrong={asJson ? wrong : wrong.filter(each => !each.path.length)} />
      <div className="jp-Containerize-formButtons">
        <button
          type="submit"
          className="jp-Containerize-primary"
          aria-disabled={isSending}
        >
          {isSending ? trans.__('Sending…') : trans.__('Send')}
        </button>
        <button
          type="button"
          className="jp-Containerize-secondary"
          title={trans.__('Back to the notebook’s example')}
          onClick={() => model.reset()}
        >
          {trans.__('Reset')}
        </button>
        {!isCell && (
          <button
            type="button"
            className="jp-Containerize-secondary"
            onClick={() => model.writeAsJson(!asJson)}
          >
            {asJson ? trans.__('Edit as a form') : trans.__('Edit as JSON')}
          </button>
        )}
      </div>
    </form>
  );
}
