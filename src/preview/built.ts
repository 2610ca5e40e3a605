import type { ImageDetails, Report } from '../api/types';
import { StateModel } from '../model';
import type { IBuilds, IContainerizeClient, IObservable } from '../tokens';

export interface IBuiltState {
  /** Of the latest build of the current notebook that made an image; null if this server knows of none. */
  readonly report: Report | null;
  /** When that build ended; ISO. */
  readonly finished: string | null;
  /** What its image tells of itself; null while it is not known, or the image is gone. */
  readonly details: ImageDetails | null;
}

const NOTHING: IBuiltState = { report: null, finished: null, details: null };

/** What the last image of the current notebook tells that reading code cannot: sizes, schema, answers. */
export class BuiltModel extends StateModel<IBuiltState> {
  constructor(private readonly _options: BuiltModel.IOptions) {
    super(NOTHING);
    _options.notebook.changed.connect(this._onChanged, this);
    _options.builds.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  private _onChanged(): void {
    const { path } = this._options.notebook.state;
    const build = this._options.builds.state.builds.find(
      other => other.path === path && other.kind === 'build' && other.report
    );
    const report = (path && build?.report) || null;
    if (report?.digest === this.state.report?.digest) {
      return;
    }
    this.update({
      report,
      finished: build?.finished ?? null,
      details: null
    });
    if (report) {
      void this._ask(report.digest);
    }
  }

  private async _ask(digest: string): Promise<void> {
    try {
      const details = await this._options.client.getImage(digest);
      if (this.state.report?.digest === digest) {
        this.update({ details });
      }
    } catch {
      // The image may be gone from the store; what the report says stays true of the build.
    }
  }
}

export namespace BuiltModel {
  export interface IOptions {
    builds: IBuilds;
    client: IContainerizeClient;
    /** Whose path is that of the current notebook. */
    notebook: IObservable<{ readonly path: string }>;
  }
}
