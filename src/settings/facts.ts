import type { TranslationBundle } from '@jupyterlab/translation';

import type { Settings } from '../api/types';
import type { IUserSettings } from '../tokens';
import { formatBytes } from '../ui/format';
import type { IOverruled } from './overruled';
import { overruled } from './overruled';
import { place } from './place';

/** One thing that a build will use. */
export interface IFact {
  readonly name: string;
  readonly text: string;
  /** Empty if there is nothing more to say. */
  readonly note: string;
  readonly isLocked: boolean;
  /** The user's own value, which does not count; empty if there is none. */
  readonly overruled: string;
}

/** What a build will use that names nothing itself; the user's word counts where it is not fixed. */
export function facts(
  user: IUserSettings,
  server: Settings,
  trans: TranslationBundle
): readonly IFact[] {
  const isLocked = (name: Settings['locked'][number]) =>
    server.locked.includes(name);
  const pick = (name: Settings['locked'][number], own: string, its: string) =>
    isLocked(name) ? its : own || its;
  const registry = pick('registry', user.registry, server.registry);
  const destination = pick('destination', user.destination, server.destination);
  const platforms =
    user.platforms.length > 0 && !isLocked('platforms')
      ? user.platforms
      : server.platforms;
  const not = overruled(user, server, trans);
  const own = (...settings: IOverruled['setting'][]) =>
    not
      .filter(({ setting }) => settings.includes(setting))
      .map(each => each.own)
      .join(', ');
  return [
    {
      name: trans.__('Images go to'),
      text: place(destination, registry, trans),
      note: registries(server, trans),
      isLocked:
        isLocked('destination') ||
        (destination === 'registry' && isLocked('registry')),
      overruled: own('destination', 'registry')
    },
    {
      name: trans.__('Named'),
      text: pick('tag_template', user.tagTemplate, server.tag_template),
      note: '',
      isLocked: isLocked('tag_template'),
      overruled: own('tagTemplate')
    },
    {
      name: trans.__('Platforms'),
      text: platforms.join(', ') || trans.__('this server’s own'),
      note: '',
      isLocked: isLocked('platforms'),
      overruled: own('platforms')
    },
    {
      name: trans.__('On top of'),
      text: server.base_image || trans.__('Debian'),
      note: '',
      isLocked: isLocked('base_image'),
      overruled: ''
    },
    {
      name: trans.__('Runs with'),
      text: server.runner.name ?? trans.__('nothing here'),
      note: server.runner.reasons
        .map(([way, why]) => `${way ?? ''}: ${why ?? ''}`)
        .join('\n'),
      isLocked: false,
      overruled: ''
    },
    {
      name: trans.__('Stored'),
      text:
        server.storage_quota_bytes === null
          ? formatBytes(server.storage_used_bytes)
          : trans.__(
              '%1 of %2',
              formatBytes(server.storage_used_bytes),
              formatBytes(server.storage_quota_bytes)
            ),
      note: '',
      isLocked: server.storage_quota_bytes !== null,
      overruled: ''
    }
  ];
}

function registries(server: Settings, trans: TranslationBundle): string {
  const { allowed_registries: allowed } = server;
  if (allowed === null) {
    return '';
  }
  return allowed.length > 0
    ? trans.__('Pushes are allowed to %1', allowed.join(', '))
    : trans.__('Pushes are allowed nowhere');
}
