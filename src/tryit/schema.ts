/*
 * What a container says of itself at /schema, and what control each value needs.
 */
import type { Value } from './json';
import { Digits, isArray, isMembers, readJson } from './json';

/** As much of JSON Schema as a form needs. */
export interface ISchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ISchema>>;
  readonly anyOf?: readonly ISchema[];
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly items?: ISchema;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, ISchema>>;
  readonly required?: readonly string[];
  readonly type?: string | readonly string[];
}

/** A schema without references and without the choice between one thing and null. */
export interface IPlainSchema extends Omit<ISchema, '$ref' | 'anyOf' | 'type'> {
  readonly anyOf?: readonly ISchema[] | undefined;
  readonly type?: string | undefined;
  readonly isNullable: boolean;
}

export interface IEndpoint {
  readonly symbol: string;
  readonly method: string;
  /** Parts that begin with a colon are parameters. */
  readonly route: string;
  /** `cell`: it reads the request itself. */
  readonly kind: string;
  /** The first line of its documentation. */
  readonly words: string;
  readonly inputs: ISchema;
  /** What the notebook asks it; null if it asks nothing. */
  readonly example: ReadonlyMap<string, Value> | null;
}

/** What a value is edited with. */
export type Kind =
  'boolean' | 'choice' | 'file' | 'integer' | 'json' | 'number' | 'string';

/** An endpoint as a /schema has it. */
interface IWritten {
  readonly symbol: string;
  readonly method: string;
  readonly route: string;
  readonly kind: string;
  readonly doc: string;
  readonly inputs: ISchema;
}

const CELL_BODY: ISchema = { description: 'JSON' };

/** The endpoints that the text of a /schema tells of; none if it is not one of ours. */
export function readEndpoints(text: string): readonly IEndpoint[] {
  const written = readJson(text);
  const examples = isMembers(written) ? written.get('endpoints') : undefined;
  if (!isArray(examples)) {
    return [];
  }
  const { endpoints } = JSON.parse(text) as {
    endpoints: readonly Partial<IWritten>[];
  };
  return endpoints.map((raw, index) => {
    const { route = '/predict', method = 'POST', kind = 'function' } = raw;
    return {
      symbol: raw.symbol ?? '',
      method,
      route,
      kind,
      words: raw.doc?.split('\n')[0] ?? '',
      inputs: kind === 'cell' ? cellInputs(method, route) : (raw.inputs ?? {}),
      example: requestOf(examples[index])
    };
  });
}

function requestOf(endpoint: Value | undefined): IEndpoint['example'] {
  const example = isMembers(endpoint) ? endpoint.get('example') : undefined;
  const request = isMembers(example) ? example.get('request') : undefined;
  return isMembers(request) ? request : null;
}

/** A cell tells nothing of what it takes: there are the parts of its path, a query and a body. */
function cellInputs(method: string, route: string): ISchema {
  const text: ISchema = { type: 'string' };
  const names = namesInRoute(route);
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(names.map(name => [name, text])),
      query: { ...text, description: 'a=1&b=2' },
      ...(hasBody(method) && { body: CELL_BODY })
    },
    required: names
  };
}

export function hasBody(method: string): boolean {
  return !['GET', 'HEAD', 'DELETE'].includes(method);
}

export function namesInRoute(route: string): string[] {
  return route
    .split('/')
    .filter(part => part.startsWith(':'))
    .map(part => part.slice(1));
}

/** What a reference names, and what there is beside null. */
export function plain(
  schema: ISchema | undefined,
  root: ISchema
): IPlainSchema {
  let found: ISchema = schema ?? {};
  // References can go in circles.
  for (let depth = 0; depth < 10 && found.$ref; depth++) {
    const name = found.$ref.replace(/^#\/\$defs\//, '');
    found = root.$defs?.[name] ?? {};
  }
  const options = found.anyOf?.filter(option => option.type !== 'null') ?? [];
  const [only] = options;
  if (only && options.length === 1) {
    // What stands beside the choice counts for it, such as a default.
    const own = { ...found, anyOf: undefined, type: undefined };
    return { ...own, ...plain(only, root), isNullable: true };
  }
  const types = [found.type ?? []].flat().filter(type => type !== 'null');
  return {
    ...found,
    type: types.length === 1 ? types[0] : undefined,
    isNullable: Array.isArray(found.type) && found.type.includes('null')
  };
}

/** What a value is edited with: what the schema does not say, the sample does. */
export function kindOf(schema: IPlainSchema, sample: Value | undefined): Kind {
  if (schema.enum) {
    return 'choice';
  }
  if (schema.contentEncoding === 'base64') {
    return 'file';
  }
  switch (schema.type) {
    case 'boolean':
    case 'integer':
    case 'number':
    case 'string':
      return schema.type;
    case undefined:
      break;
    default:
      return 'json';
  }
  if (schema.anyOf) {
    return 'json';
  }
  if (sample instanceof Digits) {
    return 'number';
  }
  return typeof sample === 'boolean' || typeof sample === 'string'
    ? (typeof sample as 'boolean' | 'string')
    : 'json';
}
