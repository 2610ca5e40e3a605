import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { PlannedImage, PlannedLayer } from '../api/types';
import {
  bySize,
  bytesByState,
  commonReason,
  LAYER_STATES,
  sizeText,
  stateText
} from './planned';

/** So many reasons of one layer are told before the rest is folded into a number. */
const SHOWN_REASONS = 3;

/** The layers of an image: a bar by size, what its colours mean, and a list. */
export function Layers(props: {
  image: PlannedImage;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { image, trans } = props;
  const states = bytesByState(image);
  const common = commonReason(image);
  const summary = states
    .map(
      ({ state, bytes }) =>
        `${stateText(state, trans)} ${sizeText(bytes, false)}`
    )
    .join(', ');
  return (
    <>
      <div
        className="jp-Containerize-stack"
        role="img"
        aria-label={trans.__('Layers by size: %1', summary)}
      >
        {LAYER_STATES.flatMap(state =>
          bySize(image)
            .filter(layer => layer.state === state)
            .map(layer => (
              <span
                key={layer.slot}
                data-state={state}
                style={{ flexGrow: Math.max(1, layer.size_bytes) }}
                title={`${layer.title}: ${sizeText(layer.size_bytes, layer.estimated)}, ${stateText(state, trans)}`}
              />
            ))
        )}
      </div>
      <ul
        className="jp-Containerize-legend"
        aria-label={trans.__('Bytes by state')}
      >
        {states.map(({ state, bytes }) => (
          <li key={state} data-state={state}>
            {stateText(state, trans)} {sizeText(bytes, false)}
          </li>
        ))}
      </ul>
      {common !== null && (
        <ul
          className="jp-Containerize-reasons"
          aria-label={trans.__('Why they have to be made')}
        >
          <li>{common}</li>
        </ul>
      )}
      <ul
        className="jp-Containerize-layers"
        aria-label={trans.__('Layers, the largest first')}
      >
        {bySize(image).map(layer => (
          <LayerRow
            key={layer.slot}
            layer={layer}
            reasons={common === null ? layer.reasons : []}
            isStateShown={layer.state !== 'cached' && states.length > 1}
            trans={trans}
          />
        ))}
      </ul>
      {image.system_packages.length > 0 && (
        <details className="jp-Containerize-details">
          <summary>
            {trans._n(
              '%1 system package',
              '%1 system packages',
              image.system_packages.length
            )}
          </summary>
          <ul className="jp-Containerize-items">
            {image.system_packages.map(({ name, needed_by, version }) => (
              <li key={name}>
                <code title={`${name} ${version}`}>{name}</code>
                <span
                  className="jp-Containerize-muted jp-Containerize-truncate"
                  title={needed_by.join(', ')}
                >
                  {needed_by.join(', ')}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function LayerRow(props: {
  layer: PlannedLayer;
  /** Those that are its own. */
  reasons: PlannedLayer['reasons'];
  /** Not where most have it, or all: the word would take the room of their names. */
  isStateShown: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { layer, trans } = props;
  const reasons = props.reasons.slice(0, SHOWN_REASONS);
  const more = props.reasons.length - reasons.length;
  const state = stateText(layer.state, trans);
  return (
    <li data-state={layer.state}>
      <div className="jp-Containerize-layer">
        <span className="jp-Containerize-truncate" title={layer.title}>
          {layer.title}
        </span>
        <span
          className={
            props.isStateShown
              ? 'jp-Containerize-muted'
              : 'jp-Containerize-hidden'
          }
        >
          {state}
        </span>
        <span className="jp-Containerize-layerSize">
          {sizeText(layer.size_bytes, layer.estimated)}
        </span>
      </div>
      {layer.parts > 1 && layer.parts_ready > 0 && layer.state === 'new' && (
        <p className="jp-Containerize-muted">
          {trans.__(
            '%1 of %2 parts are made already',
            layer.parts_ready,
            layer.parts
          )}
        </p>
      )}
      {reasons.length > 0 && (
        <ul
          className="jp-Containerize-reasons"
          aria-label={trans.__('Why it has to be made')}
        >
          {reasons.map(({ text }, index) => (
            <li key={index}>{text}</li>
          ))}
          {more > 0 && (
            <li
              title={props.reasons
                .slice(SHOWN_REASONS)
                .map(({ text }) => text)
                .join('\n')}
            >
              {trans._n('and %1 more reason', 'and %1 more reasons', more)}
            </li>
          )}
        </ul>
      )}
    </li>
  );
}
