import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  closeIcon,
  refreshIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Build } from '../api/types';
import { isLive } from '../api/types';
import type { IBuilds, IShownBuild, IStep } from '../tokens';
import type { GoToCell } from '../ui/cell-link';
import {
  formatAgo,
  formatSeconds,
  formatTime,
  secondsBetween
} from '../ui/format';
import { useNow } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';
import { ProblemCard } from '../ui/problem';
import { LogView } from './logview';
import { ProgressBars } from './progress';
import { Result } from './result';
import { Stepper } from './stepper';
import {
  cancelLabel,
  forgetLabel,
  kindLabel,
  nameOf,
  retryLabel,
  stateLabel
} from '../ui/build-words';

export interface IBuildRowProps {
  build: Build;
  builds: IBuilds;
  /** Whether it is the latest one of its notebook; older ones begin folded. */
  isLatest: boolean;
  /** Whether the user may cancel, repeat and remove it. */
  mayAct: boolean;
  isPending: boolean;
  isCancelling: boolean;
  steps: readonly IStep[];
  /** Its place in the queue; null if it does not wait. */
  place: number | null;
  /** What somebody wants to see, if that is this build. */
  shown: IShownBuild | null;
  logUrl: (id: string) => string;
  trans: TranslationBundle;
  onGoToCell: GoToCell;
  onRetry: (build: Build) => void;
}

/** One build: how far it is, or how it ended. One that has ended can be folded. */
export const BuildRow = React.memo(function BuildRow(
  props: IBuildRowProps
): React.JSX.Element {
  const { build, shown, trans } = props;
  const [wish, setWish] = React.useState<boolean | null>(null);
  const [isLogOpen, setLogOpen] = React.useState(false);
  const row = React.useRef<HTMLLIElement>(null);
  const isOpen = isLive(build) || (wish ?? props.isLatest);
  const name = nameOf(build);
  const headingId = React.useId();

  React.useEffect(() => {
    if (shown) {
      setWish(true);
      if (shown.log) {
        setLogOpen(true);
      }
      row.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [shown]);

  return (
    <li
      ref={row}
      className="jp-Containerize-build"
      data-state={build.state}
      data-kind={build.kind}
      aria-labelledby={headingId}
    >
      <div className="jp-Containerize-rowHead">
        {isLive(build) ? (
          <span
            id={headingId}
            className="jp-Containerize-truncate jp-Containerize-name"
            title={build.path || name}
          >
            {name}
          </span>
        ) : (
          <button
            type="button"
            className="jp-Containerize-fold jp-Containerize-name"
            aria-expanded={isOpen}
            title={build.path || name}
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
          {props.isCancelling
            ? trans.__('Cancelling…')
            : stateLabel(build.state, trans)}
        </span>
        {props.mayAct && <EndButtons {...props} />}
      </div>
      <Subtitle {...props} />
      {isOpen && (
        <Body {...props} isLogOpen={isLogOpen} onLogToggle={setLogOpen} />
      )}
    </li>
  );
});

interface IBodyProps extends IBuildRowProps {
  isLogOpen: boolean;
  onLogToggle: (isOpen: boolean) => void;
}

/** What happens, or how it ended, with the log. */
function Body(props: IBodyProps): React.JSX.Element {
  const { build, trans } = props;
  return (
    <>
      {build.state !== 'queued' && <Stepper build={build} trans={trans} />}
      {isLive(build) && (
        <ProgressBars
          build={build}
          steps={props.steps}
          place={props.place}
          isCancelling={props.isCancelling}
          trans={trans}
        />
      )}
      {build.state === 'interrupted' && !build.problem && (
        <p className="jp-Containerize-muted">
          {trans.__(
            'The server was stopped while this ran. Nothing half-made is left; start it again.'
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
      {build.report && (
        <Result kind={build.kind} report={build.report} trans={trans} />
      )}
      {build.state !== 'queued' && <LogDisclosure {...props} />}
    </>
  );
}

/** Cancel for a build that runs; again, and out of the list, for one that has ended. */
function EndButtons(props: IBuildRowProps): React.JSX.Element {
  const { build, builds, isPending, trans } = props;
  if (isLive(build)) {
    return (
      <IconButton
        icon={stopIcon}
        label={cancelLabel(build, trans)}
        disabled={isPending || props.isCancelling}
        onClick={() => void builds.cancel(build.id)}
      />
    );
  }
  return (
    <span className="jp-Containerize-rowButtons">
      <IconButton
        icon={refreshIcon}
        label={retryLabel(build, trans)}
        disabled={isPending}
        onClick={() => props.onRetry(build)}
      />
      <IconButton
        icon={closeIcon}
        label={forgetLabel(build, trans)}
        disabled={isPending}
        onClick={() => void builds.forget(build.id)}
      />
    </span>
  );
}

/** The image's name, when it was started, and how long it took or takes. */
function Subtitle(props: IBuildRowProps): React.JSX.Element {
  const { build, trans } = props;
  const now = useNow(build.state === 'running');
  const seconds =
    build.started === null
      ? null
      : secondsBetween(build.started, build.finished ?? now);
  const text = subtitle(build, trans);
  return (
    <div className="jp-Containerize-subtitle">
      <span className="jp-Containerize-truncate" title={text}>
        {text}
      </span>
      <span title={formatTime(build.created)}>
        {seconds !== null && build.finished === null
          ? formatSeconds(Math.floor(seconds))
          : formatAgo(build.finished ?? build.created)}
      </span>
    </div>
  );
}

/** The kind, and the name of the image or where it goes. */
function subtitle(build: Build, trans: TranslationBundle): string {
  const kind = kindLabel(build.kind, trans);
  if (build.kind === 'push' || build.kind === 'rebase') {
    return build.destination
      ? trans.__('%1 to %2', kind, build.destination)
      : kind;
  }
  // Until it has a name, the path tells builds of equal file names apart.
  const name = build.report?.reference ?? (build.tag || build.path);
  return kind ? `${kind} · ${name}` : name;
}

function LogDisclosure(props: IBodyProps): React.JSX.Element {
  const { build, builds, trans, isLogOpen } = props;
  return (
    <details
      className="jp-Containerize-details"
      open={isLogOpen}
      onToggle={event => {
        // Those of what is inside come up here, too.
        if (event.target === event.currentTarget) {
          props.onLogToggle(event.currentTarget.open);
          if (!event.currentTarget.open) {
            builds.closeLog(build.id);
          }
        }
      }}
    >
      <summary>{trans.__('Log')}</summary>
      {isLogOpen && (
        <LogView
          builds={builds}
          id={build.id}
          fileName={`${nameOf(build).replace(/[^\w.-]+/g, '-')}.log`}
          url={props.logUrl(build.id)}
          trans={trans}
        />
      )}
    </details>
  );
}
