import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  checkIcon,
  closeIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build, BuildState, Report, SelfTest } from '../api/types';
import { isLive, PHASES } from '../api/types';
import type { IBuilds } from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import { CommandLine } from '../ui/copy';
import {
  baseName,
  formatAgo,
  formatBytes,
  formatSeconds,
  formatTime,
  secondsBetween,
  shortDigest
} from '../ui/format';
import { useNow } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';
import { warningIcon } from '../ui/icons';
import { ProblemCard } from '../ui/problem';
import { LogView } from './logview';
import { ProgressBar } from './progress';
import { Stepper } from './stepper';

export interface IBuildRowProps {
  build: Build;
  builds: IBuilds;
  /** Whether it is the latest one of its notebook; older ones begin folded. */
  isLatest: boolean;
  isPending: boolean;
  logUrl: (id: string) => string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
}

/** What a state is called on the screen. */
export function stateLabel(
  state: BuildState,
  trans: TranslationBundle
): string {
  const labels: Record<BuildState, string> = {
    queued: trans.__('Queued'),
    running: trans.__('Running'),
    succeeded: trans.__('Done'),
    failed: trans.__('Failed'),
    cancelled: trans.__('Cancelled'),
    interrupted: trans.__('Interrupted')
  };
  return labels[state];
}

/** One build: how far it is, or how it ended. One that has ended can be folded. */
export function BuildRow(props: IBuildRowProps): React.JSX.Element {
  const { build, trans } = props;
  const [wish, setWish] = React.useState<boolean | null>(null);
  const isOpen = isLive(build) || (wish ?? props.isLatest);
  const name = baseName(build.path);
  const headingId = React.useId();
  return (
    <li
      className="jp-Containerize-build"
      data-state={build.state}
      aria-labelledby={headingId}
    >
      <div className="jp-Containerize-rowHead">
        {isLive(build) ? (
          <span
            id={headingId}
            className="jp-Containerize-truncate jp-Containerize-name"
            title={build.path}
          >
            {name}
          </span>
        ) : (
          <button
            type="button"
            className="jp-Containerize-fold jp-Containerize-name"
            aria-expanded={isOpen}
            title={build.path}
            onClick={() => {
              setWish(!isOpen);
            }}
          >
            <caretDownIcon.react
              tag="span"
              className="jp-Containerize-caret"
              elementSize="normal"
            />
            <span id={headingId} className="jp-Containerize-truncate">
              {name}
            </span>
          </button>
        )}
        <span className="jp-Containerize-state" data-state={build.state}>
          {stateLabel(build.state, trans)}
        </span>
        <EndButton {...props} name={name} />
      </div>
      <Subtitle {...props} />
      {isOpen && <Body {...props} />}
    </li>
  );
}

/** What happens, or how it ended, with the log. */
function Body(props: IBuildRowProps): React.JSX.Element {
  const { build, trans } = props;
  return (
    <>
      {build.state !== 'succeeded' && <Stepper build={build} trans={trans} />}
      {isLive(build) && <ProgressBar build={build} trans={trans} />}
      {build.state === 'interrupted' && !build.problem && (
        <p className="jp-Containerize-muted">
          {trans.__(
            'The server was stopped while it ran. Nothing half-made is left; build it again.'
          )}
        </p>
      )}
      {build.problem && build.state !== 'cancelled' && (
        <ProblemCard
          problem={build.problem}
          path={build.path}
          trans={trans}
          onGoToCell={props.onGoToCell}
        />
      )}
      {build.report && <Result report={build.report} trans={trans} />}
      <LogDisclosure {...props} />
    </>
  );
}

/** Cancel for a build that runs, forget for one that has ended. */
function EndButton(
  props: IBuildRowProps & { name: string }
): React.JSX.Element {
  const { build, builds, isPending, name, trans } = props;
  return isLive(build) ? (
    <IconButton
      icon={stopIcon}
      label={trans.__('Cancel the build of %1', name)}
      disabled={isPending}
      onClick={() => void builds.cancel(build.id)}
    />
  ) : (
    <IconButton
      icon={closeIcon}
      label={trans.__('Remove the build of %1 from this list', name)}
      disabled={isPending}
      onClick={() => void builds.forget(build.id)}
    />
  );
}

