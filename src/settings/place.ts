import type { TranslationBundle } from '@jupyterlab/translation';

/** Where a destination is, in words. */
export function place(
  destination: string,
  registry: string,
  trans: TranslationBundle
): string {
  switch (destination) {
    case '':
      return trans.__('this server’s store');
    case 'auto':
      return trans.__('this server’s store, and Docker if it answers');
    case 'docker':
      return trans.__('Docker');
    case 'podman':
      return trans.__('Podman');
    case 'registry':
      return registry || trans.__('a registry that is not set');
    default:
      return destination;
  }
}
