import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretUpIcon,
  downloadIcon,
  launchIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IBuilds, ILogState } from '../tokens';
import { CopyButton } from '../ui/copy';
import { useModel } from '../ui/hooks';
import { IconButton } from '../ui/icon-button';
import { Lines } from './lines';
import type { ISearch } from './search';
import { useSearch } from './search';

export interface ILogViewProps {
  builds: IBuilds;
  id: string;
  /** The file that the log becomes when it is downloaded. */
  fileName: string;
  /** Where the whole log is as text. */
  url: string;
  trans: TranslationBundle;
}

/** A build's log; it follows the end unless the user has scrolled up. */
export function LogView(props: ILogViewProps): React.JSX.Element {
  const { builds, id, trans } = props;
  const log = React.useMemo(() => builds.openLog(id), [builds, id]);
  const state = useModel(log);
  const { lines, count } = state;
  const search = useSearch(lines, count);
  const [isFollowing, setFollowing] = React.useState(true);
  const [goal, setGoal] = React.useState<{ line: number } | null>(null);

  const step = (by: 1 | -1) => {
    const line = search.step(by);
    if (line !== null) {
      setFollowing(false);
      setGoal({ line });
    }
  };
  return (
    <div className="jp-Containerize-log">
      <SearchBar search={search} trans={trans} onStep={step} />
      <Lines
        label={trans.__('Log')}
        lines={lines}
        count={count}
        isFollowing={isFollowing}
        onFollow={setFollowing}
        query={search.query}
        goal={search.query ? goal : null}
      >
        <p className="jp-Containerize-muted">{emptyText(state, trans)}</p>
      </Lines>
      <div className="jp-Containerize-logFoot">
        <span className="jp-Containerize-muted">
          {trans._n('%2 line', '%2 lines', count, count.toLocaleString())}
        </span>
        <button
          type="button"
          className="jp-Containerize-toggle"
          aria-pressed={isFollowing}
          title={trans.__('Keep the newest line in view')}
          onClick={() => setFollowing(!isFollowing)}
        >
          {trans.__('Follow')}
        </button>
        <CopyButton
          label={trans.__('Copy the log')}
          copy={() => copy(textOf(state))}
          trans={trans}
        />
        <LinkButton
          icon={downloadIcon}
          label={trans.__('Download the log')}
          href={props.url}
          download={props.fileName}
        />
        <LinkButton
          icon={launchIcon}
          label={trans.__('Open the log in a new tab')}
          href={props.url}
        />
      </div>
    </div>
  );
}

function emptyText(state: ILogState, trans: TranslationBundle): string {
  switch (state.status) {
    case 'failed':
      return trans.__('The log cannot be read.');
    case 'loading':
      return trans.__('Reading the log…');
    default:
      return trans.__('Nothing logged yet.');
  }
}

/** Enter goes to the next hit, with Shift to the one before; Escape ends the search. */
function SearchBar(props: {
  search: ISearch;
  trans: TranslationBundle;
  onStep: (by: 1 | -1) => void;
}): React.JSX.Element {
  const { search, trans, onStep } = props;
  const { query, hits, current } = search;
  const place =
    hits.length === 0
      ? trans.__('None')
      : current < 0
        ? hits.length.toLocaleString()
        : `${(current + 1).toLocaleString()}/${hits.length.toLocaleString()}`;
  return (
    <div className="jp-Containerize-logSearch" role="search">
      <input
        type="search"
        className="jp-Containerize-input"
        aria-label={trans.__('Search in the log')}
        placeholder={trans.__('Search in the log')}
        value={query}
        onChange={event => search.setQuery(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            event.preventDefault();
            onStep(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape' && query) {
            event.stopPropagation();
            search.setQuery('');
          }
        }}
      />
      {query && (
        <>
          <span
            className="jp-Containerize-logHits jp-Containerize-muted"
            role="status"
          >
            {place}
          </span>
          <IconButton
            icon={caretUpIcon}
            label={trans.__('Previous match')}
            disabled={hits.length === 0}
            onClick={() => onStep(-1)}
          />
          <IconButton
            icon={caretDownIcon}
            label={trans.__('Next match')}
            disabled={hits.length === 0}
            onClick={() => onStep(1)}
          />
        </>
      )}
    </div>
  );
}

function textOf({ lines, count }: ILogState): string {
  return lines
    .slice(0, count)
    .map(line => line.text)
    .join('\n');
}

/** A long text takes seconds through a selection; the browser's own way needs a secure page. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    Clipboard.copyToSystem(text);
  }
}

/** Looks like a button with an icon, and is a link. */
function LinkButton(props: {
  icon: typeof downloadIcon;
  label: string;
  href: string;
  /** A file name: the link downloads; absent: it opens in a new tab. */
  download?: string;
}): React.JSX.Element {
  return (
    <a
      className="jp-Containerize-iconButton"
      href={props.href}
      download={props.download}
      target={props.download ? undefined : '_blank'}
      rel="noreferrer"
      aria-label={props.label}
      title={props.label}
    >
      <props.icon.react tag="span" elementSize="normal" />
    </a>
  );
}
