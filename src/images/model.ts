import type { TranslationBundle } from '@jupyterlab/translation';

import { explain } from '../api/errors';
import type { Image, Problem } from '../api/types';
import { StateModel } from '../model';
import type { IContainerizeClient } from '../tokens';

export interface IImagesState {
  /** `failed`: `problem` says why; the images may be old. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly images: readonly Image[];
  readonly problem: Problem | null;
}

/** The images of the server's local store. */
export class ImagesModel extends StateModel<IImagesState> {
  constructor(client: IContainerizeClient, trans: TranslationBundle) {
    super({ status: 'loading', images: [], problem: null });
    this._client = client;
    this._trans = trans;
  }

  /** Read the list. Asked again while it is on its way, it is read once more after that. */
  async refresh(): Promise<void> {
    if (this._isReading) {
      this._again = true;
      return;
    }
    this._isReading = true;
    await this._read();
    this._isReading = false;
    if (this._again) {
      this._again = false;
      await this.refresh();
    }
  }

  private async _read(): Promise<void> {
    try {
      const images = await this._client.listImages();
      this.update({ status: 'ready', images, problem: null });
    } catch (error) {
      this.update({ status: 'failed', problem: explain(error, this._trans) });
    }
  }

  private _again = false;
  private readonly _client: IContainerizeClient;
  private _isReading = false;
  private readonly _trans: TranslationBundle;
}
