import { Clipboard, Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Image, Running } from '../api/types';
import type {
  IBuilds,
  IContainerizeClient,
  IContainers,
  ISettings
} from '../tokens';
import { formatBytes, shortDigest } from '../ui/format';
import { ComparisonBody } from './comparison';
import { ContentsBody } from './contents';
import { nameOf, namesFirst } from './groups';
import { openImageMenu } from './menu';
import type { ImagesModel } from './model';
import type { IImageActions } from './panel';
import { PushBody } from './push';

export interface IImageActionsOptions {
  model: ImagesModel;
  builds: IBuilds;
  containers: IContainers;
  client: IContainerizeClient;
  settings: ISettings;
  trans: TranslationBundle;
}

/** What users do with images: asks where something has to be asked, and hands it to the models. */
export class ImageActions implements IImageActions {
  constructor(private readonly _options: IImageActionsOptions) {}

  run(image: Image): void {
    void this._options.containers.start(image.digest);
  }

  stop(container: Running): void {
    void this._options.containers.stop(container.id);
  }

  openMenu(image: Image, button: HTMLElement): void {
    const { model, settings, trans } = this._options;
    openImageMenu({
      image,
      button,
      can: settings.state.server?.can ?? null,
      isRunning: this._isRunning(image),
      hasOthers: model.state.images.length > 1,
      trans,
      on: {
        contents: () => this.showContents(image),
        compare: () => this.compare(image),
        copyRun: () => Clipboard.copyToSystem(image.run_command),
        copyLoad: () => Clipboard.copyToSystem(loadCommand(image)),
        push: () => this.push(image),
        rebase: () => this._rebase(image),
        archive: () => this._download(archiveOf(image, this._options.client)),
        cyclonedx: () => this._downloadBill(image, 'cyclonedx'),
        spdx: () => this._downloadBill(image, 'spdx'),
        remove: () => this.remove(image)
      }
    });
  }

  removeName(image: Image, tag: string): void {
    void this._confirmRemoval(
      image,
      tag,
      this._options.trans.__('The image keeps its other names.')
    );
  }

  /** Delete an image once the user has confirmed it. */
  remove(image: Image): void {
    const { trans } = this._options;
    const places = image.where.filter(place => place !== 'store');
    void this._confirmRemoval(
      image,
      null,
      [
        image.tags.length > 1
          ? trans.__('It loses all its names: %1.', image.tags.join(', '))
          : '',
        trans.__(
          'Layers that other images use stay; the others go when the local store is pruned.'
        ),
        places.length > 0
          ? trans.__('What %1 has of it stays there.', places.join(', '))
          : ''
      ]
        .filter(Boolean)
        .join(' ')
    );
  }

  dismissRefusal(): void {
    this._options.model.dismissRefusal();
    this._options.containers.dismissRefusal();
  }

  /** Ask where to, and queue a push. */
  async push(image: Image): Promise<void> {
    const { builds, settings, trans } = this._options;
    const name = nameOf(image);
    const { button, value } = await showDialog({
      title: trans.__('Push %1', name),
      body: new PushBody({ image, settings: settings.state.server, trans }),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Push') })
      ]
    });
    if (button.accept && value) {
      await builds.perform({ kind: 'push', image: name, destination: value });
    }
  }

  /** Show what is in an image. */
  showContents(image: Image): void {
    const { client, model, trans } = this._options;
    void showDialog({
      title: trans.__('In %1', nameOf(image)),
      body: new ContentsBody({
        details: model.details(image.digest),
        sbomUrl: format => client.sbomUrl(image.digest, format),
        trans
      }),
      buttons: [Dialog.okButton({ label: trans.__('Close') })],
      hasClose: true
    });
  }

  /** Show what differs between an image and another one. */
  compare(image: Image): void {
    const { model, trans } = this._options;
    void showDialog({
      title: trans.__('Compare images'),
      body: new ComparisonBody({
        images: model.state.images,
        after: image,
        compare: (before, after) => model.compare(before, after),
        trans
      }),
      buttons: [Dialog.okButton({ label: trans.__('Close') })],
      hasClose: true
    });
  }

  private _rebase(image: Image): void {
    void this._options.builds.perform({ kind: 'rebase', image: nameOf(image) });
  }

  private _downloadBill(image: Image, format: 'cyclonedx' | 'spdx'): void {
    this._download(this._options.client.sbomUrl(image.digest, format));
  }

  private _download(url: string): void {
    const link = document.createElement('a');
    link.href = url;
    link.download = '';
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  private async _confirmRemoval(
    image: Image,
    tag: string | null,
    words: string
  ): Promise<void> {
    const { model, trans } = this._options;
    const label =
      tag === null ? trans.__('Delete image') : trans.__('Remove name');
    const { button } = await showDialog({
      title:
        tag === null
          ? trans.__('Delete %1 (%2)?', nameOf(image), size(image))
          : trans.__('Remove the name %1?', tag),
      body: words,
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })],
      defaultButton: 0
    });
    if (button.accept) {
      await model.remove(image.digest, tag);
    }
  }

  private _isRunning(image: Image): boolean {
    return this._options.containers.state.containers.some(
      ({ digest, state }) =>
        digest === image.digest && (state === 'running' || state === 'starting')
    );
  }
}

/** What to type where the exported archive lies. */
export function loadCommand(image: Image): string {
  const name = namesFirst(image)[0] ?? shortDigest(image.digest);
  // As the server names the download.
  const file = name.replace(/[^A-Za-z0-9._-]+/g, '-');
  return `docker load --input ${file}.tar`;
}

function archiveOf(image: Image, client: IContainerizeClient): string {
  return client.archiveUrl(image.digest, namesFirst(image)[0] ?? null);
}

function size(image: Image): string {
  return formatBytes(image.size_bytes);
}
