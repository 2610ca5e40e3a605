import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';

import { example } from '../tests/notebooks';
import { openNotebook, run, toolbarButton } from '../tests/sidebar';

/** Where the frames go, for scripts/animation.py. */
const FOLDER = process.env['FRAMES'] ?? join(__dirname, '../shots/frames');

const NAME = 'iris.ipynb';

test.use({ viewport: { width: 1120, height: 700 } });

test('the main path, frame by frame: Containerize, Run, Send', async ({
  page
}) => {
  const film = new Film(page);
  // In the root folder: a test's own would be named in the file browser.
  await run(page, 'filebrowser:go-to-path', { path: '' });
  const sidebar = await openNotebook(page, NAME, example(NAME));
  await page.sidebar.setWidth(340, 'left');
  await page
    .locator('.cm-line', { hasText: 'matplotlib.pyplot' })
    .first()
    .waitFor();
  await page.waitForTimeout(3000);
  await page.evaluate(addPointer);
  await film.frame(1600);
  await film.click(toolbarButton(page));

  await sidebar.dependency('scikit-learn').waitFor();
  await film.frame(1800);
  const build = sidebar.build('iris.ipynb');
  await build.evaluate(node => {
    node.scrollIntoView({ block: 'start' });
  });
  for (let frames = 0; frames < 60; frames++) {
    await film.frame(350);
    if (await build.getByText('Done', { exact: true }).count()) {
      break;
    }
    await page.waitForTimeout(1200);
  }
  await sidebar.waitForState('iris.ipynb', 'Done');
  await film.frame(1500);

  const image = sidebar.image('iris');
  await image.evaluate(node => {
    node.scrollIntoView({ block: 'start' });
  });
  await film.frame(900);
  await film.click(image.getByRole('button', { name: /^Run / }));
  await film.frame(700);
  const send = image.getByRole('button', { name: 'Send' });
  await send.waitFor();
  await send.evaluate(node => {
    node.scrollIntoView({ block: 'end' });
  });
  await film.frame(1500);
  await film.click(send);
  await expect(image.getByLabel('What came back')).toContainText('versicolor');
  await image.getByLabel('What came back').scrollIntoViewIfNeeded();
  await film.frame(3500);
  await image.getByRole('button', { name: /^Stop / }).click();
  film.end();
});

/** Screenshots, and for how many milliseconds each of them is shown. */
class Film {
  constructor(private readonly _page: IJupyterLabPageFixture) {
    mkdirSync(FOLDER, { recursive: true });
  }

  async frame(milliseconds: number): Promise<void> {
    const file = `${String(this._frames.length).padStart(3, '0')}.png`;
    await this._page.screenshot({ path: join(FOLDER, file) });
    this._frames.push({ file, milliseconds });
  }

  /** Move there, press, and show both. */
  async click(what: Locator): Promise<void> {
    await what.scrollIntoViewIfNeeded();
    const box = await what.boundingBox();
    if (!box) {
      throw new Error('What is to be clicked is not on the page');
    }
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await this._page.evaluate(movePointer, { x, y, isDown: false });
    await this.frame(700);
    await this._page.evaluate(movePointer, { x, y, isDown: true });
    await this.frame(250);
    await what.click();
    await this._page.evaluate(movePointer, { x, y, isDown: false });
  }

  end(): void {
    writeFileSync(join(FOLDER, 'frames.json'), JSON.stringify(this._frames));
  }

  private readonly _frames: { file: string; milliseconds: number }[] = [];
}

/** A browser without a window draws no pointer. Runs in the page. */
function addPointer(): void {
  const pointer = document.createElement('div');
  pointer.id = 'film-pointer';
  pointer.style.cssText =
    'position:fixed;z-index:100000;pointer-events:none;left:560px;top:420px;width:22px;height:22px';
  pointer.innerHTML =
    '<svg viewBox="0 0 22 22">' +
    '<path d="M3 2l0 15 4-3.6 2.7 6 2.5-1.1-2.6-5.9 5.4-.4z" fill="#111" stroke="#fff" stroke-width="1.3"/></svg>';
  document.body.append(pointer);
}

/** Runs in the page. */
function movePointer(to: { x: number; y: number; isDown: boolean }): void {
  const pointer = document.querySelector<HTMLElement>('#film-pointer');
  if (pointer) {
    pointer.style.left = `${to.x - 3}px`;
    pointer.style.top = `${to.y - 2}px`;
    pointer.style.filter = to.isDown
      ? 'drop-shadow(0 0 5px #f37726) drop-shadow(0 0 3px #f37726)'
      : '';
  }
}
