import { expect, test } from '@jupyterlab/galata';

import { setSetting } from './in-page';
import { run, Sidebar } from './sidebar';
import { StepsServer, testSteps } from './steps';

const server = new StepsServer();

testSteps(test, server);

test('who looks elsewhere is told on the desktop, if that is wanted', async ({
  page
}) => {
  await page.addInitScript(recordDesktop);
  await page.goto('?reset');
  const sidebar = new Sidebar(page);
  await sidebar.open();
  const told = () => page.evaluate(desktopTold);
  const end = async (name: string) => {
    await server.build(page.request, name, 'done');
    await sidebar.waitForState(name, 'Done');
    await expect(
      page.locator('.Toastify__toast', { hasText: name })
    ).toBeVisible();
  };
  await page.evaluate(lookElsewhere, true);
  await end('unwanted.ipynb');
  expect(await told()).toEqual([]);

  await page.evaluate(setSetting, {
    name: 'desktopNotifications',
    value: true
  });
  await page.evaluate(lookElsewhere, false);
  await end('seen.ipynb');
  expect(await told()).toEqual([]);

  await page.evaluate(lookElsewhere, true);
  await end('unseen.ipynb');
  expect(await told()).toEqual(['unseen.ipynb is the image iris:latest, 91\u00a0MB']);
  await run(page, 'filebrowser:activate');
  await page.evaluate(clickDesktop);
  await expect(sidebar.build('unseen.ipynb')).toBeVisible();
});

interface IDesktopPage {
  told: { body: string; click: () => void }[];
}

/** Takes the place of the desktop, which a browser without a window lacks; runs in the page. */
function recordDesktop(): void {
  const kept = window as unknown as IDesktopPage;
  kept.told = [];
  class Recorded {
    static permission = 'default';
    static requestPermission(): Promise<string> {
      Recorded.permission = 'granted';
      return Promise.resolve('granted');
    }
    onclick: (() => void) | null = null;
    constructor(_: string, { body }: { body: string }) {
      kept.told.push({ body, click: () => this.onclick?.() });
    }
    close(): void {
      // It is closed by its click.
    }
  }
  Object.assign(window, { Notification: Recorded });
}

/** Runs in the page. */
function lookElsewhere(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', {
    configurable: true,
    get: () => isHidden
  });
}

/** Runs in the page. */
function desktopTold(): string[] {
  return (window as unknown as IDesktopPage).told.map(({ body }) => body);
}

/** Runs in the page. */
function clickDesktop(): void {
  (window as unknown as IDesktopPage).told[0]?.click();
}
