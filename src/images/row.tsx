import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  closeIcon,
  ellipsesIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, Image, Problem, Running, Settings } from '../api/types';
import { CommandLine } from '../ui/copy';
import { formatAgo, formatBytes, formatTime, shortDigest } from '../ui/format';
import { IconButton } from '../ui/icon-button';
import { warningIcon } from '../ui/icons';
import { ProblemCard } from '../ui/problem';
import {
  chosenNames,
  nameOf,
  registriesOf,
  splitName,
  tasksOf
} from './groups';
import type { IImageActions } from './panel';

export interface IImageRowProps {
  image: Image;
  /** Whether it shows everything before anybody has asked for it. */
  beginsOpen: boolean;
  /** The container that runs it. */
  container: Running | undefined;
  isPending: boolean;
  /** Why what was last tried with it was refused. */
  problem: Problem | null;
  /** Pushes and rebases that are under way, of whatever image. */
  tasks: readonly Build[];
  /** Pushes to registries that have been made, of whatever image. */
  pushes: readonly Build[];
  settings: Settings | null;
  actions: IImageActions;
  /** Shows the container that runs it. */
  renderContainer: (container: Running) => React.ReactNode;
  trans: TranslationBundle;
}

/** One image: its names, what it weighs, where it is, and what can be done with it. */
export const ImageRow = React.memo(function ImageRow(
  props: IImageRowProps
): React.JSX.Element {
  const { image, problem, actions, container, trans } = props;
  const [wish, setWish] = React.useState<boolean | null>(null);
  const isOpen = wish ?? props.beginsOpen;
  const headingId = React.useId();
  const name = nameOf(image);
  const [repository, tag] = splitName(name);
  return (
    <li className="jp-Containerize-image" aria-labelledby={headingId}>
      <div className="jp-Containerize-rowHead">
        <button
          type="button"
          className="jp-Containerize-fold jp-Containerize-name"
          aria-expanded={isOpen}
          title={name}
          onClick={() => setWish(!isOpen)}
        >
          <caretDownIcon.react
            tag="span"
            className="jp-Containerize-caret"
            elementSize="normal"
          />
          <span id={headingId} className="jp-Containerize-imageName">
            <span className="jp-Containerize-truncate">{repository}</span>
            <span className="jp-Containerize-truncate">{tag}</span>
          </span>
        </button>
        <RunButton {...props} name={name} />
        <button
          type="button"
          className="jp-Containerize-iconButton"
          aria-label={trans.__('More about %1', name)}
          aria-haspopup="menu"
          title={trans.__('More')}
          onClick={event => actions.openMenu(image, event.currentTarget)}
        >
          <ellipsesIcon.react tag="span" elementSize="normal" />
        </button>
      </div>
      <Subtitle {...props} />
      {problem && (
        <div role="alert">
          <ProblemCard
            problem={problem}
            path=""
            trans={trans}
            onDismiss={() => actions.dismissRefusal()}
          />
        </div>
      )}
      {tasksOf(image, props.tasks).map(task => (
        <TaskLine key={task.id} task={task} trans={trans} />
      ))}
      {container && props.renderContainer(container)}
      {isOpen && <Details {...props} name={name} />}
    </li>
  );
});

/** Run, or stop what runs. */
function RunButton(
  props: IImageRowProps & { name: string }
): React.JSX.Element {
  const { actions, container, image, isPending, name, settings, trans } = props;
  if (container?.state === 'running' || container?.state === 'starting') {
    return (
      <button
        type="button"
        className="jp-Containerize-run"
        aria-label={trans.__('Stop %1', name)}
        title={trans.__('Stop the container')}
        disabled={isPending}
        onClick={() => actions.stop(container)}
      >
        <stopIcon.react tag="span" elementSize="normal" />
        {trans.__('Stop')}
      </button>
    );
  }
  const why = whyNotRun(settings, trans);
  return (
    <button
      type="button"
      className="jp-Containerize-run"
      aria-label={trans.__('Run %1', name)}
      title={why || trans.__('Run it on this server and try it')}
      disabled={isPending || why !== ''}
      onClick={() => actions.run(image)}
    >
      <runIcon.react tag="span" elementSize="normal" />
      {trans.__('Run')}
    </button>
  );
}

