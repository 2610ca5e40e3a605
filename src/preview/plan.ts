import type { TranslationBundle } from '@jupyterlab/translation';

import { explain } from '../api/errors';
import type { Build, Plan, PlanRequest, Problem } from '../api/types';
import { isLive } from '../api/types';
import { StateModel } from '../model';
import { asked } from '../settings/model';
import type { IBuilds, IContainerizeClient, ISettings } from '../tokens';
import type { PreviewModel } from './model';

export interface IPlanState {
  /** `asking`: the notebook is saved and the plan is asked for; `running`: `build` says how far it is. */
  readonly status: 'none' | 'asking' | 'running' | 'ready' | 'failed';
  /** The notebook's path. */
  readonly path: string;
  /** The plan's own run; null before the server took it. */
  readonly build: Build | null;
  readonly plan: Plan | null;
  readonly problem: Problem | null;
  /** Whether a build is known to be another one than was planned: by the notebook, or by the settings. */
  readonly isStale: boolean;
}

const NOTHING: IPlanState = {
  status: 'none',
  path: '',
  build: null,
  plan: null,
  problem: null,
  isStale: false
};

/**
 * What a build of the current notebook would do, when the user asks for it.
 *
 * The plan is a run of the server's queue, so one that was made before a reload, or in another tab, is shown as well.
 */
export class PlanModel extends StateModel<IPlanState> {
  constructor(private readonly _options: PlanModel.IOptions) {
    super(NOTHING);
    _options.preview.changed.connect(this._onPreview, this);
    _options.builds.changed.connect(this._onBuilds, this);
    _options.settings.changed.connect(this._onPreview, this);
  }

  /** Save the notebook, and plan its build; compared with the image that has its name, if there is one. */
  async start(): Promise<void> {
    const { preview, client, trans } = this._options;
    const { path, choice } = preview.state;
    const name = preview.state.preview?.tag ?? '';
    this.update({ ...NOTHING, status: 'asking', path });
    try {
      const version = await preview.save();
      if (version === null) {
        this._settle(path, NOTHING);
        return;
      }
      const request: PlanRequest = { path };
      if (choice) {
        request.state = choice;
      }
      if (name && (await this._isThere(name))) {
        request.than = name;
      }
      const build = await client.startPlan(request);
      this._versions.set(build.id, this._versionOf(version));
      this._settle(path, { status: 'running', build });
      this._onBuilds();
    } catch (error) {
      const problem = explain(error, trans);
      this._settle(path, { status: 'failed', problem });
    }
  }

  async cancel(): Promise<void> {
    if (this.state.build) {
      await this._options.builds.cancel(this.state.build.id);
    }
  }

  /** Take the plan out of sight. */
  close(): void {
    this._closed.add(this.state.build?.id ?? '');
    this.update({ ...NOTHING, path: this.state.path });
  }

  private async _isThere(name: string): Promise<boolean> {
    try {
      const { images } = await this._options.client.listImages();
      return images.some(image => image.tags.includes(name));
    } catch {
      // A plan without a comparison is better than none.
      return false;
    }
  }

  /** Update, unless another notebook has become current meanwhile. */
  private _settle(path: string, patch: Partial<IPlanState>): void {
    if (this.state.path === path) {
      this.update({ ...patch, path });
    }
  }

  private _onPreview(): void {
    const { path } = this._options.preview.state;
    if (path !== this.state.path) {
      this.update({ ...NOTHING, path });
      this._onBuilds();
    } else if (this.state.isStale !== this._isStale()) {
      this.update({ isStale: !this.state.isStale });
    }
  }

  /** Whether a build is another one than was planned; what was planned elsewhere counts as what is seen first. */
  private _isStale(): boolean {
    const { build } = this.state;
    const version = this._versionOf(this._options.preview.state.version);
    if (!build || version === '') {
      return false;
    }
    const planned = this._versions.get(build.id) ?? version;
    this._versions.set(build.id, planned);
    return planned !== version;
  }

  /** What a build depends on: the notebook's version, and what the settings ask for; empty if not all is known. */
  private _versionOf(version: string): string {
    const { server, user } = this._options.settings.state;
    const wanted = asked(user, server);
    const isKnown = server !== null || Object.keys(wanted).length === 0;
    return version && isKnown ? JSON.stringify([version, wanted]) : '';
  }

  private _onBuilds(): void {
    const { build, path, status } = this.state;
    const { builds } = this._options.builds.state;
    if (build && status === 'running') {
      const now = builds.find(other => other.id === build.id);
      if (now && now !== build) {
        void this._follow(now);
      }
    } else if (status === 'none' && path !== '') {
      const made = builds.find(
        other => other.kind === 'plan' && other.path === path
      );
      const isShown = made && (isLive(made) || made.state === 'succeeded');
      if (isShown && !this._closed.has(made.id)) {
        this.update({ status: 'running', build: made });
        void this._follow(made);
      }
    }
  }

  private async _follow(build: Build): Promise<void> {
    const { path } = build;
    if (isLive(build)) {
      this._settle(path, { build });
    } else if (build.state === 'succeeded') {
      await this._fetch(build);
    } else if (build.state === 'cancelled') {
      this._closed.add(build.id);
      this._settle(path, NOTHING);
    } else {
      this._settle(path, { status: 'failed', build, problem: build.problem });
    }
  }

  /** The list of builds has no plans: the one that is done is asked for. */
  private async _fetch(build: Build): Promise<void> {
    if (this._fetching === build.id) {
      return;
    }
    this._fetching = build.id;
    const { client, trans } = this._options;
    try {
      const { plan } = await client.getBuild(build.id);
      this._settle(build.path, { status: 'ready', build, plan });
      this._onPreview();
    } catch (error) {
      const problem = explain(error, trans);
      this._settle(build.path, { status: 'failed', build, problem });
    } finally {
      this._fetching = '';
    }
  }

  private readonly _closed = new Set<string>();
  private _fetching = '';
  /** What was planned, by the plan's id. */
  private readonly _versions = new Map<string, string>();
}

export namespace PlanModel {
  export interface IOptions {
    builds: IBuilds;
    /** Asks for what the settings say, as builds do. */
    client: IContainerizeClient;
    preview: PreviewModel;
    settings: ISettings;
    trans: TranslationBundle;
  }
}
