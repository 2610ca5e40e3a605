import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Plan } from '../api/types';
import { changeText, moreText } from './planned';

/** So many changes are shown before the rest is folded. */
const SHOWN = 8;

/** What would differ from the image that has the name now. */
export function Comparison(props: {
  item: Plan['comparison'][number];
  trans: TranslationBundle;
}): React.JSX.Element {
  const { item, trans } = props;
  const shown = item.changes.slice(0, SHOWN);
  const rest = item.changes.slice(SHOWN);
  const layers = item.layers.length;
  return (
    <div className="jp-Containerize-comparison">
      <h4>
        <span className="jp-Containerize-truncate" title={item.than}>
          {trans.__('Against %1', item.than)}
        </span>
        <span className="jp-Containerize-muted">
          {moreText(item.bytes_after - item.bytes_before, trans)}
        </span>
      </h4>
      <p className="jp-Containerize-muted">
        {layers === 0
          ? trans.__('Nothing changes.')
          : trans.__(
              '%1, %2.',
              trans._n('%1 layer differs', '%1 layers differ', layers),
              trans._n('%1 stays', '%1 stay', item.same_layers)
            )}
      </p>
      <Changes changes={shown} trans={trans} />
      {rest.length > 0 && (
        <details className="jp-Containerize-details">
          <summary>
            {trans._n('%1 more change', '%1 more changes', rest.length)}
          </summary>
          <Changes changes={rest} trans={trans} />
        </details>
      )}
    </div>
  );
}

function Changes(props: {
  changes: Plan['comparison'][number]['changes'];
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { changes, trans } = props;
  if (changes.length === 0) {
    return null;
  }
  return (
    <ul className="jp-Containerize-changes">
      {changes.map(change => (
        <li key={`${change.kind}-${change.name}`}>
          {changeText(change, trans)}
          {change.bytes_more ? (
            <span className="jp-Containerize-muted">
              {' '}
              {moreText(change.bytes_more, trans)}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
