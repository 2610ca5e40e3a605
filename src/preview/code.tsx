import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { CopyButton } from '../ui/copy';

export interface ICodeBlockProps {
  text: string;
  /** What it is: its name for assistive technology. */
  label: string;
  trans: TranslationBundle;
}

/** Some lines of code, with a button that copies them. */
export function CodeBlock(props: ICodeBlockProps): React.JSX.Element {
  const { label, text, trans } = props;
  return (
    <div className="jp-Containerize-code" role="group" aria-label={label}>
      {/* It scrolls, so it has to be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton
        label={trans.__('Copy: %1', label)}
        copy={() => Clipboard.copyToSystem(text)}
        trans={trans}
      />
    </div>
  );
}