/** The image's name, when it was started, and how long it took or takes. */
function Subtitle(props: IBuildRowProps): React.JSX.Element {
  const { build } = props;
  const now = useNow(build.state === 'running');
  const seconds =
    build.started === null
      ? null
      : secondsBetween(build.started, build.finished ?? now);
  // Until it has a name, the path tells builds of equal file names apart.
  const reference = build.report?.reference ?? (build.tag || build.path);
  return (
    <div className="jp-Containerize-subtitle">
      <span className="jp-Containerize-truncate" title={reference}>
        {reference}
      </span>
      <span title={formatTime(build.created)}>
        {seconds !== null && build.finished === null
          ? formatSeconds(Math.floor(seconds))
          : formatAgo(build.finished ?? build.created)}
      </span>
    </div>
  );
}

function Result(props: {
  report: Report;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { report, trans } = props;
  const reused = report.layers.filter(layer => layer.reused).length;
  // Other timings are parts of a phase.
  const total = PHASES.reduce(
    (sum, phase) => sum + (report.timings[phase] ?? 0),
    0
  );
  return (
    <div className="jp-Containerize-result">
      <dl className="jp-Containerize-facts">
        <Fact name={trans.__('Digest')} title={report.digest}>
          <code>{shortDigest(report.digest)}</code>
        </Fact>
        <Fact name={trans.__('Size')}>{formatBytes(report.size_bytes)}</Fact>
        <Fact name={trans.__('Layers')}>
          {trans.__('%1 new, %2 reused', report.layers.length - reused, reused)}
        </Fact>
        <Fact name={trans.__('Time')}>{formatSeconds(total)}</Fact>
        {report.objects?.map(item => (
          <Fact
            key={item.name}
            name={item.name}
            title={`${item.type_name}, ${item.formats.join(', ')} (${item.location})`}
          >
            {formatBytes(item.size_bytes)}
          </Fact>
        ))}
      </dl>
      {report.parity?.proof === 'fell back' && (
        <p className="jp-Containerize-muted">
          {trans.__(
            'The part of the notebook that serving needs gave other answers; the whole notebook was taken. %1',
            report.parity.reason
          )}
        </p>
      )}
      <SelfTestLine selftest={report.selftest} trans={trans} />
      {report.run_command && (
        <CommandLine command={report.run_command} trans={trans} />
      )}
    </div>
  );
}

/** A name and a value in a list of facts. */
function Fact(props: {
  name: string;
  title?: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <div title={props.title}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function SelfTestLine(props: {
  selftest: SelfTest;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { selftest, trans } = props;
  const hasPassed = selftest.ran && selftest.passed;
  const Icon = hasPassed ? checkIcon : warningIcon;
  const text = hasPassed
    ? trans.__('Answers the notebook’s own example')
    : selftest.ran
      ? trans.__('Does not answer the notebook’s own example')
      : trans.__('Not tried');
  return (
    <div className="jp-Containerize-selftest" data-passed={hasPassed}>
      <Icon.react tag="span" elementSize="normal" />
      <span>
        {text}
        {selftest.engine && (
          <span className="jp-Containerize-muted"> ({selftest.engine})</span>
        )}
        {selftest.reason && (
          <p className="jp-Containerize-muted">{selftest.reason}</p>
        )}
      </span>
    </div>
  );
}

function LogDisclosure(props: IBuildRowProps): React.JSX.Element {
  const { build, builds, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  return (
    <details
      className="jp-Containerize-details"
      onToggle={event => {
        setOpen(event.currentTarget.open);
        if (!event.currentTarget.open) {
          builds.closeLog(build.id);
        }
      }}
    >
      <summary>{trans.__('Log')}</summary>
      {isOpen && (
        <LogView
          builds={builds}
          id={build.id}
          url={props.logUrl(build.id)}
          trans={trans}
        />
      )}
    </details>
  );
}
