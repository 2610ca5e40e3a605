import type { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Image, Settings } from '../api/types';
import { nameOf } from './groups';

type Place = 'docker' | 'podman' | 'registry';

export interface IPushOptions {
  image: Image;
  settings: Settings | null;
  trans: TranslationBundle;
}

/** Asks where an image shall go. Its value is a destination. */
export class PushBody extends ReactWidget implements Dialog.IBodyWidget {
  constructor(private readonly _options: IPushOptions) {
    super();
    this.addClass('jp-Containerize-dialog');
    const { image, settings } = _options;
    this._place = settings?.registry
      ? 'registry'
      : image.where.includes('docker')
        ? 'registry'
        : 'docker';
    this._reference = suggestion(image, settings);
  }

  getValue(): string {
    return this._place === 'registry' ? this._reference.trim() : this._place;
  }

  protected override render(): React.JSX.Element {
    return (
      <PushForm
        {...this._options}
        place={this._place}
        reference={this._reference}
        onChange={(place, reference) => {
          this._place = place;
          this._reference = reference;
        }}
      />
    );
  }

  private _place: Place;
  private _reference: string;
}

interface IPushFormProps extends IPushOptions {
  place: Place;
  reference: string;
  onChange: (place: Place, reference: string) => void;
}

function PushForm(props: IPushFormProps): React.JSX.Element {
  const { settings, trans } = props;
  const [place, setPlace] = React.useState(props.place);
  const [reference, setReference] = React.useState(props.reference);
  const places: readonly [Place, string][] = [
    ['docker', trans.__('Docker on the server’s machine')],
    ['podman', trans.__('Podman on the server’s machine')],
    ['registry', trans.__('A registry')]
  ];
  const allowed = settings?.allowed_registries ?? null;
  const inputId = React.useId();
  return (
    <div className="jp-Containerize-push">
      <fieldset>
        <legend>{trans.__('Where to')}</legend>
        {places.map(([each, label]) => (
          <label key={each}>
            <input
              type="radio"
              name="place"
              value={each}
              checked={place === each}
              onChange={() => {
                setPlace(each);
                props.onChange(each, reference);
              }}
            />
            {label}
          </label>
        ))}
      </fieldset>
      {place === 'registry' && (
        <>
          <label htmlFor={inputId}>{trans.__('Name at the registry')}</label>
          <input
            id={inputId}
            type="text"
            className="jp-Containerize-textInput"
            placeholder="registry.example.org/team/name:tag"
            required
            spellCheck={false}
            value={reference}
            onChange={event => {
              setReference(event.currentTarget.value);
              props.onChange(place, event.currentTarget.value);
            }}
          />
          <p className="jp-Containerize-muted">
            {allowed === null
              ? trans.__(
                  'The server’s own login is used; it is asked for nothing here.'
                )
              : trans.__('Allowed are: %1', allowed.join(', ') || '–')}
          </p>
        </>
      )}
    </div>
  );
}

/** What the image could be called at the registry. */
function suggestion(image: Image, settings: Settings | null): string {
  const name = nameOf(image);
  if (name.includes('/')) {
    return name;
  }
  const registry = settings?.registry ?? '';
  return registry ? `${registry.replace(/\/$/, '')}/${name}` : '';
}
