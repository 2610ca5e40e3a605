/*
 * From the values of a form to what a container is asked, and from what it refuses to the fields.
 */
import type { AskRequest } from '../api/types';
import type { Members, Value } from './json';
import { isArray, isMembers, readJson, writeJson } from './json';
import type { IEndpoint } from './schema';
import { hasBody } from './schema';

/** What is wrong with a value, and where: names of members and indexes of arrays. */
export interface IWrong {
  readonly path: readonly string[];
  readonly words: string;
}

/** What to ask a container. */
export function askOf(endpoint: IEndpoint, values: Members): AskRequest {
  const rest = new Map(values);
  const path = endpoint.route
    .split('/')
    .map(part => {
      if (!part.startsWith(':')) {
        return part;
      }
      const found = rest.get(part.slice(1)) ?? '';
      rest.delete(part.slice(1));
      return encodeURIComponent(asText(found));
    })
    .join('/');
  const method = endpoint.method as AskRequest['method'];
  if (endpoint.kind === 'cell') {
    const query = asText(rest.get('query') ?? '').replace(/^\?/, '');
    const body = rest.get('body');
    return {
      method,
      path,
      ...(query && { query: Object.fromEntries(new URLSearchParams(query)) }),
      ...(body !== undefined && { body: writeJson(body) })
    };
  }
  if (hasBody(method)) {
    return { method, path, body: writeJson(rest) };
  }
  const query = [...rest].map(([name, value]) => [name, asText(value)]);
  return {
    method,
    path,
    ...(query.length > 0 && {
      query: Object.fromEntries(query) as Record<string, string>
    })
  };
}

/** The wrong values that an answer of status 422 or 400 tells of; none if it is not one of ours. */
export function wrongOf(
  text: string,
  words: (expected: string, got: string) => string
): readonly IWrong[] {
  const answer = readJson(text);
  const problems = isMembers(answer) ? answer.get('problems') : undefined;
  if (!isArray(problems)) {
    return [];
  }
  return problems.filter(isMembers).map(problem => ({
    path: parsePath(asText(problem.get('field') ?? '')),
    words: words(
      asText(problem.get('expected') ?? ''),
      asText(problem.get('got') ?? '')
    )
  }));
}

/** The parts of `rows[3].age`. */
export function parsePath(field: string): string[] {
  return field.match(/[^.[\]]+/g) ?? [];
}

/** As `parsePath` takes it. */
export function writePath(path: readonly string[]): string {
  return path
    .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

function asText(value: Value): string {
  return typeof value === 'string' ? value : writeJson(value);
}
