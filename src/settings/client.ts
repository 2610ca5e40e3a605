import type { IContainerizeClient, ISettings } from '../tokens';

/**
 * A client whose previews and plans say what a build would do with the user's settings.
 *
 * What a request says itself goes before them. All other calls are the client's own.
 */
export function withSettings(
  client: IContainerizeClient,
  settings: ISettings
): IContainerizeClient {
  const own: Pick<IContainerizeClient, 'preview' | 'startPlan'> = {
    preview: async request => {
      const { tag } = await settings.asked();
      return client.preview({ ...(tag && { tag }), ...request });
    },
    startPlan: async request =>
      client.startPlan({ ...(await settings.asked()), ...request })
  };
  return Object.assign(Object.create(client) as IContainerizeClient, own);
}
