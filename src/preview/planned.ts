import type { TranslationBundle } from '@jupyterlab/translation';

import type { Plan, PlannedImage, PlannedLayer } from '../api/types';
import { formatBytes, formatMore } from '../ui/format';

export type LayerState = PlannedLayer['state'];

/** In the order in which they are drawn. */
export const LAYER_STATES: readonly LayerState[] = [
  'new',
  'cached',
  'destination'
];

export function stateText(state: LayerState, trans: TranslationBundle): string {
  const texts: Record<LayerState, string> = {
    new: trans.__('new'),
    cached: trans.__('made already'),
    destination: trans.__('already there')
  };
  return texts[state];
}

/** The layers of the image, the largest first. */
export function bySize(image: PlannedImage): PlannedLayer[] {
  return [...image.layers].sort((a, b) => b.size_bytes - a.size_bytes);
}

/** Bytes by state, of the states that there are. */
export function bytesByState(
  image: PlannedImage
): { state: LayerState; bytes: number }[] {
  return LAYER_STATES.map(state => ({
    state,
    bytes: image.layers
      .filter(layer => layer.state === state)
      .reduce((sum, layer) => sum + layer.size_bytes, 0)
  })).filter(({ state }) => image.layers.some(layer => layer.state === state));
}

/** A size that may be an estimate: `~12 MB`. */
export function sizeText(bytes: number, isEstimated: boolean): string {
  return isEstimated ? `~${formatBytes(bytes)}` : formatBytes(bytes);
}

/** `+12 MB`, `−3 kB`, `no change`. */
export function moreText(bytes: number, trans: TranslationBundle): string {
  return bytes === 0 ? trans.__('the same size') : formatMore(bytes);
}

export type Change = Plan['comparison'][number]['changes'][number];

/** `numpy 2.3.0 → 2.3.1`, `pandas 2.2.0 is new`, `seaborn 0.13.2 is gone`. */
export function changeText(change: Change, trans: TranslationBundle): string {
  const { after, before, name } = change;
  if (before === null) {
    return trans.__('%1 %2 is new', name, after ?? '');
  }
  if (after === null) {
    return trans.__('%1 %2 is gone', name, before);
  }
  return `${name} ${before} → ${after}`;
}

/** The one reason why each layer that is new has to be made; null if there are several, or one layer. */
export function commonReason(image: PlannedImage): string | null {
  const layers = image.layers.filter(({ state }) => state === 'new');
  const texts = new Set(
    layers.map(({ reasons }) => reasons.map(({ text }) => text).join('\n'))
  );
  const [text] = texts;
  const isOne = layers.every(({ reasons }) => reasons.length === 1);
  return layers.length > 1 && texts.size === 1 && isOne ? (text ?? null) : null;
}
