import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Asked } from '../api/types';
import { CommandLine } from '../ui/copy';
import { formatAgo } from '../ui/format';
import { pictureOf } from './file';
import { readJson } from './json';
import type { IAnswer } from './model';
import { writePath } from './request';

export interface IAnswerProps {
  answer: IAnswer;
  trans: TranslationBundle;
}

/** What came back: status and time, what does not fit, the answer, and the same request as code. */
export function AnswerView(props: IAnswerProps): React.JSX.Element {
  const { answer, trans } = props;
  const { asked, wrong } = answer;
  const picture = pictureIn(asked);
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    node.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={node} className="jp-Containerize-answer">
      <p role="status">
        <span
          className="jp-Containerize-httpStatus"
          data-ok={asked.status < 400}
        >
          {asked.status}
        </span>{' '}
        <span className="jp-Containerize-muted">
          {trans.__('in %1', formatMilliseconds(asked.milliseconds))}
        </span>
      </p>
      {wrong.length > 0 && (
        <ul className="jp-Containerize-tryWrong">
          {wrong.map(({ path, words }, index) => (
            <li key={index}>
              <code>{writePath(path) || trans.__('the request')}</code>: {words}
            </li>
          ))}
        </ul>
      )}
      {picture && <img alt={trans.__('The answer')} src={picture} />}
      {wrong.length === 0 && (answer.text !== '' || !picture) && (
        <pre
          role="region"
          aria-label={trans.__('What came back')}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
          tabIndex={0}
        >
          {answer.text || trans.__('(nothing)')}
        </pre>
      )}
      <Code title="curl" text={asked.curl} trans={trans} />
      <Code title="Python" text={asked.python} trans={trans} />
    </div>
  );
}

/** The answers that were got before, the newest first; the one that is shown is marked. */
export function History(props: {
  answers: readonly IAnswer[];
  shown: number | null;
  trans: TranslationBundle;
  onShow: (id: number) => void;
}): React.JSX.Element | null {
  const { answers, shown, trans, onShow } = props;
  if (answers.length < 2) {
    return null;
  }
  return (
    <details className="jp-Containerize-details">
      <summary>{trans.__('Last %1 answers', answers.length)}</summary>
      <ul className="jp-Containerize-history">
        {answers.map(({ id, asked, time, text }) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={id === shown}
              title={text.slice(0, 400)}
              onClick={() => onShow(id)}
            >
              <span
                className="jp-Containerize-httpStatus"
                data-ok={asked.status < 400}
              >
                {asked.status}
              </span>
              <code className="jp-Containerize-truncate">
                {text.replace(/\s+/g, ' ').slice(0, 120)}
              </code>
              <span className="jp-Containerize-muted">
                {formatAgo(new Date(time).toISOString())}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The same request for somewhere else, to copy. */
function Code(props: {
  title: string;
  text: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { title, text, trans } = props;
  return (
    <details className="jp-Containerize-details">
      <summary>{trans.__('The same with %1', title)}</summary>
      <CommandLine
        command={text}
        label={trans.__('Copy as %1', title)}
        isBlock
        trans={trans}
      />
    </details>
  );
}

/** The picture that an answer is, or has as its one value. */
function pictureIn({ base64, content_type, text }: Asked): string | null {
  if (base64 !== undefined) {
    return content_type.startsWith('image/')
      ? `data:${content_type};base64,${base64}`
      : null;
  }
  const value = text.startsWith('"') ? readJson(text) : null;
  return typeof value === 'string' ? pictureOf(value) : null;
}

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 10_000) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  return milliseconds < 9.95
    ? `${milliseconds.toFixed(1)} ms`
    : `${Math.round(milliseconds)} ms`;
}
