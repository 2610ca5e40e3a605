import * as React from 'react';

import type { ILogLine } from '../tokens';
import { breaksOf } from './breaks';
import { Rows } from './rows';
import { Wrapping } from './wrapping';

/** The height of a row in pixels; the style sheet says the same. */
export const ROW_PX = 16;

/** Rows above and below those in sight that are on the page already. */
const SPARE_ROWS = 8;

/** How many letters the style sheet puts into the ruler, by which their width is measured. */
const RULER = 50;

/** Where nothing can be measured. */
const COLUMNS = 80;
const HEIGHT_PX = 220;
const LEAST_ROWS = 3;

/** Closer to the end than this, and the view follows new lines. */
const FOLLOW_PX = 24;

export interface ILinesProps {
  label: string;
  lines: readonly ILogLine[];
  count: number;
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
  /** What is looked for is marked. */
  query: string;
  /** The line to bring into view; another object each time. */
  goal: { readonly line: number } | null;
  /** Stands in the place of lines while there are none. */
  children: React.ReactNode;
}

interface ISize {
  readonly columns: number;
  readonly height: number;
}

/**
 * The lines of a log of which only those in sight are on the page.
 *
 * A hundred thousand lines cost what the visible ones cost: what each takes is known without
 * looking at it (`Wrapping`).
 */
export function Lines(props: ILinesProps): React.JSX.Element {
  const { lines, count, isFollowing, goal } = props;
  const box = React.useRef<HTMLDivElement>(null);
  const ruler = React.useRef<HTMLSpanElement>(null);
  const size = useSize(box, ruler);
  const wrapping = React.useMemo(
    () => new Wrapping(size.columns),
    // Other lines are another log.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [size.columns, lines]
  );
  wrapping.extend(lines, count);
  const [top, setTop] = React.useState(0);
  const before = React.useRef(0);

  const height = wrapping.rows * ROW_PX;
  const start = isFollowing ? Math.max(0, height - size.height) : top;

  React.useLayoutEffect(() => {
    if (box.current && isFollowing) {
      box.current.scrollTop = height;
      before.current = box.current.scrollTop;
    }
  }, [height, isFollowing, size.height]);

  React.useLayoutEffect(() => {
    if (box.current && goal) {
      const row = wrapping.rowOf(goal.line) * ROW_PX;
      box.current.scrollTop = row - size.height / 2;
      before.current = box.current.scrollTop;
      setTop(box.current.scrollTop);
    }
    // A goal is gone to once; whoever scrolls on is not called back.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goal]);

  return (
    <div
      ref={box}
      className="jp-Containerize-logLines"
      role="log"
      aria-label={props.label}
      // A log of a build speaks too often to be read out; its state is announced instead.
      aria-live="off"
      // Scrollable, so it has to be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      // A short log takes the room that it needs.
      style={{
        height: Math.min(
          HEIGHT_PX,
          Math.max(LEAST_ROWS, wrapping.rows) * ROW_PX + 8
        )
      }}
      onScroll={event => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        if (scrollTop < before.current - 1) {
          // Only who scrolls up leaves the end; it also moves away when lines come.
          props.onFollow(false);
        } else if (scrollHeight - scrollTop - clientHeight < FOLLOW_PX) {
          props.onFollow(true);
        }
        before.current = scrollTop;
        setTop(scrollTop);
      }}
    >
      <span ref={ruler} className="jp-Containerize-logRuler" aria-hidden />
      {count === 0 && props.children}
      <div className="jp-Containerize-logSizer" style={{ height }}>
        <Window
          lines={lines}
          wrapping={wrapping}
          first={wrapping.lineAt(Math.floor(start / ROW_PX) - SPARE_ROWS)}
          last={wrapping.lineAt(
            Math.ceil((start + size.height) / ROW_PX) + SPARE_ROWS
          )}
          query={props.query}
          current={goal?.line ?? -1}
        />
      </div>
    </div>
  );
}

interface IWindowProps {
  lines: readonly ILogLine[];
  wrapping: Wrapping;
  first: number;
  last: number;
  query: string;
  current: number;
}

/** The lines that are on the page. */
function Window(props: IWindowProps): React.JSX.Element {
  const { lines, wrapping, first, last } = props;
  const shown = lines.slice(first, Math.min(last + 1, wrapping.count));
  return (
    <div
      style={{ transform: `translateY(${wrapping.rowOf(first) * ROW_PX}px)` }}
    >
      {shown.map((line, index) => (
        <div
          key={first + index}
          data-level={line.level}
          data-current={first + index === props.current || undefined}
          title={line.time}
          style={{ height: wrapping.heightOf(first + index) * ROW_PX }}
        >
          <Rows
            text={line.text}
            starts={breaksOf(line.text, wrapping.columns)}
            query={props.query}
          />
        </div>
      ))}
    </div>
  );
}

/** How many characters fit into a row, and how high the box is; measured again when it changes. */
function useSize(
  box: React.RefObject<HTMLDivElement>,
  ruler: React.RefObject<HTMLSpanElement>
): ISize {
  const [size, setSize] = React.useState<ISize>({
    columns: COLUMNS,
    height: HEIGHT_PX
  });
  React.useLayoutEffect(() => {
    const node = box.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const measure = () => {
      const letter =
        (ruler.current?.getBoundingClientRect().width ?? 0) / RULER;
      const style = getComputedStyle(node);
      const width =
        node.clientWidth -
        parseFloat(style.paddingLeft) -
        parseFloat(style.paddingRight);
      if (letter > 0 && width > 0) {
        // Half a letter less: widths are rounded here and there.
        const columns = Math.max(8, Math.floor(width / letter - 0.1));
        const height = node.clientHeight;
        setSize(held =>
          held.columns === columns && held.height === height
            ? held
            : { columns, height }
        );
      }
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [box, ruler]);
  return size;
}
