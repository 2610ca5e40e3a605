import type { TranslationBundle } from '@jupyterlab/translation';

import type { Settings } from '../api/types';
import type { ISettings, IUserSettings } from '../tokens';
import { place } from './place';

/** What a user has set that does not count, as the administrator fixed another value. */
export interface IOverruled {
  readonly setting: 'destination' | 'registry' | 'tagTemplate' | 'platforms';
  /** As in the settings editor. */
  readonly title: string;
  readonly own: string;
  /** The value that counts. */
  readonly fixed: string;
}

/** What of a user's settings does not count; empty where nothing is fixed. */
export function overruled(
  user: IUserSettings,
  server: Settings,
  trans: TranslationBundle
): readonly IOverruled[] {
  const none = trans.__('none');
  const all: (IOverruled & { name: Settings['locked'][number] })[] = [
    {
      setting: 'destination',
      name: 'destination',
      title: trans.__('Where images go'),
      own: user.destination,
      fixed: server.destination
    },
    {
      setting: 'registry',
      name: 'registry',
      title: trans.__('Registry'),
      own: user.registry,
      fixed: server.registry
    },
    {
      setting: 'tagTemplate',
      name: 'tag_template',
      title: trans.__('Names of images'),
      own: user.tagTemplate,
      fixed: server.tag_template
    },
    {
      setting: 'platforms',
      name: 'platforms',
      title: trans.__('Platforms'),
      own: [...user.platforms].sort().join(', '),
      fixed: [...server.platforms].sort().join(', ')
    }
  ];
  return all
    .filter(
      ({ name, own, fixed }) =>
        server.locked.includes(name) && own !== '' && own !== fixed
    )
    .map(({ setting, title, own, fixed }) => ({
      setting,
      title,
      own,
      fixed:
        setting === 'destination'
          ? place(fixed, server.registry, trans)
          : fixed || none
    }));
}

/** Tell of each setting that the user gives a value which does not count, wherever that is done. */
export function watchOverruled(
  settings: ISettings,
  trans: TranslationBundle,
  tell: (message: string) => void
): void {
  let last = settings.state.user;
  const look = async () => {
    const before = last;
    const { user } = settings.state;
    last = user;
    if (before === user) {
      return;
    }
    if (!settings.state.server) {
      await settings.refresh();
    }
    const { server } = settings.state;
    if (!server) {
      return;
    }
    const told = overruled(before, server, trans).map(each => each.setting);
    for (const { setting, title, fixed } of overruled(user, server, trans)) {
      if (!told.includes(setting)) {
        tell(
          trans.__(
            '%1: fixed by the administrator. %2 counts, not what you set.',
            title,
            fixed
          )
        );
      }
    }
  };
  settings.changed.connect(() => void look());
}
