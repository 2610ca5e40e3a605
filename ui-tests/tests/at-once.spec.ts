import { expect, test } from '@jupyterlab/galata';

import { Sidebar } from './sidebar';
import { StepsServer, testSteps } from './steps';

const server = new StepsServer({ builds: 2 });

testSteps(test, server);

test('two builds run at the same time, each with its own progress', async ({
  page
}) => {
  await page.goto('?reset');
  const sidebar = new Sidebar(page);
  await sidebar.open();
  const steps = (done: number) => [
    'phase build',
    `progress ${done} 100000000 bytes Downloading`
  ];
  const { request } = page;
  await server.build(request, 'one.ipynb', ...steps(20_000_000), 'until one', 'done');
  await server.build(request, 'two.ipynb', ...steps(70_000_000), 'until two', 'failed');
  await server.build(request, 'three.ipynb', ...steps(90_000_000), 'until three', 'done');
  await sidebar.waitForState('one.ipynb', 'Running');
  await sidebar.waitForState('two.ipynb', 'Running');
  await expect(sidebar.build('one.ipynb')).toContainText('20 MB / 100 MB');
  await expect(sidebar.build('two.ipynb')).toContainText('70 MB / 100 MB');
  await expect(sidebar.build('three.ipynb')).toContainText('Next in the queue');
  await sidebar.shot('builds-at-once-light');

  // The one that ends makes room; the other goes on.
  server.allow('two');
  await sidebar.waitForState('two.ipynb', 'Failed');
  await expect(sidebar.build('three.ipynb')).toContainText('90 MB / 100 MB');
  await sidebar.waitForState('one.ipynb', 'Running');
  server.allow('one');
  server.allow('three');
  await sidebar.waitForState('one.ipynb', 'Done');
  await sidebar.waitForState('three.ipynb', 'Done');
});
