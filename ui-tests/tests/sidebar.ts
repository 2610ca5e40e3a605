import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

/** A build downloads and runs things; this is for slow machines, in milliseconds. */
const BUILD_MS = 170_000;

/** The sidebar as its user sees it. */
export class Sidebar {
  constructor(private readonly _page: Page) {}

  get node(): Locator {
    return this._page.getByRole('region', {
      name: 'Containerize',
      exact: true
    });
  }

  /** Its icon at the edge of the page. */
  get tab(): Locator {
    return this._page.locator('[data-id="jupyter-containerize-sidebar"]');
  }

  section(title: string): Locator {
    return this.node.getByRole('region', { name: title });
  }

  /** The row of a dependency. */
  dependency(distribution: string): Locator {
    return this.section('This notebook')
      .getByRole('row')
      .filter({ has: this._page.getByRole('rowheader', { name: distribution }) });
  }

  /** The latest build of a notebook. */
  build(name: string): Locator {
    return this.section('Builds')
      .getByRole('listitem')
      .and(this._page.locator('.jp-Containerize-build'))
      .filter({ has: this._page.getByText(name, { exact: true }) })
      .first();
  }

  /** What unfolds the row of a dependency. */
  unfold(distribution: string): Locator {
    return this.dependency(distribution).getByRole('rowheader').getByRole('button');
  }

  /** Have one more distribution installed. */
  async add(requirement: string): Promise<void> {
    const preview = this.section('This notebook');
    await preview.getByRole('button', { name: 'Add a distribution' }).click();
    const more = preview.getByRole('textbox', { name: 'Distribution to add' });
    await more.fill(requirement);
    await more.press('Enter');
  }

  image(tag: string): Locator {
    return this.section('Images')
      .getByRole('listitem')
      .filter({ hasText: tag })
      .first();
  }

  /** Choose an item of an image's menu. */
  async choose(tag: string, item: string): Promise<void> {
    await this.image(tag).getByRole('button', { name: /^More about/ }).click();
    await this._page.getByRole('menuitem', { name: item }).click();
  }

  /** Show it, where a click on Containerize has not done so. */
  async open(): Promise<void> {
    await this.tab.waitFor();
    await run(this._page, 'containerize:open-sidebar');
    await expect(this.node).toBeVisible();
  }

  async waitForState(name: string, state: string): Promise<void> {
    await expect(
      this.build(name).getByText(state, { exact: true })
    ).toBeVisible({ timeout: BUILD_MS });
  }

  async shot(name: string): Promise<void> {
    await this._page.screenshot({ path: `shots/${name}.png` });
  }
}

/** The digest that an image's row shows. */
export async function digestOf(image: Locator): Promise<string> {
  const title = await image.locator('code[title^="sha256:"]').getAttribute('title');
  return title ?? '';
}

/** The Containerize button in the toolbar of the current notebook. */
export function toolbarButton(page: Page): Locator {
  return page
    .locator('.jp-NotebookPanel-toolbar:visible')
    .getByRole('button', { name: 'Containerize' });
}

/** Put a notebook onto the server and open it in JupyterLab, whatever the left area shows. */
export async function openNotebook(
  page: IJupyterLabPageFixture,
  path: string,
  content: string
): Promise<Sidebar> {
  await page.contents.uploadContent(content, 'text', path);
  await run(page, 'docmanager:open', { path });
  await toolbarButton(page).waitFor();
  return new Sidebar(page);
}

/** Run a command of the application. */
export async function run(
  page: Page,
  id: string,
  args: object = {}
): Promise<void> {
  await page.evaluate(execute, { id, args });
}

/** Runs in the page. */
async function execute(call: { id: string; args: object }): Promise<void> {
  const { jupyterapp } = window as unknown as {
    jupyterapp: {
      commands: { execute(id: string, args: object): Promise<unknown> };
    };
  };
  await jupyterapp.commands.execute(call.id, call.args);
}

/** Load the page again. Galata would wait for a Launcher, which an open notebook does not show. */
export async function reload(page: Page): Promise<void> {
  await page.reload({ waitForIsReady: false } as Parameters<Page['reload']>[0]);
}

/** Wait until the notebook's kernel waits for work: until then cells are not run, and its start changes the notebook. */
export async function kernelIdle(page: Page): Promise<void> {
  await expect(
    page.locator('#jp-main-statusbar').getByText(/\| Idle/)
  ).toBeVisible();
}

/** Open the command palette beside a notebook, and wait until it takes what is typed. */
export async function openPalette(page: Page): Promise<void> {
  // The notebook takes the focus once more when its kernel is there.
  await kernelIdle(page);
  await run(page, 'apputils:activate-command-palette');
  await expect(page.locator('.lm-CommandPalette-input')).toBeFocused();
}
