import type { Build } from '../api/types';

/** What is used of the browser; tests give another. */
export interface IDesktop {
  readonly permission: NotificationPermission;
  /** Whether the page is out of sight: in another tab, or minimised. */
  readonly isHidden: boolean;
  ask(): Promise<NotificationPermission>;
  /** @param tag - Of several pages that show the same, one shows it. */
  show(text: string, tag: string, onClick: () => void): void;
}

/**
 * Tells of the end of a build outside of the page, if that is wanted and the page is out of sight.
 *
 * JupyterLab's own notification waits in the page, whose tab does not tell of it.
 */
export class Desktop {
  /**
   * @param browser - Null where there are no such notifications: on plain HTTP, or in old browsers.
   * @param open - Shows a build, by its id.
   * @param refused - Is told that the browser does not allow it, when it was asked.
   */
  constructor(
    private readonly _browser: IDesktop | null,
    private readonly _open: (id: string) => void,
    private readonly _refused: () => void
  ) {}

  /** The first time, the browser asks its user. */
  set isWanted(isWanted: boolean) {
    const isNew = isWanted && !this._isWanted;
    this._isWanted = isWanted;
    if (isNew && this._browser?.permission === 'default') {
      void this._browser.ask().then(answer => {
        if (answer === 'denied') {
          this._refused();
        }
      });
    }
  }

  tell(build: Build, text: string): void {
    const browser = this._browser;
    if (
      this._isWanted &&
      browser?.permission === 'granted' &&
      browser.isHidden
    ) {
      browser.show(text, `jupyter-containerize-${build.id}`, () =>
        this._open(build.id)
      );
    }
  }

  private _isWanted = false;
}

/** The page's own; null if its browser has none. */
export function browserDesktop(): IDesktop | null {
  if (!('Notification' in window)) {
    return null;
  }
  return {
    get permission() {
      return Notification.permission;
    },
    get isHidden() {
      return document.hidden;
    },
    ask: () => Notification.requestPermission(),
    show: (text, tag, onClick) => {
      let shown: Notification;
      try {
        shown = new Notification('JupyterLab', { body: text, tag });
      } catch {
        // Browsers of phones let only service workers show any.
        return;
      }
      shown.onclick = () => {
        window.focus();
        onClick();
        shown.close();
      };
    }
  };
}
