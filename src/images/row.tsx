import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Image } from '../api/types';
import { CommandLine } from '../ui/copy';
import { formatAgo, formatBytes, formatTime, shortDigest } from '../ui/format';

/** One image: its names, what it weighs, where it is from, and how to run it. */
export function ImageRow(props: {
  image: Image;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { image, trans } = props;
  const headingId = React.useId();
  return (
    <li className="jp-Containerize-image" aria-labelledby={headingId}>
      <div className="jp-Containerize-tags" id={headingId}>
        {image.tags.length === 0 ? (
          <span className="jp-Containerize-muted">{trans.__('no tag')}</span>
        ) : (
          namesFirst(image).map(tag => (
            <span
              key={tag}
              className="jp-Containerize-truncate jp-Containerize-name"
              title={tag}
            >
              {tag}
            </span>
          ))
        )}
      </div>
      <div className="jp-Containerize-subtitle">
        <code title={image.digest}>{shortDigest(image.digest)}</code>
        <span>{formatBytes(image.size_bytes)}</span>
      </div>
      <div className="jp-Containerize-subtitle">
        <span className="jp-Containerize-truncate" title={image.notebook}>
          {image.notebook && trans.__('from %1', image.notebook)}
        </span>
        <span title={formatTime(image.created)}>
          {formatAgo(image.created)}
        </span>
      </div>
      {image.run_command && (
        <CommandLine command={image.run_command} trans={trans} />
      )}
    </li>
  );
}

/** The tags, those that people gave before the one that is made from the digest. */
function namesFirst({ tags, digest }: Image): string[] {
  const isMade = (tag: string) => Number(tag.endsWith(shortDigest(digest)));
  return [...tags].sort((a, b) => isMade(a) - isMade(b));
}
