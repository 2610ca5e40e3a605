import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { expectAccessible } from './accessible';
import { notebook, TRIPLE } from './notebooks';
import type { Sidebar } from './sidebar';
import { kernelIdle, openNotebook, run, toolbarButton } from './sidebar';
import {
  isDirty,
  longTasks,
  ownMetadata,
  serverTimes,
  shownAfter,
  watch
} from './watching';

/** The width at which nothing may be cut without a tooltip, in pixels. */
const NARROW = 300;

// Room for the whole section.
test.use({ viewport: { width: 1280, height: 1600 } });

/** Two functions, something hidden, something that only plots, a file and a variable. */
const RICH = notebook(
  'import os\n\nimport numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nfrom sklearn.linear_model import LinearRegression\n!apt-get install -y -q graphviz',
  'frame = pd.read_parquet("/home/me/prices.parquet")\nlimit = float(os.environ["LIMIT"])\nplt.plot(frame["x"])',
  'model = LinearRegression().fit(np.array([[1.0], [2.0]]), [2.0, 4.0])',
  'def predict(rooms: float, area_in_square_metres: float = 80.0) -> float:\n    return float(model.predict(pd.DataFrame([[rooms]]).to_numpy())[0])\n\n\ndef score(rooms: float) -> float:\n    return rooms',
  'predict(3.0, area_in_square_metres=75.5)'
);

const R = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: 'ir', display_name: 'R', language: 'R' },
    language_info: { name: 'R' }
  },
  cells: [
    {
      cell_type: 'code',
      id: 'a',
      metadata: {},
      execution_count: null,
      outputs: [],
      source:
        'library(ggplot2)\nlibrary(dplyr)\nif (require(randomForest)) print(1)\nread.csv("data.csv")'
    }
  ]
});

test('dependencies are edited in place, and the notebook keeps it', async ({
  page,
  tmpPath,
  baseURL
}) => {
  const path = `${tmpPath}/edited.ipynb`;
  const sidebar = await openNotebook(page, path, RICH);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  const pandas = sidebar.dependency('pandas');
  await expect(pandas).toBeVisible();
  await kernelIdle(page);
  await run(page, 'docmanager:save');
  await expect.poll(() => page.evaluate(isDirty)).toBe(false);

  // Another version.
  await sidebar.unfold('pandas').click();
  const version = preview.getByRole('textbox', { name: 'Version' });
  await version.fill('two');
  await version.press('Enter');
  await expect(preview.getByRole('alert')).toContainText('exact version');
  await version.fill('2.2.3');
  await preview.getByRole('button', { name: 'Pin' }).click();
  await expect(pandas).toContainText('pinned');
  await expect.poll(() => page.evaluate(isDirty)).toBe(true);
  expect(await page.evaluate(ownMetadata)).toEqual({
    dependencies: { pin: { pandas: '2.2.3' } }
  });
  await expect(preview.getByText('pandas is pinned to 2.2.3')).toBeVisible();
  await picture(sidebar, 'preview-edit-light');
  await page.theme.setDarkTheme();
  await picture(sidebar, 'preview-edit-dark');
  await page.theme.setLightTheme();

  // Taken back.
  await preview.getByRole('button', { name: 'Undo' }).click();
  await expect(pandas).not.toContainText('pinned');
  expect(await page.evaluate(ownMetadata)).toBeNull();

  // Kept out, and in again.
  await preview.getByRole('button', { name: 'Exclude' }).click();
  await expect(
    preview.getByText('1 distribution is excluded by this notebook')
  ).toBeVisible();
  await expect(pandas).toContainText('excluded');
  await sidebar.unfold('pandas').click();
  await preview.getByRole('button', { name: 'Restore' }).click();
  await expect(pandas).not.toContainText('excluded');
  expect(await page.evaluate(ownMetadata)).toBeNull();

  // One more.
  await sidebar.add('requests>=2');
  await expect(sidebar.dependency('requests')).toContainText('added');

  // What is saved is what the command line reads.
  await run(page, 'docmanager:save');
  const saved = await page.request.get(
    `${baseURL}/api/contents/${path}?content=1`
  );
  const { content } = (await saved.json()) as {
    content: { metadata: Record<string, unknown> };
  };
  expect(content.metadata['containerize']).toEqual({
    dependencies: { add: ['requests>=2'] }
  });
});

