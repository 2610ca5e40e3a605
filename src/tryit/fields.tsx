import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Control } from './controls';
import type { Members, Value } from './json';
import { isArray, isMembers } from './json';
import type { IWrong } from './request';
import type { IPlainSchema, ISchema, Kind } from './schema';
import { kindOf, plain } from './schema';
import { tableOf } from './table';
import { TableControl } from './tablecontrol';

export interface IFieldsProps {
  /** Of an object; `root` is where its references are looked up. */
  schema: ISchema;
  root: ISchema;
  values: Members;
  /** What the notebook asks: it tells what the schema does not. */
  sample: Members | undefined;
  /** Paths begin below this object. */
  wrong: readonly IWrong[];
  trans: TranslationBundle;
  onChange: (name: string, value: Value | undefined) => void;
}

/** A field for each member of an object. */
export function Fields(props: IFieldsProps): React.JSX.Element {
  const { schema, root, values, sample, wrong, trans, onChange } = props;
  const names = new Set([
    ...Object.keys(schema.properties ?? {}),
    // What a function takes as `**kwargs` has a field as long as the example has it.
    ...(sample?.keys() ?? []),
    ...values.keys()
  ]);
  return (
    <div className="jp-Containerize-tryFields">
      {[...names].map(name => (
        <Field
          key={name}
          name={name}
          schema={schema.properties?.[name] ?? {}}
          root={root}
          value={values.get(name)}
          sample={sample?.get(name)}
          isRequired={(schema.required ?? []).includes(name)}
          wrong={wrong
            .filter(({ path }) => path[0] === name)
            .map(each => ({ ...each, path: each.path.slice(1) }))}
          trans={trans}
          onChange={value => onChange(name, value)}
        />
      ))}
    </div>
  );
}

export interface IFieldProps {
  name: string;
  schema: ISchema;
  root: ISchema;
  value: Value | undefined;
  sample: Value | undefined;
  isRequired: boolean;
  wrong: readonly IWrong[];
  trans: TranslationBundle;
  onChange: (value: Value | undefined) => void;
}

/** A parameter: its name, what it is, a control, and what is wrong with it. */
export function Field(props: IFieldProps): React.JSX.Element {
  const { name, root, value, sample, isRequired, wrong, trans } = props;
  const schema = plain(props.schema, root);
  const id = React.useId();
  const kind = kindOf(schema, sample ?? value);
  if (schema.type === 'object' && schema.properties && isMembers(value)) {
    return <Group {...props} plain={schema} value={value} />;
  }
  const table =
    kind === 'json' && tableOf(schema, root, sample)
      ? tableOf(schema, root, value ?? sample)
      : null;
  const words = props.schema.description ?? schema.description;
  const labelId = `${id}-label`;
  const describedBy = [words && `${id}-words`, wrong.length && `${id}-wrong`]
    .filter(Boolean)
    .join(' ');
  const common = {
    id,
    trans,
    value,
    isRequired: isRequired && !schema.isNullable,
    isWrong: wrong.length > 0,
    describedBy: describedBy || undefined,
    // Where nothing is null, what is emptied is null; else it is left out.
    onChange: (next: Value | undefined) =>
      props.onChange(
        next === undefined && isRequired && schema.isNullable ? null : next
      )
  };
  const label = (
    <>
      <span className="jp-Containerize-fieldName">{name}</span>
      <span className="jp-Containerize-fieldKind">
        {kindWords(kind, schema, isRequired, table !== null, trans)}
      </span>
    </>
  );
  return (
    <div
      className="jp-Containerize-tryField"
      data-wide={table !== null || kind === 'json' || kind === 'file'}
    >
      {table ? (
        <div className="jp-Containerize-label" id={labelId} title={name}>
          {label}
        </div>
      ) : (
        <label className="jp-Containerize-label" htmlFor={id} title={name}>
          {label}
        </label>
      )}
      {table ? (
        <TableControl
          name={name}
          table={table}
          rows={isArray(value) ? value : []}
          wrong={wrong}
          trans={trans}
          onChange={props.onChange}
        />
      ) : (
        <Control {...common} kind={kind} schema={schema} />
      )}
      {words && (
        <p id={`${id}-words`} className="jp-Containerize-muted">
          {words}
        </p>
      )}
      <Wrong id={`${id}-wrong`} wrong={wrong} />
    </div>
  );
}

function Group(
  props: IFieldProps & { plain: IPlainSchema; value: Members }
): React.JSX.Element {
  const { name, root, value, sample, wrong, trans, onChange } = props;
  const { properties, required } = props.plain;
  return (
    <fieldset className="jp-Containerize-fieldGroup">
      <legend>{name}</legend>
      <Fields
        schema={{
          ...(properties && { properties }),
          ...(required && { required })
        }}
        root={root}
        values={value}
        sample={isMembers(sample) ? sample : undefined}
        wrong={wrong.filter(({ path }) => path.length > 0)}
        trans={trans}
        onChange={(member, next) => {
          const members = new Map(value);
          if (next === undefined) {
            members.delete(member);
          } else {
            members.set(member, next);
          }
          onChange(members);
        }}
      />
      <Wrong wrong={wrong.filter(({ path }) => path.length === 0)} />
    </fieldset>
  );
}

/** What does not fit, a line each. */
export function Wrong(props: {
  id?: string;
  wrong: readonly IWrong[];
}): React.JSX.Element | null {
  if (props.wrong.length === 0) {
    return null;
  }
  return (
    <div id={props.id} className="jp-Containerize-tryWrong">
      {props.wrong.slice(0, 5).map(({ path, words }, index) => (
        <p key={index}>
          {path.length > 0 && <code>{path.join('.')}: </code>}
          {words}
        </p>
      ))}
    </div>
  );
}

/** What kind of value it is, in a word or two. */
function kindWords(
  kind: Kind,
  schema: IPlainSchema,
  isRequired: boolean,
  isTable: boolean,
  trans: TranslationBundle
): string {
  const kinds: Record<Kind, string> = {
    boolean: '',
    choice: '',
    file: schema.contentMediaType ?? trans.__('file'),
    integer: trans.__('whole'),
    json: isTable ? '' : 'JSON',
    // What is plain to see from a value needs no word.
    number: '',
    string: schema.format ?? ''
  };
  return [kinds[kind], isRequired ? '' : trans.__('optional')]
    .filter(Boolean)
    .join(', ');
}
