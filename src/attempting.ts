import type { TranslationBundle } from '@jupyterlab/translation';

import { explain } from './api/errors';
import type { Problem } from './api/types';
import { StateModel } from './model';

/** Of a model of what the user asks for: which requests are on their way, and why the last was refused. */
export interface IAttempts<About extends object> {
  readonly pending: ReadonlySet<string>;
  readonly refusal: (About & { readonly problem: Problem }) | null;
}

/**
 * A model that makes requests of the user.
 *
 * `About` is what a refusal names beside its problem.
 */
export class AttemptingModel<
  About extends object,
  S extends IAttempts<About>
> extends StateModel<S> {
  constructor(
    initial: S,
    protected readonly trans: TranslationBundle
  ) {
    super(initial);
  }

  /** Run a request of the user: pending while on its way, a refusal if it fails. */
  protected attempt<T>(
    key: string,
    about: About,
    request: () => Promise<T>
  ): Promise<T | null> {
    return this.whilePending(key, async () => {
      try {
        return await request();
      } catch (error) {
        this.refuse(about, error);
        return null;
      }
    });
  }

  /** Run something with `key` pending, and the last refusal gone. */
  protected async whilePending<T>(
    key: string,
    work: () => Promise<T>
  ): Promise<T> {
    this._change({
      refusal: null,
      pending: new Set([...this.state.pending, key])
    });
    try {
      return await work();
    } finally {
      const pending = new Set(this.state.pending);
      pending.delete(key);
      this._change({ pending });
    }
  }

  protected refuse(about: About, error: unknown): void {
    this._change({
      refusal: { ...about, problem: explain(error, this.trans) }
    });
  }

  private _change(patch: Partial<IAttempts<About>>): void {
    this.update(patch as Partial<S>);
  }
}
