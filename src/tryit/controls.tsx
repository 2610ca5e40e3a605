import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FileControl } from './file';
import type { Value } from './json';
import { Digits, fromPlain, readJson, toDigits, writeJson } from './json';
import type { IPlainSchema, Kind } from './schema';

/** A text from this length on has several lines to be written in. */
const LONG = 50;

/** What a control needs to know. */
export interface IControlProps {
  id?: string;
  value: Value | undefined;
  isRequired: boolean;
  isWrong: boolean;
  describedBy?: string | undefined;
  /** Where there is no label to see. */
  label?: string;
  schema: IPlainSchema;
  trans: TranslationBundle;
  onChange: (value: Value | undefined) => void;
}

/** What a single value is edited with. */
export function Control(
  props: IControlProps & { kind: Kind }
): React.JSX.Element {
  const { kind, ...rest } = props;
  switch (kind) {
    case 'boolean':
      return <BooleanControl {...rest} />;
    case 'choice':
      return <ChoiceControl {...rest} values={props.schema.enum ?? []} />;
    case 'file':
      return <FileControl {...rest} />;
    case 'integer':
    case 'number':
    case 'string':
      return <LineControl {...rest} kind={kind} />;
    case 'json':
      return <JsonControl {...rest} />;
  }
}

/** Any JSON, as text. What is typed stays as it is typed, until the value becomes another by itself. */
export function JsonControl(
  props: Omit<IControlProps, 'schema'>
): React.JSX.Element {
  const { value, trans, onChange } = props;
  const [typed, setTyped] = React.useState<{ text: string; value?: Value }>();
  const text =
    typed && typed.value === value
      ? typed.text
      : value === undefined
        ? ''
        : writeJson(value);
  return (
    <textarea
      id={props.id}
      className="jp-Containerize-textInput jp-Containerize-json"
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-invalid={props.isWrong}
      placeholder={props.isRequired ? undefined : trans.__('left out')}
      rows={Math.min(12, Math.max(2, text.split('\n').length))}
      spellCheck={false}
      value={text}
      onChange={event => {
        const next = event.currentTarget.value;
        const read = next.trim() === '' ? undefined : readJson(next);
        setTyped({ text: next, ...(read !== undefined && { value: read }) });
        onChange(read);
      }}
    />
  );
}

/**
 * A number or a text.
 *
 * What is no number goes out as the text that it is: the container says what is wrong with it.
 */
function LineControl(
  props: IControlProps & { kind: 'integer' | 'number' | 'string' }
): React.JSX.Element {
  const { kind, value, isRequired, onChange } = props;
  const text = lineOf(value);
  const common = {
    id: props.id,
    className: 'jp-Containerize-textInput',
    'aria-label': props.label,
    'aria-describedby': props.describedBy,
    'aria-invalid': props.isWrong,
    placeholder: placeholderOf(props, kind),
    spellCheck: false,
    value: text
  };
  const take = (next: string) => {
    if (kind !== 'string') {
      onChange(next === '' ? undefined : (toDigits(next) ?? next));
    } else {
      onChange(next === '' && !isRequired ? undefined : next);
    }
  };
  // Which one it is must not change while it is written in.
  const [isLong] = React.useState(text.length > LONG || text.includes('\n'));
  return isLong && kind === 'string' ? (
    <textarea
      {...common}
      rows={4}
      onChange={event => take(event.currentTarget.value)}
    />
  ) : (
    <input
      {...common}
      type="text"
      inputMode={
        kind === 'integer'
          ? 'numeric'
          : kind === 'number'
            ? 'decimal'
            : undefined
      }
      autoComplete="off"
      data-kind={kind}
      onChange={event => take(event.currentTarget.value)}
    />
  );
}

/** True or false; where it may be left out, that too. */
function BooleanControl(props: IControlProps): React.JSX.Element {
  if (!props.isRequired) {
    return <ChoiceControl {...props} values={[true, false]} />;
  }
  return (
    <input
      id={props.id}
      type="checkbox"
      className="jp-Containerize-tryCheck"
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-invalid={props.isWrong}
      checked={props.value === true}
      onChange={event => props.onChange(event.currentTarget.checked)}
    />
  );
}

/** One of a few values. */
function ChoiceControl(
  props: IControlProps & { values: readonly unknown[] }
): React.JSX.Element {
  const { value, isRequired, values, trans, onChange } = props;
  const texts = values.map(each => writeJson(fromPlain(each)));
  const current = value === undefined ? '' : writeJson(value);
  const isOther = current !== '' && !texts.includes(current);
  return (
    <div className="jp-Containerize-selectBox">
      <select
        id={props.id}
        aria-label={props.label}
        aria-describedby={props.describedBy}
        aria-invalid={props.isWrong}
        value={current}
        onChange={event => {
          const text = event.currentTarget.value;
          onChange(text === '' ? undefined : readJson(text));
        }}
      >
        {(!isRequired || current === '') && (
          <option value="">
            {isRequired ? trans.__('choose') : trans.__('left out')}
          </option>
        )}
        {isOther && <option value={current}>{current}</option>}
        {texts.map((text, index) => (
          <option key={text} value={text}>
            {typeof values[index] === 'string' ? values[index] : text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What stands in an empty control: the default, or how a value is written. */
function placeholderOf(
  { schema, isRequired, trans }: IControlProps,
  kind: Kind
): string | undefined {
  if (schema.default !== undefined && schema.default !== null) {
    return JSON.stringify(schema.default);
  }
  const formats: Record<string, string> = {
    date: '2026-12-31',
    'date-time': '2026-12-31T12:00:00Z',
    time: '12:00:00'
  };
  const format = kind === 'string' ? formats[schema.format ?? ''] : undefined;
  return format ?? (isRequired ? undefined : trans.__('left out'));
}

/** What a control of one line shows. */
function lineOf(value: Value | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  return value instanceof Digits
    ? value.text
    : typeof value === 'string'
      ? value
      : writeJson(value);
}
