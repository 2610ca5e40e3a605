import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import { execFile } from 'child_process';
import { promisify } from 'util';

import { expectAccessible } from './accessible';
import { DOUBLE, example, notebook } from './notebooks';
import { openNotebook, Sidebar, toolbarButton } from './sidebar';

const execute = promisify(execFile);

/** What runs what is copied, with its option for that. */
const PROGRAMS = [
  ['bash', '-c', 'curl'],
  ['python', '-c', 'Python']
] as const;

/** The clicks of a test's user, so that they can be counted. */
class Clicks {
  count = 0;

  async on(locator: { click(): Promise<void> }): Promise<void> {
    this.count++;
    await locator.click();
  }
}

test('three clicks lead from a notebook to an answer of its container', async ({
  page,
  tmpPath
}) => {
  const clicks = new Clicks();
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/flowers.ipynb`,
    example('iris.ipynb')
  );
  await clicks.on(toolbarButton(page));
  // An earlier build of it may be in the list.
  await sidebar.waitForState('flowers.ipynb', 'Running');
  await sidebar.waitForState('flowers.ipynb', 'Done');
  const images = sidebar.section('Images');
  await expect(images.getByText('this notebook')).toBeVisible();
  const image = sidebar.image('flowers');
  await clicks.on(image.getByRole('button', { name: /^Run / }));
  const send = image.getByRole('button', { name: 'Send' });
  await expect(image.getByLabel(/petal_width/)).toHaveValue('1.4');
  await image.scrollIntoViewIfNeeded();
  await clicks.on(send);
  await expect(image.getByLabel('What came back')).toContainText('versicolor');
  expect(clicks.count).toBe(3);
  await shot(page, 'try-it-light');

  // What does not fit is said beside its field.
  await image.getByLabel(/sepal_width/).fill('wide');
  await send.click();
  await expect(image.getByLabel(/sepal_width/)).toHaveAttribute(
    'aria-invalid',
    'true'
  );
  await expect(image.getByText('422').first()).toBeVisible();
  await shot(page, 'try-it-refused-light');
  await page.theme.setDarkTheme();
  await shot(page, 'try-it-refused-dark');

  // What came before.
  for (const theme of ['JupyterLab Light', 'JupyterLab Dark High Contrast']) {
    await page.theme.setTheme(theme);
    await expectAccessible(page);
  }
  await page.theme.setDarkTheme();
  await expectAccessible(page);
  await image.getByText('Last 2 answers').click();
  await image.getByRole('button', { name: /^200/ }).click();
  await expect(image.getByLabel(/sepal_width/)).toHaveValue('2.9');

  // The program does what the button did.
  const program = async (title: string) => {
    await image.getByText(`The same with ${title}`).click();
    await image.getByRole('button', { name: `Copy as ${title}` }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  for (const [shell, option, title] of PROGRAMS) {
    const { stdout } = await execute(shell, [option, await program(title)]);
    expect(stdout).toContain('versicolor');
  }
  await shot(page, 'try-it-dark');

  await image.getByRole('button', { name: /^Stop / }).click();
  await expect(send).toHaveCount(0);
  await expect(image.getByRole('button', { name: /^Run / })).toBeEnabled();
  await shot(page, 'images-dark');
});

test('an image is looked into, compared, exported, pushed and deleted', async ({
  page,
  tmpPath
}) => {
  const first = await openNotebook(page, `${tmpPath}/twice.ipynb`, DOUBLE);
  await toolbarButton(page).click();
  await first.waitForState('twice.ipynb', 'Done');
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/a-name-that-is-much-longer-than-the-sidebar-is-wide.ipynb`,
    notebook(
      'import six',
      'def predict(x: float, names: list[str] = ["a"]) -> float:\n    return six.moves.builtins.float(x)',
      'predict(21.0)'
    )
  );
  await toolbarButton(page).click();
  await sidebar.waitForState(
    'a-name-that-is-much-longer-than-the-sidebar-is-wide.ipynb',
    'Done'
  );
  const name = /^More about a-name-that-is/;
  const more = sidebar.section('Images').getByRole('button', { name });
  await more.scrollIntoViewIfNeeded();
  await shot(page, 'images-light');

  const choose = async (item: string) => {
    await more.click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await more.click();
  await shot(page, 'images-menu-light');
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  // Rows cut what is drawn outside of them.
  await expect(more).toHaveCSS('outline-offset', '-2px');

  // What is in it.
  await choose('Show Layers and Packages…');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('POST /predict')).toBeVisible();
  await expect(dialog.getByRole('rowheader', { name: 'six' })).toBeVisible();
  await expectAccessible(page, '.jp-Dialog-content');
  await shot(page, 'images-contents-light');
  await page.theme.setDarkTheme();
  await shot(page, 'images-contents-dark');
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // What differs.
  await choose('Compare…');
  const twice = dialog.getByLabel('From').locator('option', { hasText: 'twice' });
  await dialog
    .getByLabel('From')
    .selectOption(await twice.first().getAttribute('value'));
  await expect(dialog.getByRole('rowheader', { name: 'six' })).toBeVisible();
  await expectAccessible(page, '.jp-Dialog-content');
  await shot(page, 'images-comparison-dark');
  await page.theme.setLightTheme();
  await shot(page, 'images-comparison-light');
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // Downloads.
  const archive = page.waitForEvent('download');
  await choose('Export Archive');
  expect((await archive).suggestedFilename()).toMatch(/^a-name.*\.tar$/);
  const bill = page.waitForEvent('download');
  await choose('Export Bill of Materials (SPDX)');
  expect((await bill).suggestedFilename()).toMatch(/\.spdx\.json$/);
  await choose('Copy “docker load” for the Archive');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^docker load --input a-name.*\.tar$/
  );

  // A push is among the builds; nothing listens there.
  await choose('Push…');
  await dialog.getByLabel('A registry').check();
  await dialog.getByLabel('Name at the registry').fill('127.0.0.1:9/a/b:c');
  await expectAccessible(page, '.jp-Dialog-content');
  await shot(page, 'images-push-light');
  await dialog.getByRole('button', { name: 'Push' }).click();
  await expect(
    sidebar.section('Builds').getByText('127.0.0.1:9/a/b:c').first()
  ).toBeVisible();

  // Another save makes it one of an older notebook.
  await page.notebook.setCell(1, 'code', 'import six  # changed');
  await page.notebook.save();
  await expect(
    sidebar.section('Images').getByText('The notebook has changed since')
  ).toBeVisible();
  await expectAccessible(page);
  await shot(page, 'images-changed-light');

  await choose('Delete…');
  await dialog.getByRole('button', { name: 'Delete image' }).click();
  await expect(more).toHaveCount(0);
});

