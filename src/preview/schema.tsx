import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Candidate, ImageDetails, Slice } from '../api/types';
import { formatAgo } from '../ui/format';
import type { IBuiltState } from './built';
import { CodeBlock } from './code';

export interface ICallProps {
  entry: Candidate;
  slice: Slice | null;
  built: IBuiltState;
  trans: TranslationBundle;
}

/** How the entry is asked: the notebook's example, and the schema once an image has told it. */
export function Call(props: ICallProps): React.JSX.Element | null {
  const { built, entry, trans } = props;
  const known = built.details?.entries.find(
    other => other.symbol === entry.symbol
  );
  const example = props.slice?.examples.find(
    call =>
      call.symbol === entry.symbol || call.symbol.startsWith(`${entry.symbol}.`)
  );
  if (!known && !example) {
    return null;
  }
  const request = known?.example
    ? JSON.stringify(known.example.request, null, 1)
    : null;
  return (
    <details className="jp-Containerize-details">
      <summary>{trans.__('Request and answer')}</summary>
      <div className="jp-Containerize-folded">
        {known && <Fields known={known} trans={trans} />}
        {request !== null && known?.example ? (
          <>
            <CodeBlock
              label={trans.__('Example request')}
              text={request}
              trans={trans}
            />
            <CodeBlock
              label={trans.__('Example answer')}
              text={JSON.stringify(known.example.response, null, 1)}
              trans={trans}
            />
          </>
        ) : (
          example && (
            <CodeBlock
              label={trans.__('Example in the notebook')}
              text={callText(example)}
              trans={trans}
            />
          )
        )}
        <p className="jp-Containerize-muted">
          {known && built.finished
            ? trans.__('As the image of %1 tells.', formatAgo(built.finished))
            : trans.__(
                'The build asks the finished image the same, and it must answer the same.'
              )}
        </p>
      </div>
    </details>
  );
}

/** The parameters and the answer with their types. */
function Fields(props: {
  known: ImageDetails['entries'][number];
  trans: TranslationBundle;
}): React.JSX.Element {
  const { known, trans } = props;
  const rows = fieldsOf(known.inputs);
  const output = known.output ? typeText(known.output) : null;
  return (
    <table className="jp-Containerize-table jp-Containerize-fields">
      <thead>
        <tr>
          <th scope="col">{trans.__('Field')}</th>
          <th scope="col">{trans.__('Type')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">
              <code title={row.name}>{row.name}</code>
              {!row.isRequired && (
                <span className="jp-Containerize-muted">
                  {' '}
                  {trans.__('optional')}
                </span>
              )}
            </th>
            <td>
              <code>{row.type}</code>
            </td>
          </tr>
        ))}
        {output !== null && (
          <tr>
            <th scope="row">{trans.__('Answer')}</th>
            <td>
              <code>{output}</code>
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

export interface IField {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

/** The fields of an object's JSON schema, in its order. */
export function fieldsOf(schema: Record<string, unknown>): IField[] {
  const { properties, required } = schema;
  const needed: unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(asRecord(properties)).map(([name, value]) => ({
    name,
    type: typeText(asRecord(value)),
    isRequired: needed.includes(name)
  }));
}

/** A JSON schema in a few words: `number`, `list of string`, `one of "a", "b"`. */
export function typeText(schema: Record<string, unknown>): string {
  const { anyOf, enum: values, items, type } = schema;
  if (Array.isArray(values)) {
    return values.map(value => JSON.stringify(value)).join(' | ');
  }
  if (Array.isArray(anyOf)) {
    return anyOf.map(option => typeText(asRecord(option))).join(' | ');
  }
  if (Array.isArray(type)) {
    return type.join(' | ');
  }
  if (type === 'array') {
    const of = typeText(asRecord(items));
    return of === 'any' ? 'array' : `array of ${of}`;
  }
  return typeof type === 'string' ? type : 'any';
}

/** The call as the notebook writes it: an argument a line where there are several. */
export function callText(call: Slice['examples'][number]): string {
  const parts = call.arguments.map(({ name, source }) =>
    name ? `${name}=${source}` : source
  );
  return parts.length > 1
    ? `${call.symbol}(\n  ${parts.join(',\n  ')}\n)`
    : `${call.symbol}(${parts.join('')})`;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : {};
}