test('what serves is chosen, and how it is called is shown', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(page, `${tmpPath}/serves.ipynb`, RICH);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  const picker = preview.getByRole('combobox', { name: 'What serves' });
  await expect(picker).toHaveValue('predict');
  await expect(
    preview.getByText(
      'predict(rooms: float, area_in_square_metres: float = 80.0) -> float'
    )
  ).toBeVisible();
  await preview.getByText('Request and answer').click();
  await expect(
    preview.getByRole('group', { name: 'Example in the notebook' })
  ).toContainText('area_in_square_metres=75.5');

  await picker.selectOption('score');
  await expect(preview.getByText('score(rooms: float) -> float')).toBeVisible();
  expect(await page.evaluate(ownMetadata)).toEqual({ serve: 'score' });
  await picker.selectOption('As found in the notebook');
  await expect(picker).toHaveValue('predict');
  expect(await page.evaluate(ownMetadata)).toBeNull();

  await preview.getByText('1 other candidate').click();
  await preview.getByRole('button', { name: 'Serve score as well' }).click();
  await expect(preview.getByText('POST /score')).toBeVisible();
  expect(await page.evaluate(ownMetadata)).toEqual({
    serve: ['predict', 'score']
  });
  await preview.getByRole('button', { name: 'Do not serve score' }).click();
  await expect(preview.getByText('POST /score')).toHaveCount(0);
});

test('everything that a notebook needs shows, in each theme and narrow', async ({
  page,
  tmpPath
}) => {
  const name = 'prices-of-houses-in-a-town-with-a-very-long-name.ipynb';
  const sidebar = await openNotebook(page, `${tmpPath}/${name}`, RICH);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(sidebar.dependency('scikit-learn')).toBeVisible();
  await expect(preview.getByText('on one machine only')).toBeVisible();
  for (const title of ['1 system package', '1 file', '1 environment variable']) {
    await preview.getByText(title, { exact: true }).click();
  }
  await expect(preview.getByText('/home/me/prices.parquet', { exact: true })).toBeVisible();
  await expect(preview.getByText('graphviz', { exact: true })).toBeVisible();
  await preview.getByText('left out').click();
  await expect(sidebar.dependency('pyarrow')).toContainText('hidden');
  await expect(sidebar.dependency('scikit-learn')).toContainText('if needed');
  await sidebar.unfold('matplotlib').click();
  for (const [theme, word] of [
    ['JupyterLab Light', 'light'],
    ['JupyterLab Dark', 'dark'],
    ['JupyterLab Dark High Contrast', 'contrast']
  ] as const) {
    await page.theme.setTheme(theme);
    await page.sidebar.setWidth(NARROW, 'left');
    await expectAccessible(page);
    await expectNothingWider(sidebar);
    await picture(sidebar, `preview-narrow-${word}`);
    await page.sidebar.setWidth(440, 'left');
    await picture(sidebar, `preview-${word}`);
  }
});