test('two hundred images are shown in part, found and shown all', async ({
  page
}) => {
  /** Notes the longest task while something is done. */
  const measured = async (what: string, action: () => Promise<void>) => {
    await page.evaluate(longestTask);
    await action();
    const description = `${await page.evaluate(longestTask)} ms`;
    test.info().annotations.push({ type: `longest task, ${what}`, description });
  };
  const images = Array.from({ length: 200 }, (_, index) => ({
    digest: `sha256:${index.toString(16).padStart(64, '0')}`,
    tags: [`registry.example.org/a-long-team-name/model-${index % 25}:v${index}`],
    size_bytes: 91_000_000 + index,
    created: new Date(Date.now() - index * 3_600_000).toISOString(),
    notebook: `notebook-${index % 25}.ipynb`,
    run_command: `docker run model-${index}`,
    platforms: ['linux/amd64', 'linux/arm64'],
    where: ['store', 'docker', 'podman'],
    path: `work/notebook-${index % 25}.ipynb`,
    notebook_digest: '',
    changed: index % 3 === 0,
    running: []
  }));
  await page.route(/containerize\/images(\?|$)/, route =>
    route.fulfill({ json: { images, settled: true } })
  );
  await page.reload({ waitForIsReady: false } as never);
  const sidebar = new Sidebar(page);
  await sidebar.open();
  // What JupyterLab restores late takes the focus, and a letter went there.
  await page.evaluate(restored);
  const section = sidebar.section('Images');
  await expect(section.getByText('200', { exact: true })).toBeVisible();
  const rows = section.locator('.jp-Containerize-image');
  await expect(rows).toHaveCount(16);
  await section.scrollIntoViewIfNeeded();
  await shot(page, 'images-many-light');

  await page.evaluate(watchTasks);
  const search = section.getByRole('searchbox');
  await measured('more notebooks', async () => {
    await section
      .getByRole('button', { name: 'Show the images of 17 more notebooks' })
      .click();
    await expect(rows).toHaveCount(50);
  });
  const older = section.getByRole('button', { name: /^Show 6 older images/ });
  await measured('six more images', async () => {
    await older.first().click();
    await expect(rows).toHaveCount(56);
  });
  await measured('every image at once', async () => {
    await older.evaluateAll(nodes =>
      nodes.forEach(node => (node as HTMLElement).click())
    );
    await expect(rows).toHaveCount(200);
  });
  await measured('typing into the search', async () => {
    await search.pressSequentially('v199');
    await expect(rows).toHaveCount(1);
  });
  await measured('clearing the search', async () => {
    await search.fill('');
    // The notebook that was found keeps all of its images in sight.
    await expect(rows).toHaveCount(56);
  });
  await expectAccessible(page);
});

/** Runs in the page. */
async function restored(): Promise<void> {
  const { jupyterapp } = window as unknown as {
    jupyterapp: { restored: Promise<unknown> };
  };
  await jupyterapp.restored;
}

/** Runs in the page. */
function watchTasks(): void {
  const kept = window as unknown as { longest: number };
  kept.longest = 0;
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) {
      kept.longest = Math.max(kept.longest, duration);
    }
  }).observe({ entryTypes: ['longtask'] });
}

/** The longest task above 50 ms since it was last asked; 0 if there was none. Runs in the page. */
function longestTask(): number {
  const kept = window as unknown as { longest: number };
  const { longest } = kept;
  kept.longest = 0;
  return longest;
}

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `shots/${name}.png` });
}
