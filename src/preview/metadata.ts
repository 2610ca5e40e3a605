import type { JSONObject, JSONValue } from '@lumino/coreutils';

/**
 * What the notebook's metadata says of its image, below `containerize`; see docs/settings.md.
 *
 * Every function gives a new value and leaves the old one alone. What it does not know it keeps.
 */
export type Own = JSONObject;

/** How the notebook changes what its image installs. */
export interface IEdits {
  /** Exact versions by distribution. */
  readonly pin: Readonly<Record<string, string>>;
  /** Requirements (`requests>=2`) of what nothing asks for. */
  readonly add: readonly string[];
  readonly exclude: readonly string[];
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/;
/** An extra list, then version clauses: the part of PEP 508 that people type. */
const AFTER_NAME =
  /^\s*(?:\[\s*[\w.-]+(?:\s*,\s*[\w.-]+)*\s*\])?\s*(?:(?:===|[=!~<>]=|[<>])\s*[\w.*+!-]+\s*(?:,\s*(?:===|[=!~<>]=|[<>])\s*[\w.*+!-]+\s*)*)?$/;
/** PEP 440, as far as a mistake in typing is told from a version. */
const VERSION =
  /^v?(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?[A-Za-z]+\d*)*(?:\+[\w.-]+)?$/;

/** The name by which distributions are compared (PEP 503). */
export function normalised(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-');
}

/** The distribution that a requirement asks for; empty if it is none. */
export function distributionOf(requirement: string): string {
  return NAME.exec(requirement.trim())?.[0] ?? '';
}

export function isVersion(text: string): boolean {
  return VERSION.test(text.trim());
}

export function isRequirement(text: string): boolean {
  const name = distributionOf(text);
  return name !== '' && AFTER_NAME.test(text.trim().slice(name.length));
}

/** The edits that metadata holds; what is of another form counts as not there. */
export function editsOf(own: Own): IEdits {
  const edits = asObject(own['dependencies']);
  const pins = Object.entries(asObject(edits['pin']));
  return {
    pin: Object.fromEntries(
      pins.filter((pin): pin is [string, string] => typeof pin[1] === 'string')
    ),
    add: texts(edits['add']),
    exclude: texts(edits['exclude'])
  };
}

/** What the metadata says shall serve; empty if it leaves that open. */
export function servedOf(own: Own): readonly string[] {
  const { serve } = own;
  return typeof serve === 'string' ? [serve] : texts(serve);
}

/** Install this very version of a distribution. */
export function withPin(own: Own, name: string, version: string): Own {
  const edits = without(editsOf(own), name, ['pin', 'exclude']);
  const pin = { ...edits.pin, [normalised(name)]: version.trim() };
  return withEdits(own, { ...edits, pin });
}

/** Install what nothing asks for. */
export function withAdded(own: Own, requirement: string): Own {
  const name = distributionOf(requirement);
  const edits = without(editsOf(own), name, ['pin', 'add', 'exclude']);
  return withEdits(own, { ...edits, add: [...edits.add, requirement.trim()] });
}

/** Leave a distribution out of the image, whoever asks for it. */
export function withExcluded(own: Own, name: string): Own {
  const edits = without(editsOf(own), name, ['pin', 'add', 'exclude']);
  const exclude = [...edits.exclude, normalised(name)];
  return withEdits(own, { ...edits, exclude });
}

/** Forget what the metadata says of a distribution. */
export function restored(own: Own, name: string): Own {
  return withEdits(own, without(editsOf(own), name, ['pin', 'add', 'exclude']));
}

/** Serve these, the first on /predict; with none, what is found. */
export function withServed(own: Own, symbols: readonly string[]): Own {
  const rest = omitting(own, ['serve']);
  const [first] = symbols;
  if (first === undefined) {
    return rest;
  }
  return { ...rest, serve: symbols.length === 1 ? first : [...symbols] };
}

function withEdits(own: Own, edits: IEdits): Own {
  const rest = omitting(own, ['dependencies']);
  const dependencies: JSONObject = {
    // What a later version may write there.
    ...omitting(asObject(own['dependencies']), ['pin', 'add', 'exclude']),
    ...(Object.keys(edits.pin).length > 0 && { pin: { ...edits.pin } }),
    ...(edits.add.length > 0 && { add: [...edits.add] }),
    ...(edits.exclude.length > 0 && { exclude: [...edits.exclude] })
  };
  return Object.keys(dependencies).length > 0
    ? { ...rest, dependencies }
    : rest;
}

function omitting(value: JSONObject, keys: readonly string[]): JSONObject {
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !keys.includes(key))
  );
}

function without(
  edits: IEdits,
  name: string,
  lists: readonly (keyof IEdits)[]
): IEdits {
  const wanted = normalised(name);
  const isOther = (other: string) => normalised(other) !== wanted;
  return {
    pin: lists.includes('pin')
      ? Object.fromEntries(
          Object.entries(edits.pin).filter(([key]) => isOther(key))
        )
      : edits.pin,
    add: lists.includes('add')
      ? edits.add.filter(item => isOther(distributionOf(item)))
      : edits.add,
    exclude: lists.includes('exclude')
      ? edits.exclude.filter(isOther)
      : edits.exclude
  };
}

function asObject(value: JSONValue | undefined): JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : {};
}

function texts(value: JSONValue | undefined): string[] {
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string')
    : [];
}