test('what will be built is shown layer by layer', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/planned.ipynb`;
  const sidebar = await openNotebook(page, path, TRIPLE);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await preview.getByRole('button', { name: 'Show what will be built' }).click();
  const layers = preview.getByRole('list', { name: 'Layers, the largest first' });
  await expect(layers).toBeVisible({ timeout: 150_000 });
  await expect(
    preview.getByRole('img', { name: /^Layers by size: / })
  ).toBeVisible();
  await expect(layers.getByRole('listitem').first()).toContainText('MB');
  await picture(sidebar, 'preview-plan-first');

  // Once it is built nothing is new, and what an edit changes is told.
  await toolbarButton(page).click();
  await expect(preview.getByLabel('Objects in the image')).toContainText(
    'int',
    { timeout: 150_000 }
  );
  await planAgain(preview);
  await expect(layers).toHaveCount(0);
  await expect(layers).toBeVisible({ timeout: 150_000 });
  await expect(preview.getByText(/^Against planned/)).toBeVisible();
  await expect(preview.getByText('Nothing changes.')).toBeVisible();
  await page.notebook.setCell(
    2,
    'code',
    'def predict(x: float) -> float:\n    return factor + x'
  );
  await expect(
    preview.getByText('The notebook or the settings have changed since.')
  ).toBeVisible();
  await planAgain(preview);
  await expect(preview.getByText(/layers? differ/)).toBeVisible({
    timeout: 150_000
  });
  await expect(
    layers.getByRole('list', { name: 'Why it has to be made' }).first()
  ).toBeVisible();
  await page.sidebar.setWidth(NARROW, 'left');
  await expectAccessible(page);
  await expectNothingWider(sidebar);
  await picture(sidebar, 'preview-plan-light');
  await page.theme.setDarkTheme();
  await picture(sidebar, 'preview-plan-dark');
});

test('notebooks that cannot be built say so and what to do', async ({
  page,
  tmpPath
}) => {
  const sidebar = await openNotebook(
    page,
    `${tmpPath}/empty.ipynb`,
    notebook('')
  );
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('No code yet')).toBeVisible();
  await expect(
    preview.getByRole('button', { name: 'Containerize' })
  ).toBeDisabled();
  await page.sidebar.setWidth(NARROW, 'left');
  await expectAccessible(page);
  await picture(sidebar, 'preview-empty-light');
  await page.theme.setDarkTheme();
  await picture(sidebar, 'preview-empty-dark');
  await page.theme.setLightTheme();

  await openNotebook(page, `${tmpPath}/r.ipynb`, R);
  await dismissKernel(page);
  await expect(
    preview.getByText('R notebooks cannot be built yet')
  ).toBeVisible();
  await expect(preview.getByText('randomForest')).toBeVisible();
  await expectAccessible(page);
  await picture(sidebar, 'preview-r-light');
  await page.theme.setDarkTheme();
  await picture(sidebar, 'preview-r-dark');
});

test('a notebook of 200 cells shows at once, and typing into it stays smooth', async ({
  page,
  tmpPath
}) => {
  const cells = Array.from({ length: 198 }, (_, index) =>
    [
      index % 10 === 0 ? 'import pandas as pd' : `import numpy as np`,
      `step_${index} = np.arange(${index}) + ${index > 0 ? `step_${index - 1}.sum()` : '0'}`,
      `for value in range(3):\n    print(value, step_${index}[:1])`
    ].join('\n')
  );
  const long = notebook(
    ...cells,
    'def predict(x: float) -> float:\n    return x + float(step_197.sum())',
    'predict(1.0)'
  );
  const small = notebook('def predict(x: float) -> float:\n    return x');
  const path = `${tmpPath}/long.ipynb`;
  const sidebar = await openNotebook(page, `${tmpPath}/small.ipynb`, small);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(preview.getByText('predict()')).toBeVisible();
  await page.contents.uploadContent(long, 'text', path);

  await page.evaluate(watch);
  await run(page, 'docmanager:open', { path });
  await expect(sidebar.dependency('numpy')).toBeVisible();
  const first = await page.evaluate(shownAfter, 'long.ipynb');
  // Its kernel starts, and writes into its metadata.
  await page.waitForTimeout(3000);
  await run(page, 'docmanager:open', { path: `${tmpPath}/small.ipynb` });
  await expect(preview.getByText('predict()')).toBeVisible();
  await page.evaluate(watch);
  await run(page, 'docmanager:open', { path });
  await expect(sidebar.dependency('numpy')).toBeVisible();
  const later = await page.evaluate(shownAfter, 'long.ipynb');

  // Typing, with a preview after each pause.
  const typed: Record<string, number[]> = {};
  const busy: Record<string, number[]> = {};
  const [tab] = page.context().pages();
  const session = await page.context().newCDPSession(tab as Page);
  await session.send('Performance.enable');
  const taskSeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  // The first round is for what a page does only once.
  for (const [round, isOpen] of [false, true, false, true, false].entries()) {
    await run(page, isOpen ? 'containerize:open-sidebar' : 'filebrowser:activate');
    await page.notebook.enterCellEditingMode(1);
    await page.evaluate(watch);
    const before = await taskSeconds();
    for (let pause = 0; pause < 4; pause++) {
      await page.keyboard.type('# words that nobody reads ', { delay: 20 });
      await page.waitForTimeout(700);
    }
    const tasks = await page.evaluate(longTasks);
    const sidebarIs = round === 0 ? 'at first' : isOpen ? 'open' : 'hidden';
    (typed[sidebarIs] ??= []).push(...tasks);
    (busy[sidebarIs] ??= []).push(
      Math.round(1000 * ((await taskSeconds()) - before))
    );
  }
  const server = await page.evaluate(serverTimes);
  const report = { first, later, server, tasksAbove50: typed, busy };
  console.log('preview of 200 cells, milliseconds:', JSON.stringify(report));
  await test.info().attach('preview-200', { body: JSON.stringify(report) });
  expect(server.length).toBeGreaterThan(2);
});

async function planAgain(preview: Locator): Promise<void> {
  await preview.getByRole('button', { name: 'Plan again' }).first().click();
}

/** As much of the section as the page has room for; into the documentation if `UI_PICTURES` says so. */
async function picture(sidebar: Sidebar, name: string): Promise<void> {
  const folder = process.env['UI_PICTURES'] ?? 'shots';
  await sidebar
    .section('This notebook')
    .screenshot({ path: `${folder}/${name}.png` });
}

async function dismissKernel(page: Page): Promise<void> {
  await page
    .getByRole('dialog')
    .locator('.jp-Dialog-button', { hasText: 'No Kernel' })
    .click();
}

/** No part sticks out of the sidebar. */
async function expectNothingWider(sidebar: Sidebar): Promise<void> {
  const wider = await sidebar.node.evaluate(
    node => node.scrollWidth - node.clientWidth
  );
  expect(wider).toBe(0);
}
