import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import type { IObservable } from '../../tokens';
import { Welcome } from '../../welcome/panel';
import { until } from '../server';

function observable<S>(state: S): IObservable<S> {
  return { state, changed: new Signal<object, void>({}) };
}

const CASES: Record<string, [number, number, string, string]> = {
  'one sentence and a button, where no notebook is open': [
    0,
    0,
    '',
    'Open a notebook…'
  ],
  'only the sentence beside a notebook, which has a button': [
    0,
    0,
    'iris.ipynb',
    ''
  ]
};

async function render(
  builds: number,
  images: number,
  path: string,
  onOpen: () => void = () => undefined
): Promise<HTMLElement> {
  const node = document.createElement('div');
  createRoot(node).render(
    <div>
      <Welcome
        builds={observable({
          status: 'ready' as const,
          builds: Array<number>(builds).fill(0)
        })}
        images={observable({
          status: 'ready' as const,
          images: Array<number>(images).fill(0)
        })}
        notebook={observable({ path })}
        trans={nullTranslator.load('')}
        onOpen={onOpen}
      />
    </div>
  );
  await until(() => node.childElementCount > 0);
  return node;
}

test.each(Object.entries(CASES))('Welcome shows %s', async (_, each) => {
  const [builds, images, path, button] = each;
  let opened = 0;
  const node = await render(builds, images, path, () => (opened += 1));
  expect(node.querySelectorAll('p')).toHaveLength(1);
  expect(node.querySelector('button')?.textContent ?? '').toBe(button);
  node.querySelector('button')?.click();
  expect(opened).toBe(button ? 1 : 0);
});

test.each([
  [1, 0],
  [0, 1]
])('Welcome is gone with %d builds and %d images', async (builds, images) => {
  const node = await render(builds, images, '');
  expect(node.textContent).toBe('');
});
