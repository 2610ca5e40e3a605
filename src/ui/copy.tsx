import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './icon-button';

/** How long the tick stays, in milliseconds. */
const TICK_MS = 2000;

export interface ICommandLineProps {
  command: string;
  /** What the button is called; absent: that it copies the run command. */
  label?: string;
  /** Whether its lines are shown below each other. */
  isBlock?: boolean;
  trans: TranslationBundle;
}

export interface ICopyButtonProps {
  label: string;
  /** Puts it on the clipboard. */
  copy: () => void | Promise<void>;
  trans: TranslationBundle;
}

/** A button that copies, and shows for a moment that it has. */
export function CopyButton(props: ICopyButtonProps): React.JSX.Element {
  const { copy, label, trans } = props;
  const [isCopied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!isCopied) {
      return undefined;
    }
    const timer = setTimeout(() => setCopied(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <>
      <IconButton
        icon={isCopied ? checkIcon : copyIcon}
        label={label}
        onClick={() => {
          const copying = copy();
          if (copying) {
            void copying.then(() => setCopied(true));
          } else {
            setCopied(true);
          }
        }}
      />
      <span className="jp-Containerize-hidden" role="status">
        {isCopied ? trans.__('Copied') : ''}
      </span>
    </>
  );
}

/** A command to type, with a button that copies it. */
export function CommandLine(props: ICommandLineProps): React.JSX.Element {
  const { command, trans } = props;
  return (
    <div className="jp-Containerize-command" data-block={!!props.isBlock}>
      <code
        title={command}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        tabIndex={props.isBlock ? 0 : undefined}
      >
        {command}
      </code>
      <CopyButton
        label={props.label ?? trans.__('Copy run command')}
        copy={() => Clipboard.copyToSystem(command)}
        trans={trans}
      />
    </div>
  );
}
