import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import type { Plan, PlannedLayer } from '../../api/types';
import type { IPlanState } from '../../preview/plan';
import { PlanBlock, progressText } from '../../preview/plan-panel';
import { changeText, moreText } from '../../preview/planned';
import { makeBuild, until } from '../server';

const trans = nullTranslator.load('');

function layer(fields: Partial<PlannedLayer>): PlannedLayer {
  return {
    role: 'dependencies',
    title: fields.slot ?? '',
    buildpack: 'wheels',
    slot: '',
    state: 'cached',
    digest: null,
    size_bytes: 0,
    estimated: false,
    download_bytes: 0,
    make_bytes: 0,
    parts: 1,
    parts_ready: 0,
    left_out: {},
    sources: [],
    reasons: [],
    ...fields
  };
}

const REASONS = ['numpy 2.3.0 -> 2.3.1', 'b is new', 'c is gone', 'd is new'];

const PLAN: Plan = {
  notebook: 'a.ipynb',
  reference: 'iris:latest',
  destination: '',
  entries: ['predict'],
  images: [
    {
      platform: 'linux/amd64',
      base_layers: [],
      layers: [
        layer({ slot: 'code', size_bytes: 2000, state: 'destination' }),
        layer({ slot: 'os', size_bytes: 9_000_000 }),
        layer({
          slot: 'wheels',
          size_bytes: 20_000_000,
          estimated: true,
          state: 'new',
          reasons: REASONS.map(text => ({
            kind: 'changed',
            name: '',
            before: '',
            after: '',
            than: '',
            text
          }))
        })
      ],
      system_packages: [],
      totals: {
        download_bytes: 3_000_000,
        downloads_of_unknown_size: 0,
        make_bytes: 0,
        push_bytes: 1_000_000,
        image_bytes: 29_002_000,
        estimated: true
      }
    }
  ],
  warnings: [],
  comparison: [
    {
      than: 'iris:latest',
      platform: 'linux/amd64',
      digest: 'sha256:1',
      changes: [
        {
          kind: 'distribution',
          name: 'numpy',
          before: '2.3.0',
          after: '2.3.1',
          bytes_more: 1500
        }
      ],
      layers: [],
      same_layers: 2,
      bytes_before: 29_000_000,
      bytes_after: 29_002_000,
      estimated: false
    }
  ]
};

describe('PlanBlock', () => {
  let node: HTMLElement;
  let asked: string[];
  let unmount: () => void;

  async function show(state: Partial<IPlanState>): Promise<void> {
    const root = createRoot(node);
    unmount = () => root.unmount();
    root.render(
      <PlanBlock
        state={{
          status: 'none',
          path: 'a.ipynb',
          build: null,
          plan: null,
          problem: null,
          isStale: false,
          ...state
        }}
        path="a.ipynb"
        trans={trans}
        onGoToCell={() => undefined}
        onPlan={() => asked.push('plan')}
        onCancelPlan={() => asked.push('cancel')}
        onClosePlan={() => asked.push('close')}
      />
    );
    await until(() => node.textContent !== '');
  }

  function button(name: string): HTMLButtonElement | undefined {
    return [...node.querySelectorAll('button')].find(
      ({ textContent, title }) => textContent === name || title === name
    );
  }

  beforeEach(() => {
    node = document.body.appendChild(document.createElement('div'));
    asked = [];
  });

  afterEach(() => {
    unmount();
    node.remove();
  });

  it('is asked for with a button', async () => {
    await show({});
    button('Show what will be built')?.click();
    expect(asked).toEqual(['plan']);
  });

  it('shows layers by size and state, with why and the sums', async () => {
    await show({ status: 'ready', plan: PLAN });
    expect(node.textContent).toContain(
      '~29 MB; 3.0 MB to download, 1.0 MB to send'
    );
    const bar = node.querySelector('[role="img"]');
    expect(bar?.getAttribute('aria-label')).toBe(
      'Layers by size: new 20 MB, made already 9.0 MB, already there 2.0 kB'
    );
    expect(
      [...(bar?.children ?? [])].map(part => part.getAttribute('data-state'))
    ).toEqual(['new', 'cached', 'destination']);
    const rows = [...node.querySelectorAll('.jp-Containerize-layers > li')].map(
      row => row.textContent
    );
    expect(rows).toEqual([
      'wheelsnew~20 MBnumpy 2.3.0 -> 2.3.1b is newc is goneand 1 more reason',
      'osmade already9.0 MB',
      'codealready there2.0 kB'
    ]);
    expect(node.textContent).toContain('numpy 2.3.0 → 2.3.1 +1.5 kB');
  });

  it('says once what is the reason of all', async () => {
    const first = {
      kind: 'first' as const,
      name: '',
      before: '',
      after: '',
      than: ''
    };
    const layers = ['os', 'python'].map(slot =>
      layer({
        slot,
        state: 'new',
        reasons: [{ ...first, text: 'first build on this machine' }]
      })
    );
    const [image] = PLAN.images;
    const images = image ? [{ ...image, layers }] : [];
    await show({ status: 'ready', plan: { ...PLAN, images } });
    const told = [...node.querySelectorAll('.jp-Containerize-reasons')];
    expect(told.map(({ textContent }) => textContent)).toEqual([
      'first build on this machine'
    ]);
    // The names have the room of a word that the legend has said.
    const states = node.querySelectorAll(
      '.jp-Containerize-layer .jp-Containerize-muted'
    );
    expect(states).toHaveLength(0);
  });

  it('says that the notebook has changed since', async () => {
    await show({ status: 'ready', plan: PLAN, isStale: true });
    expect(node.textContent).toContain(
      'The notebook or the settings have changed since.'
    );
    button('Hide the plan')?.click();
    button('Plan again')?.click();
    expect(asked).toEqual(['close', 'plan']);
  });

  it('can be stopped', async () => {
    await show({ status: 'running', build: makeBuild('b1') });
    button('Stop')?.click();
    expect(asked).toEqual(['cancel']);
  });
});

describe('words of a plan', () => {
  it('say what it does now', () => {
    const progress = {
      step: 'locking',
      done: 1,
      total: 2,
      unit: 'items'
    } as const;
    expect(progressText(null, trans)).toBe('Saving the notebook…');
    expect(progressText(makeBuild('b', { state: 'queued' }), trans)).toBe(
      'Waiting for its turn'
    );
    expect(progressText(makeBuild('b', { progress }), trans)).toBe('locking');
  });

  it('say what comes, goes and grows', () => {
    const change = {
      kind: 'distribution',
      name: 'a',
      bytes_more: null
    } as const;
    expect(changeText({ ...change, before: null, after: '1' }, trans)).toBe(
      'a 1 is new'
    );
    expect(changeText({ ...change, before: '1', after: null }, trans)).toBe(
      'a 1 is gone'
    );
    expect([moreText(0, trans), moreText(-3000, trans)]).toEqual([
      'the same size',
      '−3.0 kB'
    ]);
  });
});
