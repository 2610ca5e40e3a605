import * as React from 'react';

import { formatBytes } from '../ui/format';
import type { IControlProps } from './controls';

/** A file, which goes out in base64. */
export function FileControl(props: IControlProps): React.JSX.Element {
  const { schema, trans, value, onChange } = props;
  const [name, setName] = React.useState('');
  const picture = typeof value === 'string' ? pictureOf(value) : null;
  return (
    <div className="jp-Containerize-tryFile">
      <input
        id={props.id}
        type="file"
        className="jp-Containerize-hidden"
        aria-describedby={props.describedBy}
        aria-invalid={props.isWrong}
        accept={schema.contentMediaType}
        onChange={event => {
          const file = event.currentTarget.files?.[0];
          if (!file) {
            return;
          }
          const reader = new FileReader();
          reader.onload = () => {
            const url = reader.result as string;
            setName(file.name);
            onChange(url.slice(url.indexOf(',') + 1));
          };
          reader.readAsDataURL(file);
        }}
      />
      <label htmlFor={props.id} className="jp-Containerize-secondary">
        {trans.__('Choose a file')}
      </label>
      {typeof value === 'string' && (
        <span className="jp-Containerize-muted jp-Containerize-truncate">
          {name || trans.__('the notebook’s own')},{' '}
          {formatBytes(Math.floor(value.length * 0.75))}
        </span>
      )}
      {picture && <img alt={trans.__('What will be sent')} src={picture} />}
    </div>
  );
}

const KINDS: Record<string, string> = {
  iVBORw0KGgo: 'image/png',
  '/9j/': 'image/jpeg',
  R0lGOD: 'image/gif',
  UklGR: 'image/webp'
};

/** The address that shows a picture in base64; null for what is none. */
export function pictureOf(base64: string): string | null {
  const start = Object.keys(KINDS).find(each => base64.startsWith(each));
  return start ? `data:${KINDS[start]};base64,${base64}` : null;
}
