import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBuilds } from '../tokens';
import { useModel } from '../ui/hooks';

/** More lines than these are not put on the page; the whole log is a click away. */
const SHOWN_LINES = 1000;

/** Closer to the end than this, in pixels, and the view follows new lines. */
const FOLLOW_PX = 24;

export interface ILogViewProps {
  builds: IBuilds;
  id: string;
  /** Where the whole log is as text. */
  url: string;
  trans: TranslationBundle;
}

/** A build's log; it follows the end unless the user has scrolled up. */
export function LogView(props: ILogViewProps): React.JSX.Element {
  const { builds, id, trans } = props;
  const log = React.useMemo(() => builds.openLog(id), [builds, id]);
  const { status, lines } = useModel(log);
  const box = React.useRef<HTMLDivElement>(null);
  const isAtEnd = React.useRef(true);

  React.useLayoutEffect(() => {
    if (box.current && isAtEnd.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [lines]);

  const shown = lines.slice(-SHOWN_LINES);
  const hidden = lines.length - shown.length;
  return (
    <div className="jp-Containerize-log">
      <div
        ref={box}
        className="jp-Containerize-logLines"
        role="log"
        aria-label={trans.__('Log')}
        // A log of a build speaks too often to be read out; its state is announced instead.
        aria-live="off"
        // Scrollable, so it has to be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={event => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
        }}
      >
        {hidden > 0 && (
          <div data-level="phase">
            {trans._n('%1 earlier line', '%1 earlier lines', hidden)}
          </div>
        )}
        {shown.map(line => (
          <div key={line.seq} data-level={line.level} title={line.time}>
            {line.text}
          </div>
        ))}
        {lines.length === 0 && (
          <div data-level="phase">
            {status === 'failed'
              ? trans.__('The log cannot be read.')
              : status === 'loading'
                ? trans.__('Reading the log…')
                : trans.__('Nothing logged yet.')}
          </div>
        )}
      </div>
      <a
        className="jp-Containerize-logLink"
        href={props.url}
        target="_blank"
        rel="noreferrer"
      >
        {trans.__('Open as text')}
      </a>
    </div>
  );
}
