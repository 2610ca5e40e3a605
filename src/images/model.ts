import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';

import { explain } from '../api/errors';
import type {
  Image,
  ImageComparison,
  ImageDetails,
  Problem
} from '../api/types';
import { AttemptingModel } from '../attempting';
import type { IContainerizeClient } from '../tokens';

export interface IImagesState {
  /** `failed`: `problem` says why; the images may be old. */
  readonly status: 'loading' | 'ready' | 'failed';
  /** The newest first. */
  readonly images: readonly Image[];
  readonly problem: Problem | null;
  /** The path of the notebook that the user works with; empty if there is none. */
  readonly current: string;
  /** Why the last deletion was refused; null once dismissed or tried again. */
  readonly refusal: {
    readonly digest: string;
    readonly problem: Problem;
  } | null;
  /** Digests of images that are being deleted. */
  readonly pending: ReadonlySet<string>;
}

/** How soon a list is read again that is not all yet, in milliseconds; after that it is left at what it is. */
const AGAIN_MS = [300, 1_000, 3_000, 10_000];

/** Which notebook the user works with. */
export interface ICurrentNotebook {
  readonly current: { readonly path: string } | null;
  readonly changed: ISignal<unknown, void>;
}

/** The images of the server's local store. */
export class ImagesModel extends AttemptingModel<
  { digest: string },
  IImagesState
> {
  constructor(options: ImagesModel.IOptions) {
    const { client, notebook, trans } = options;
    super(
      {
        status: 'loading',
        images: [],
        problem: null,
        current: notebook.current?.path ?? '',
        refusal: null,
        pending: new Set()
      },
      trans
    );
    this._client = client;
    notebook.changed.connect(() => {
      const current = notebook.current?.path ?? '';
      // It is emitted at every key that is pressed in the notebook.
      if (current !== this.state.current) {
        this.update({ current });
      }
    });
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

  override dispose(): void {
    clearTimeout(this._timer);
    super.dispose();
  }

  /** Take a name from an image; null: all of them. */
  remove(digest: string, tag: string | null): Promise<void> {
    return this.whilePending(digest, async () => {
      try {
        await this._client.deleteImage(digest, tag);
      } catch (error) {
        this.refuse({ digest }, error);
      }
      await this.refresh();
    });
  }

  dismissRefusal(): void {
    this.update({ refusal: null });
  }

  /** What is in an image. Rejects with a Problem. */
  details(digest: string): Promise<ImageDetails> {
    return this._explained(this._client.getImage(digest));
  }

  /** What differs between two images. Rejects with a Problem. */
  compare(before: string, after: string): Promise<ImageComparison> {
    return this._explained(this._client.compareImages(before, after));
  }

  private async _explained<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new Explained(explain(error, this.trans));
    }
  }

  private async _read(): Promise<void> {
    try {
      const { images, settled } = await this._client.listImages();
      this.update({
        status: 'ready',
        images: this._kept(images),
        problem: null
      });
      this._readAgain(settled);
    } catch (error) {
      this.update({ status: 'failed', problem: explain(error, this.trans) });
    }
  }

  /** Who has an image is told as soon as they say so: the server's list waits for nobody. */
  private _readAgain(settled: boolean): void {
    clearTimeout(this._timer);
    const pause = AGAIN_MS[this._times];
    if (settled || pause === undefined || this.isDisposed) {
      this._times = 0;
      return;
    }
    this._times++;
    this._timer = setTimeout(() => void this.refresh(), pause);
  }

  /** The images, as the same objects as before where nothing is new: their rows are not drawn again. */
  private _kept(images: readonly Image[]): readonly Image[] {
    const before = new Map(
      this.state.images.map(image => [image.digest, image])
    );
    return images.map(image => {
      const known = before.get(image.digest);
      return known && JSON.stringify(known) === JSON.stringify(image)
        ? known
        : image;
    });
  }

  private _again = false;
  private readonly _client: IContainerizeClient;
  private _isReading = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _times = 0;
}

export namespace ImagesModel {
  export interface IOptions {
    client: IContainerizeClient;
    notebook: ICurrentNotebook;
    trans: TranslationBundle;
  }
}

/** An error in the words that users read. */
export class Explained extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
    this.name = 'Explained';
  }
}