/** Why an image cannot be run here; empty if it can, as far as is known. */
function whyNotRun(
  settings: Settings | null,
  trans: TranslationBundle
): string {
  if (settings?.can.run === false) {
    return trans.__('You may look here, but not run images');
  }
  if (settings && settings.runner.name === null) {
    const reasons = settings.runner.reasons.map(
      ([way, reason]) => `${way ?? ''}: ${reason ?? ''}`
    );
    return [trans.__('Nothing here can run images'), ...reasons].join('\n');
  }
  return '';
}

function Subtitle(props: IImageRowProps): React.JSX.Element {
  const { image, pushes, trans } = props;
  const registries = registriesOf(image, pushes);
  const where = image.where.map(place => placeLabel(place, trans));
  const platforms = image.platforms.map(each => each.replace('linux/', ''));
  return (
    <>
      <div className="jp-Containerize-subtitle">
        <code title={image.digest}>{shortDigest(image.digest)}</code>
        <span>{formatBytes(image.size_bytes)}</span>
        <span title={formatTime(image.created)}>
          {formatAgo(image.created)}
        </span>
      </div>
      <div className="jp-Containerize-facets">
        <span title={image.platforms.join(', ')}>{platforms.join(', ')}</span>
        <span title={trans.__('Where it is on the server’s machine')}>
          {where.join(', ')}
        </span>
        {registries.map(place => (
          <span
            key={place}
            className="jp-Containerize-truncate"
            title={trans.__('Pushed to %1', place)}
          >
            {place}
          </span>
        ))}
      </div>
      {image.changed && (
        <div className="jp-Containerize-changed">
          <warningIcon.react tag="span" elementSize="normal" />
          {trans.__('The notebook has changed since')}
        </div>
      )}
    </>
  );
}

function placeLabel(
  place: Image['where'][number],
  trans: TranslationBundle
): string {
  const labels: Record<Image['where'][number], string> = {
    store: trans.__('local store'),
    docker: 'Docker',
    podman: 'Podman'
  };
  return labels[place];
}

/** A push or a rebase, as far as it is; the whole of it is among the builds. */
function TaskLine(props: {
  task: Build;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { task, trans } = props;
  const { progress } = task;
  const share =
    progress?.total && progress.total > 0
      ? Math.min(1, progress.done / progress.total)
      : null;
  const what =
    task.kind === 'push'
      ? trans.__('Pushing to %1', task.destination)
      : trans.__('Rebasing');
  return (
    <div>
      <div className="jp-Containerize-subtitle">
        <span className="jp-Containerize-truncate" title={what}>
          {what}
        </span>
        <span>{share === null ? '' : `${Math.floor(100 * share)} %`}</span>
      </div>
      <div className="jp-Containerize-bar" data-measured={share !== null}>
        <div style={share === null ? {} : { width: `${100 * share}%` }} />
      </div>
    </div>
  );
}

/** The other names, and how to run it elsewhere. */
function Details(props: IImageRowProps & { name: string }): React.JSX.Element {
  const { actions, image, isPending, name, settings, trans } = props;
  const names = chosenNames(image);
  return (
    <>
      {/* The row's head has only the end of a name. */}
      {(names.length > 1 || name.includes('/')) && (
        <ul className="jp-Containerize-names">
          {names.map(tag => (
            <li key={tag}>
              <span className="jp-Containerize-truncate" title={tag}>
                {tag}
              </span>
              <IconButton
                icon={closeIcon}
                label={trans.__('Remove the name %1', tag)}
                disabled={isPending || settings?.can.delete === false}
                onClick={() => actions.removeName(image, tag)}
              />
            </li>
          ))}
        </ul>
      )}
      {image.changed === false && (
        <p className="jp-Containerize-muted">
          {trans.__('Made from the notebook as it is saved now.')}
        </p>
      )}
      {image.run_command && (
        <CommandLine command={image.run_command} trans={trans} />
      )}
    </>
  );
}
