import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

export interface IIconButtonProps {
  icon: LabIcon.IResolvable & LabIcon;
  /** What it does: the name for assistive technology, and the tooltip. */
  label: string;
  disabled?: boolean;
  onClick: () => void;
}

/** A small square button with an icon. */
export function IconButton(props: IIconButtonProps): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-Containerize-iconButton"
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" elementSize="normal" />
    </button>
  );
}
