import type { TranslationBundle } from '@jupyterlab/translation';

import type { Dependency, Preview } from '../api/types';
import type { IEdits, Own } from './metadata';
import {
  distributionOf,
  editsOf,
  normalised,
  restored,
  withAdded,
  withExcluded,
  withPin
} from './metadata';

/** What a user can do to the dependencies. */
export interface IDependencyEditing {
  onPin: (name: string, version: string) => void;
  onAdd: (requirement: string) => void;
  onExclude: (name: string) => void;
  onRestore: (name: string) => void;
}

/** The edits of a notebook's metadata, each with words by which it is taken back. */
export function editing(
  edit: (change: (own: Own) => Own, text: string) => void,
  trans: TranslationBundle
): IDependencyEditing {
  return {
    onPin: (name, version) =>
      edit(
        own => withPin(own, name, version),
        trans.__('%1 is pinned to %2', name, version)
      ),
    onAdd: requirement =>
      edit(
        own => withAdded(own, requirement),
        trans.__('%1 is added', distributionOf(requirement))
      ),
    onExclude: name =>
      edit(own => withExcluded(own, name), trans.__('%1 is excluded', name)),
    onRestore: name =>
      edit(own => restored(own, name), trans.__('%1 is restored', name))
  };
}

/** What the notebook says of a distribution now; the preview may be from before that was said. */
export function editedOf(
  dependency: Dependency,
  edits: IEdits
): Dependency['edited'] {
  const name = normalised(dependency.distribution);
  const isIt = (other: string) => normalised(other) === name;
  if (edits.exclude.some(isIt)) {
    return 'excluded';
  }
  if (edits.add.some(item => isIt(distributionOf(item)))) {
    return 'added';
  }
  return Object.keys(edits.pin).some(isIt) ? 'pinned' : '';
}

/** The dependencies in the groups in which they are shown. */
export interface IGroups {
  /** What the image gets, and what nobody knows about. */
  readonly used: readonly Dependency[];
  /** Used only for training or plotting. */
  readonly dropped: readonly Dependency[];
  /** Kept out by the user. */
  readonly excluded: readonly Dependency[];
}

export function grouped(rows: readonly Dependency[], own: Own): IGroups {
  const edits = editsOf(own);
  const all = [...rows, ...missing(rows, edits)].map(row => ({
    ...row,
    edited: editedOf(row, edits)
  }));
  const kept = all.filter(row => row.edited !== 'excluded');
  const isDropped = (row: Dependency) =>
    row.serving === false && row.edited !== 'added';
  return {
    used: kept.filter(row => !isDropped(row)),
    dropped: kept.filter(isDropped),
    excluded: all.filter(row => row.edited === 'excluded')
  };
}

/** Whether the image has it only if the captured objects turn out to need it; that is known once they are made. */
export function isPerhaps(row: Dependency, preview: Preview): boolean {
  return preview.slice !== null && row.serving === null && row.edited === '';
}

/** What the metadata names and the preview does not, or not yet. */
function missing(rows: readonly Dependency[], edits: IEdits): Dependency[] {
  const known = new Set(rows.map(row => normalised(row.distribution)));
  const named = [
    ...edits.add.map(item => {
      const name = distributionOf(item);
      return { name, specifier: item.trim().slice(name.length).trim() };
    }),
    ...edits.exclude.map(name => ({ name, specifier: '' }))
  ];
  return named
    .filter(({ name }) => !known.has(normalised(name)))
    .map(({ name, specifier }) => ({
      distribution: name,
      import_names: [],
      version: null,
      specifier,
      source: '',
      kind: 'declared',
      proof: '',
      extras: [],
      url: '',
      alternatives: [],
      serving: null,
      license: '',
      size_bytes: null,
      image_bytes: null,
      wheels: {},
      vulnerabilities: null,
      evidence: [],
      edited: ''
    }));
}
