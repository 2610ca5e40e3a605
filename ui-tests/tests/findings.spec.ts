import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { notebook } from './notebooks';
import type { Sidebar } from './sidebar';
import { openNotebook, run } from './sidebar';

/** Where the pictures go: into the documentation if this says so. */
const PICTURES = process.env['UI_PICTURES'] ?? 'shots';

/** Resolving asks the package index; this is for slow machines, in milliseconds. */
const PLAN_MS = 120_000;

/** Made up; it has the form of a token. */
const TOKEN = ['ghp_', 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ0bC2dF4hJ6'].join('');

/** Something is wrong with each cell from the second on. */
const TROUBLED = troubled();

/** What is told, and of which cell; cells count from 1, of all kinds. */
const KINDS: Record<string, { told: RegExp; cell: number; step: RegExp }> = {
  'a secret in code': {
    told: /This line holds what looks like/,
    cell: 3,
    step: /Revoke it/
  },
  'a secret in an output': {
    told: /The output of this cell holds what looks like/,
    cell: 4,
    step: /clear the output/
  },
  'an absolute path': {
    told: /\/home\/me\/prices\.csv, which is on one machine only/,
    cell: 5,
    step: /relative path/
  },
  'a name that nothing binds': {
    told: /The name 'scale' is used, and nothing in the notebook binds it/,
    cell: 6,
    step: /Import or define scale/
  },
  'a name that a later cell binds': {
    told: /The name 'offset' is used here, and cell \[9\]/,
    cell: 7,
    step: /Move cell \[9\] above this one/
  },
  'an object that cannot be pickled': {
    told: /'connection'.*connection to a database/,
    cell: 8,
    step: /function/
  },
  'cells that ran out of order': {
    told: /Cell \[9\] stands below cell \[8\] and ran before it/,
    cell: 9,
    step: /Restart the kernel and run all cells/
  }
};

test.use({ viewport: { width: 1280, height: 1600 } });

test('every kind of finding links to its cell', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/troubled.ipynb`;
  const sidebar = await openNotebook(page, path, TROUBLED);
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await expect(finding(sidebar, /This line holds what looks like/)).toBeVisible();
  for (const [kind, { told, cell, step }] of Object.entries(KINDS)) {
    const row = finding(sidebar, told);
    await expect(row, kind).toHaveCount(1);
    await expect(row.locator('p'), kind).toHaveText(step);
    await page.notebook.selectCells(0);
    await row.getByRole('button', { name: /^Go to cell/ }).click();
    await expect.poll(() => page.evaluate(activeCell), kind).toBe(cell);
  }
  // What is told of a secret does not repeat it.
  await expect(sidebar.node).not.toContainText(TOKEN);
  const block = preview.locator('.jp-Containerize-block', {
    has: page.getByRole('heading', { name: 'Findings' })
  });
  await page.mouse.move(1270, 790);
  await page.notebook.selectCells(0);
  await page.theme.setDarkTheme();
  await picture(page, block, 'findings-dark');
  await page.theme.setLightTheme();
  await picture(page, block, 'findings-light');
});

test('a secret in an output is gone from the findings once it is cleared and saved', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/cleared.ipynb`;
  const sidebar = await openNotebook(page, path, TROUBLED);
  await sidebar.open();
  const output = finding(sidebar, /The output of this cell holds/);
  await expect(output).toHaveCount(1);
  await page.notebook.selectCells(3);
  await run(page, 'notebook:clear-cell-output');
  await run(page, 'docmanager:save');
  await expect(output).toHaveCount(0);
});

test('a wheel that the image lacks is told before anything is built', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/old.ipynb`;
  // Its wheels are for Python 3.9 and older.
  const content = JSON.parse(
    notebook(
      'import numpy as np',
      'def predict(x: float) -> float:\n    return float(np.sqrt(x))',
      'predict(4.0)'
    )
  ) as { metadata: Record<string, unknown> };
  content.metadata['containerize'] = {
    dependencies: { pin: { numpy: '1.19.5' } }
  };
  const sidebar = await openNotebook(page, path, JSON.stringify(content));
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await preview
    .getByRole('button', { name: 'Show what will be built' })
    .click();
  const problem = preview
    .getByRole('group')
    .filter({ hasText: 'numpy 1.19.5 has no wheel for the image' });
  await expect(problem).toBeVisible({ timeout: PLAN_MS });
  await expect(problem).toContainText('Install a version with a Linux wheel');
  await problem.getByRole('button', { name: /^Go to cell/ }).click();
  await expect.poll(() => page.evaluate(activeCell)).toBe(2);
  await sidebar.shot('findings-wheel');
});

/** A finding by what it says. */
function finding(sidebar: Sidebar, told: RegExp) {
  return sidebar
    .section('This notebook')
    .locator('.jp-Containerize-finding')
    .filter({ hasText: told });
}

/** With what is free around it. */
async function picture(page: Page, block: Locator, name: string): Promise<void> {
  const box = await block.boundingBox();
  if (!box) {
    throw new Error('There are no findings on the page');
  }
  const { height, width, x, y } = box;
  await page.screenshot({
    path: `${PICTURES}/${name}.png`,
    clip: { x: x - 10, y: y - 6, width: width + 20, height: height + 12 }
  });
}

function troubled(): string {
  const content = JSON.parse(
    notebook(
      'import sqlite3\nimport pandas as pd',
      `token = "${TOKEN}"`,
      'print(len("a"))',
      'frame = pd.read_csv("/home/me/prices.csv")',
      'y = 2 * scale',
      'z = 2 * offset',
      'connection = sqlite3.connect(":memory:")',
      'offset = 1',
      'def predict(x: float) -> float:\n    return connection.execute("select ?", [x]).fetchone()[0]'
    )
  ) as { cells: Record<string, unknown>[] };
  const text = `token ${TOKEN}\n`;
  const output = { output_type: 'stream', name: 'stdout', text };
  const counts = [null, 1, 2, 3, 4, 5, 6, 8, 7, 9];
  content.cells.forEach((cell, index) => {
    if (cell['cell_type'] === 'code') {
      cell['execution_count'] = counts[index];
      cell['outputs'] = index === 3 ? [output] : [];
    }
  });
  return JSON.stringify(content);
}

/** Runs in the page; cells count from 1. */
function activeCell(): number {
  const { jupyterapp } = window as unknown as {
    jupyterapp: {
      shell: { currentWidget: { content: { activeCellIndex: number } } };
    };
  };
  return jupyterapp.shell.currentWidget.content.activeCellIndex + 1;
}
