import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { PartialJSONObject } from '@lumino/coreutils';

import type { Settings, StartRequest } from '../api/types';
import { StateModel } from '../model';
import type {
  IContainerizeClient,
  ISettings,
  ISettingsState,
  IUserSettings
} from '../tokens';

/** What counts where the user set nothing, and where there is no setting registry. */
export const DEFAULTS: IUserSettings = {
  destination: '',
  registry: '',
  tagTemplate: '',
  platforms: [],
  autoOpen: true,
  notifications: true,
  desktopNotifications: false,
  markCells: true
};

/** What is read of the registry's settings; tests give a plain object. */
export type ISettingsSource = Pick<
  ISettingRegistry.ISettings,
  'composite' | 'set'
> & {
  readonly changed: {
    connect(slot: () => void): unknown;
  };
};

/** The user's settings, and what the server is configured with. */
export class SettingsModel
  extends StateModel<ISettingsState>
  implements ISettings
{
  /** @param client - Tells the server's settings; they are asked for by `refresh` only. */
  constructor(client: IContainerizeClient) {
    super({ user: DEFAULTS, server: null });
    this._client = client;
  }

  /** Take the user's settings over, now and whenever they change. */
  follow(source: ISettingsSource): void {
    this._source = source;
    const read = () =>
      this.update({ user: readValues(source.composite as PartialJSONObject) });
    source.changed.connect(read);
    read();
  }

  async refresh(): Promise<void> {
    try {
      this.update({ server: await this._client.getSettings() });
    } catch {
      // Builds say by themselves that the server does not answer; until then nothing is known to be fixed.
    }
  }

  async set<K extends keyof IUserSettings>(
    name: K,
    value: IUserSettings[K]
  ): Promise<void> {
    // Without a registry it counts until the page is left.
    this.update({ user: { ...this.state.user, [name]: value } });
    await this._source?.set(name, value);
  }

  async asked(): Promise<Partial<StartRequest>> {
    const wanted = asked(this.state.user, null);
    if (Object.keys(wanted).length === 0) {
      return wanted;
    }
    if (!this.state.server) {
      // What the administrator fixed would be refused.
      await this.refresh();
    }
    return asked(this.state.user, this.state.server);
  }

  private readonly _client: IContainerizeClient;
  private _source: ISettingsSource | null = null;
}

/**
 * What the user's settings ask of a build.
 *
 * What is not set, and what the administrator fixed, is left to the server.
 */
export function asked(
  user: IUserSettings,
  server: Settings | null
): Partial<StartRequest> {
  const isFree = (name: Settings['locked'][number]) =>
    !server?.locked.includes(name);
  const { destination, platforms, registry, tagTemplate } = user;
  const isOwn = destination === 'registry' && registry && isFree('registry');
  return {
    ...(destination &&
      isFree('destination') && {
        destination: isOwn
          ? `${registry.replace(/\/+$/, '')}/{image}`
          : destination
      }),
    ...(tagTemplate && isFree('tag_template') && { tag: tagTemplate }),
    ...(platforms.length > 0 &&
      isFree('platforms') && { platforms: [...platforms] })
  };
}

/** The settings that a registry holds; what is of another type counts as not set. */
function readValues(values: PartialJSONObject): IUserSettings {
  const read = Object.entries(DEFAULTS).map(
    ([name, usual]: [string, unknown]) => {
      const value: unknown = values[name];
      const isAlike =
        typeof value === typeof usual &&
        Array.isArray(value) === Array.isArray(usual);
      return [name, isAlike ? value : usual] as const;
    }
  );
  return Object.fromEntries(read) as unknown as IUserSettings;
}
