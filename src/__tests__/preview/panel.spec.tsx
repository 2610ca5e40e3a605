import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import { ContainerizeClient } from '../../api/client';
import type {
  Candidate,
  Dependency,
  ImageDetails,
  Preview,
  Report,
  Slice
} from '../../api/types';
import { BuildsModel } from '../../builds/model';
import { StateChoices } from '../../choices/model';
import { BuiltModel } from '../../preview/built';
import type { Own } from '../../preview/metadata';
import type { INotebookSource } from '../../preview/model';
import { PreviewModel } from '../../preview/model';
import { PreviewSection } from '../../preview/panel';
import { PlanModel } from '../../preview/plan';
import { SettingsModel } from '../../settings/model';
import { symbolText } from '../../preview/serving';
import { countsText } from '../../preview/slice';
import type { ICellPlace, ISettingsState } from '../../tokens';
import { FakeServer, makeBuild, until } from '../server';

const PREDICT: Candidate = {
  symbol: 'predict',
  kind: 'function',
  route: '/predict',
  method: 'POST',
  reasons: ['it is named predict'],
  cell: 5,
  line: 1
};

const CELLS = [
  '',
  '',
  '',
  '',
  'def predict(\n    x: float\n) -> float: ...'
].map(source => ({ cell_type: 'code', source }));

const SLICE: Slice = {
  state: 'run',
  order: 'document',
  whole: '',
  counts: {
    statements: 48,
    training: 12,
    serving: 3,
    dropped: 35,
    cells: 20,
    training_cells: 8,
    serving_cells: 2,
    distributions: 31,
    serving_distributions: 9
  },
  objects: [{ name: 'model', cell: 3, line: 2 }],
  recreated: [],
  parameters: [],
  examples: [],
  cells: []
};

function dependency(distribution: string, serving: boolean | null): Dependency {
  return {
    distribution,
    import_names: [distribution],
    version: '1.0',
    specifier: '',
    source: 'kernel',
    kind: 'direct',
    proof: 'kernel',
    extras: [],
    url: '',
    alternatives: [],
    serving,
    license: '',
    size_bytes: null,
    image_bytes: null,
    wheels: {},
    vulnerabilities: null,
    evidence: [],
    edited: ''
  };
}

/** Type as a user does: React listens to the event, and compares with what it set. */
function type(field: HTMLInputElement | null | undefined, text: string): void {
  const { set } =
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value') ?? {};
  set?.call(field, text);
  field?.dispatchEvent(new Event('input', { bubbles: true }));
}

