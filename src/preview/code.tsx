import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from '../ui/icon-button';

/** How long the tick stays, in milliseconds. */
const TICK_MS = 2000;

export interface ICodeBlockProps {
  text: string;
  /** What it is: its name for assistive technology. */
  label: string;
  trans: TranslationBundle;
}

/** Some lines of code, with a button that copies them. */
export function CodeBlock(props: ICodeBlockProps): React.JSX.Element {
  const { label, text, trans } = props;
  const [isCopied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!isCopied) {
      return undefined;
    }
    const timer = setTimeout(() => setCopied(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <div className="jp-Containerize-code" role="group" aria-label={label}>
      {/* It scrolls, so it has to be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{text}</pre>
      <IconButton
        icon={isCopied ? checkIcon : copyIcon}
        label={trans.__('Copy: %1', label)}
        onClick={() => {
          Clipboard.copyToSystem(text);
          setCopied(true);
        }}
      />
      <span className="jp-Containerize-hidden" role="status">
        {isCopied ? trans.__('Copied') : ''}
      </span>
    </div>
  );
}
