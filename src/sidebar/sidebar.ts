import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';

import { SIDEBAR_ID } from '../tokens';
import { containerIcon } from '../ui/icons';

/** Stacks the sections, and says when somebody looks at them. */
export class Sidebar extends Panel {
  constructor(options: Sidebar.IOptions) {
    super();
    this._onLook = options.onLook;
    this.id = SIDEBAR_ID;
    this.addClass('jp-Containerize');
    this.title.icon = containerIcon;
    this.title.caption = options.caption;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', options.caption);
    // The container scrolls, so it has to be reachable by keyboard.
    this.node.tabIndex = 0;
    options.sections.forEach(section => this.addWidget(section));
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._onLook(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._onLook(false);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._onLook(this.isVisible);
  }

  private readonly _onLook: (isVisible: boolean) => void;
}

export namespace Sidebar {
  export interface IOptions {
    caption: string;
    sections: readonly Widget[];
    onLook: (isVisible: boolean) => void;
  }
}
