import { expect, test } from '@jupyterlab/galata';
import { execFile } from 'child_process';
import { join } from 'path';
import { promisify } from 'util';

import { notebook } from './notebooks';
import { serverFolder } from './server-folder';
import { digestOf, openNotebook, run, toolbarButton } from './sidebar';

const execute = promisify(execFile);

/** The server's own store, for programs that the test runs. */
const env = { ...process.env, JUPYTER_DATA_DIR: join(serverFolder(), 'data') };

test('what is edited in the sidebar is what the command line builds', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/edited-here.ipynb`;
  const sidebar = await openNotebook(
    page,
    path,
    notebook(
      'import six',
      'def predict(x: float) -> float:\n    return float(six.text_type(x))',
      'predict(21.0)'
    )
  );
  await sidebar.open();
  const preview = sidebar.section('This notebook');
  await sidebar.unfold('six').click();
  await preview.getByRole('textbox', { name: 'Version' }).fill('1.16.0');
  await preview.getByRole('button', { name: 'Pin' }).click();
  await expect(sidebar.dependency('six')).toContainText('pinned');
  await sidebar.add('toolz==1.0.0');
  await expect(sidebar.dependency('toolz')).toContainText('added');
  await run(page, 'docmanager:save');
  await toolbarButton(page).click();
  await sidebar.waitForState('edited-here.ipynb', 'Done');
  const digest = await digestOf(sidebar.image('edited-here'));

  const file = join(serverFolder(), 'root', path);
  const build = ['containerize', 'build', file, '--tag', 'built-there:1', '--json'];
  const { stdout } = await execute('jupyter', build, { env });
  expect((JSON.parse(stdout) as { digest: string }).digest).toBe(digest);

  await sidebar.choose('edited-here', 'Show Layers and Packages…');
  const dialog = page.getByRole('dialog');
  for (const [name, version] of [
    ['six', '1.16.0'],
    ['toolz', '1.0.0']
  ] as const) {
    const header = page.getByRole('rowheader', { name });
    await expect(dialog.getByRole('row').filter({ has: header })).toContainText(
      version
    );
  }
});