describe('PreviewSection', () => {
  const trans = nullTranslator.load('');
  let server: FakeServer;
  let choices: StateChoices;
  let model: PreviewModel;
  let builds: BuildsModel;
  let plan: PlanModel;
  let own: Own;
  let node: HTMLElement;
  let gone: ICellPlace[];
  let mayBuild: boolean;
  let unmount: () => void;

  /** Render the preview of a notebook as the server answers it. */
  async function show(
    fields: Partial<Preview>,
    hasKernel = false
  ): Promise<void> {
    server.preview = fields;
    const changed = new Signal<object, void>({});
    const source: INotebookSource = {
      changed,
      current: {
        path: 'iris.ipynb',
        content: () => ({ cells: CELLS, metadata: { containerize: own } }),
        hasKernel,
        own: () => own,
        write: value => {
          own = value;
          changed.emit();
        },
        save: () => Promise.resolve(true)
      }
    };
    const client = new ContainerizeClient({
      serverSettings: server.settings()
    });
    model = new PreviewModel({ client, choices, source, trans, pauseMs: 1 });
    model.isActive = true;
    builds = new BuildsModel({ client, trans });
    plan = new PlanModel({
      builds,
      client,
      preview: model,
      settings: new SettingsModel(client),
      trans
    });
    const built = new BuiltModel({ builds, client, notebook: model });
    const state = { server: { can: { build: mayBuild } } } as ISettingsState;
    const root = createRoot(node);
    unmount = () => root.unmount();
    root.render(
      <PreviewSection
        model={model}
        plan={plan}
        built={built}
        settings={{ state, changed: new Signal({}) }}
        trans={trans}
        onBuild={() => undefined}
        onGoToCell={place => gone.push(place)}
      />
    );
    await until(() => model.state.status !== 'loading' && !!text('h2'));
    await until(() => !node.querySelector('.jp-Containerize-skeleton'));
  }

  function select(): HTMLSelectElement | null {
    return node.querySelector('select');
  }

  function button(name: string): HTMLButtonElement | undefined {
    return [...node.querySelectorAll('button')].find(
      ({ textContent }) => textContent === name
    );
  }

  /** Of each distribution, in the order in which they are shown. */
  function badges(): string[] {
    return [...node.querySelectorAll('th[scope=row]')].map(
      row => row.querySelector('.jp-Containerize-badge')?.textContent ?? ''
    );
  }

  function text(of: string): string {
    return node.querySelector(of)?.textContent ?? '';
  }

  beforeEach(() => {
    server = new FakeServer();
    choices = new StateChoices(null);
    node = document.body.appendChild(document.createElement('div'));
    gone = [];
    mayBuild = true;
    own = {};
  });

  afterEach(() => {
    unmount();
    plan.dispose();
    builds.dispose();
    model.dispose();
    node.remove();
  });

  it('says what serves, where it answers and why', async () => {
    const score: Candidate = { ...PREDICT, symbol: 'score', route: '/score' };
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      candidates: [PREDICT, score]
    });
    expect(node.textContent).toContain('predict()');
    expect(node.textContent).toContain('A function, POST /predict');
    expect(node.textContent).toContain('it is named predict');
    expect(text('details')).toContain('1 other candidate');
    expect(text('details')).toContain('score()');
  });

  it('asks nothing about objects while nothing serves', async () => {
    await show({});
    expect(node.textContent).toContain('No function found to serve');
    expect(select()).toBeNull();
  });

  it('shows how much of the notebook is used, and goes to where an object is bound', async () => {
    await show({ serving: PREDICT, entries: [PREDICT], slice: SLICE });
    expect(node.textContent).toContain(
      '12 of 48 statements run, 3 in the image'
    );
    const objects = node.querySelector('[aria-label="Objects in the image"]');
    expect(objects?.textContent).toBe('model3');
    objects?.querySelector('button')?.click();
    expect(gone).toEqual([{ path: 'iris.ipynb', cell: 3, line: 2 }]);
  });

  it('keeps the running kernel from being chosen where none runs, and says so', async () => {
    await show({ serving: PREDICT, entries: [PREDICT], slice: SLICE });
    const live = select()?.querySelector<HTMLOptionElement>('[value="live"]');
    expect(live?.disabled).toBe(true);
    const help = select()?.getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(help)?.textContent).toContain(
      'No kernel runs for this notebook'
    );
  });

  it('offers the running kernel where one runs', async () => {
    await show({ serving: PREDICT, entries: [PREDICT], slice: SLICE }, true);
    const live = select()?.querySelector<HTMLOptionElement>('[value="live"]');
    expect(live?.disabled).toBe(false);
    expect(node.textContent).not.toContain('No kernel runs');
  });

  it('shows what the notebook itself says, until the user chooses', async () => {
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: { ...SLICE, state: 'startup' }
    });
    expect(select()?.value).toBe('startup');
    choices.set('iris.ipynb', 'run');
    await until(() => select()?.value === 'run');
  });

  it('remembers a choice for builds of this notebook', async () => {
    await show({ serving: PREDICT, entries: [PREDICT], slice: SLICE });
    const element = select();
    if (!element) {
      throw new Error('no select');
    }
    element.value = 'startup';
    element.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => node.textContent.includes('every container'));
    expect(choices.get('iris.ipynb')).toBe('startup');
  });

  it('has no objects to choose for a job', async () => {
    const job: Candidate = {
      ...PREDICT,
      symbol: 'notebook',
      kind: 'job',
      route: ''
    };
    await show({ serving: job, entries: [job], slice: SLICE });
    expect(node.textContent).toContain('The whole notebook, which runs once');
    expect(select()).toBeNull();
  });

  it('lets a version be pinned, and takes that back', async () => {
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: SLICE,
      dependencies: [dependency('numpy', true)]
    });
    node.querySelector<HTMLButtonElement>('tbody th button')?.click();
    await until(() => node.querySelector('form') !== null);
    const form = node.querySelector('form');
    const field = form?.querySelector('input');
    expect(field?.value).toBe('1.0');
    type(field, 'newest');
    form?.requestSubmit();
    await until(() => text('[role="alert"]').includes('one exact version'));
    expect(own).toEqual({});
    type(field, '1.26.4');
    form?.requestSubmit();
    await until(() => text('tbody th').includes('pinned'));
    expect(own).toEqual({ dependencies: { pin: { numpy: '1.26.4' } } });
    button('Undo')?.click();
    await until(() => !text('tbody th').includes('pinned'));
    expect(own).toEqual({});
  });

  it('shows what is kept out apart, with a way back', async () => {
    own = { dependencies: { exclude: ['numpy'] } };
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: SLICE,
      dependencies: [dependency('NumPy', true), dependency('scipy', true)]
    });
    expect(text('details[open]')).toContain('1 distribution is excluded');
    expect(text('details[open] th[scope="row"]')).toContain('NumPy');
    node.querySelector<HTMLButtonElement>('details[open] th button')?.click();
    await until(() => button('Restore') !== undefined);
    button('Restore')?.click();
    await until(() => !node.querySelector('details[open]'));
    expect(own).toEqual({});
  });

  it('lets one of several functions be chosen', async () => {
    const score: Candidate = { ...PREDICT, symbol: 'score', route: '/score' };
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      candidates: [PREDICT, score],
      slice: SLICE
    });
    expect(node.textContent).toContain('predict(x: float) -> float');
    const picker = select();
    expect(picker?.getAttribute('aria-label')).toBe('What serves');
    if (picker) {
      picker.value = 'score';
      picker.dispatchEvent(new Event('change', { bubbles: true }));
    }
    expect(own).toEqual({ serve: 'score' });
  });

  it('says what serving takes and gives as the last image tells it', async () => {
    const digest = 'sha256:1';
    server.details.set(digest, {
      digest,
      entries: [
        {
          symbol: 'predict',
          route: '/predict',
          method: 'POST',
          inputs: {
            properties: { x: { type: 'number' }, y: { enum: ['a', 'b'] } },
            required: ['x']
          },
          output: { type: 'array', items: { type: 'number' } },
          example: { request: { x: 2 }, response: [4] }
        }
      ]
    } as unknown as ImageDetails);
    server.add(
      makeBuild('b1', {
        path: 'iris.ipynb',
        state: 'succeeded',
        finished: '2026-11-22T10:00:09Z',
        report: {
          digest,
          objects: [
            {
              name: 'model',
              type_name: 'sklearn.pipeline.Pipeline',
              formats: ['pickle'],
              size_bytes: 2400,
              location: ''
            }
          ]
        } as unknown as Report
      })
    );
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      candidates: [PREDICT],
      slice: SLICE
    });
    await until(() => node.textContent.includes('Pipeline, 2.4 kB'));
    await until(() => text('.jp-Containerize-fields') !== '');
    expect(text('.jp-Containerize-fields')).toBe(
      'FieldTypexnumbery optional"a" | "b"Answerarray of number'
    );
    expect(text('[aria-label="Example request"]')).toContain('"x": 2');
  });

  it('has the worst first, and folds notes where there is worse', async () => {
    const finding = {
      code: 'JC-X',
      hint: 'Do this.',
      cell: 3,
      line: null
    };
    await show({
      findings: [
        { ...finding, severity: 'info', message: 'a note' },
        { ...finding, severity: 'warning', message: 'a warning' },
        { ...finding, severity: 'error', message: 'an error' }
      ]
    });
    const [seen, folded] = [
      ...node.querySelectorAll('.jp-Containerize-findings')
    ];
    expect(seen?.textContent).toBe(
      'Error: an error cell 3Do this.Warning: a warning cell 3Do this.'
    );
    expect(folded?.textContent).toContain('a note');
    expect(node.textContent).toContain('1 error, 1 warning');
  });

  const some = (count: number, code: string, severity: 'info' | 'warning') =>
    Array.from({ length: count }, (_, index) => ({
      code,
      severity,
      message: `${code} ${index + 1}`,
      hint: '',
      cell: null,
      line: null
    }));

  it('has secrets before what else is as bad', async () => {
    await show({
      findings: [
        ...some(1, 'JC-ANALYSIS-21', 'warning'),
        ...some(1, 'JC-ANALYSIS-23', 'warning'),
        ...some(1, 'JC-ANALYSIS-34', 'warning')
      ]
    });
    expect(text('.jp-Containerize-findings')).toMatch(/23 1.*34 1.*21 1/);
  });

  it.each([
    ['all of', 7, [7]],
    ['six of', 8, [6, 2]]
  ] as const)('shows %s %i warnings at once', async (_, count, lists) => {
    await show({ findings: some(count, 'JC-X', 'warning') });
    const shown = [...node.querySelectorAll('.jp-Containerize-findings')];
    expect(shown.map(list => list.children.length)).toEqual(lists);
  });

  it('does not break a line within an option of the command line', async () => {
    const [finding] = some(1, 'JC-X', 'warning');
    const hint = 'Run all cells, or build with --order execution.';
    await show({ findings: finding ? [{ ...finding, hint }] : [] });
    expect(text('.jp-Containerize-finding p')).toBe(hint);
    expect(text('.jp-Containerize-finding p code')).toBe('--order');
  });

  it('says what to do about a finding, and goes to its cell', async () => {
    await show({
      findings: [
        {
          code: 'JC-ANALYSIS-29',
          message:
            "The name 'x' is used here, and cell [4] is the first to bind it",
          severity: 'warning',
          hint: 'Move cell [4] above this one.',
          cell: 2,
          line: 3
        }
      ]
    });
    const row = node.querySelector('.jp-Containerize-finding');
    expect(row?.querySelector('p')?.textContent).toBe(
      'Move cell [4] above this one.'
    );
    const link = row?.querySelector('button');
    expect(link?.getAttribute('aria-label')).toBe('Go to cell 2, line 3');
    link?.click();
    expect(gone).toEqual([{ path: 'iris.ipynb', cell: 2, line: 3 }]);
  });

  it('says to those who may look alone that they cannot build', async () => {
    mayBuild = false;
    await show({ serving: PREDICT, entries: [PREDICT], slice: SLICE });
    expect(button('Containerize')?.disabled).toBe(true);
    expect(node.textContent).toContain('You may look here, but not build');
    expect(button('Show what will be built')).toBeUndefined();
  });

  it('shows what an R notebook uses, and offers no build', async () => {
    await show({
      language: 'R',
      r_packages: [
        { name: 'dplyr', rule: 'library', guarded: false, cell: 1, line: 1 }
      ]
    });
    expect(node.textContent).toContain('R notebooks cannot be built yet');
    expect(node.textContent).toContain('dplyr');
    expect(node.textContent).not.toContain('No function found');
    expect(button('Containerize')?.disabled).toBe(true);
  });

  it('folds away the distributions that are left out', async () => {
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: SLICE,
      dependencies: [
        dependency('numpy', true),
        dependency('scikit-learn', null),
        dependency('seaborn', false)
      ]
    });
    const [used, dropped] = [...node.querySelectorAll('table')].map(
      table => table.textContent
    );
    expect(used).toContain('numpy');
    expect(used).toContain('scikit-learn');
    expect(used).not.toContain('seaborn');
    expect(dropped).toContain('seaborn');
    expect(text('details')).toContain('1 distribution is left out');
  });

  it('says of what only makes the objects that it may not be in the image', async () => {
    const rows = [dependency('numpy', true), dependency('scikit-learn', null)];
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: SLICE,
      dependencies: rows.map(row => ({ ...row, size_bytes: 1_000_000 }))
    });
    expect(badges()).toEqual(['', 'if needed']);
    expect(text('.jp-Containerize-dependencies h3')).toContain('up to 2.0 MB');
  });

  it('says nothing of the kind where no function serves', async () => {
    await show({ dependencies: [dependency('numpy', null)] });
    expect(badges()).toEqual(['']);
  });

  it('counts what is installed in any case as it is', async () => {
    const numpy = { ...dependency('numpy', true), size_bytes: 1_000_000 };
    await show({
      serving: PREDICT,
      entries: [PREDICT],
      slice: SLICE,
      dependencies: [numpy]
    });
    const heading = text('.jp-Containerize-dependencies h3');
    expect(heading).toContain('1.0 MB');
    expect(heading).not.toContain('up to');
  });
});

describe('symbolText', () => {
  it.each([
    ['function', 'predict', 'predict()'],
    ['method', 'model.predict', 'model.predict()'],
    ['class', 'Predictor.predict', 'Predictor.predict()'],
    ['estimator', 'model', 'model'],
    ['pyfunc', 'model', 'model'],
    ['cell', 'post_score', 'post_score'],
    ['job', 'notebook', 'notebook']
  ] as const)('of a %s %s is %s', (kind, symbol, expected) => {
    expect(symbolText({ ...PREDICT, kind, symbol })).toBe(expected);
  });
});

describe('countsText', () => {
  it.each([
    ['run', '12 of 48 statements run, 3 in the image'],
    ['live', '3 of 48 statements in the image'],
    ['startup', '3 of 48 statements are in the image, and run when it starts']
  ] as const)('says what happens with %s', (state, expected) => {
    const slice: Slice = { ...SLICE, state };
    expect(countsText(slice, nullTranslator.load(''))).toBe(expected);
  });
});
