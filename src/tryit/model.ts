import type { TranslationBundle } from '@jupyterlab/translation';

import { explain } from '../api/errors';
import type { Asked, Problem } from '../api/types';
import { StateModel } from '../model';
import type { IContainerizeClient, IContainers } from '../tokens';
import type { Members, Value } from './json';
import {
  findUnreadable,
  isMembers,
  readJson,
  Unreadable,
  writeJson
} from './json';
import type { IWrong } from './request';
import { askOf, wrongOf } from './request';
import type { IEndpoint } from './schema';
import { readEndpoints } from './schema';

/** So many answers are kept, and so much of each is shown. */
const MOST_ANSWERS = 10;
const MOST_CHARACTERS = 200_000;

/** One question and what came of it. */
export interface IAnswer {
  /** Grows by one with each. */
  readonly id: number;
  /** In milliseconds since 1970. */
  readonly time: number;
  readonly endpoint: number;
  readonly values: Members;
  readonly asked: Asked;
  /** The answer's text, set out if it is JSON. */
  readonly text: string;
  /** What does not fit; empty for an answer. */
  readonly wrong: readonly IWrong[];
}

export interface ITryState {
  /** Whether it is known what the container can be asked. */
  readonly status: 'loading' | 'ready' | 'failed';
  /** Why that is not known, or why the last question got no answer. */
  readonly problem: Problem | null;
  readonly endpoints: readonly IEndpoint[];
  /** Which of them is asked. */
  readonly chosen: number;
  /** What is asked, by parameter. */
  readonly values: Members;
  /** The whole request as JSON, where the user wants to write it so. */
  readonly asJson: boolean;
  readonly isSending: boolean;
  /** What is wrong with the values as they are. */
  readonly wrong: readonly IWrong[];
  /** The newest first. */
  readonly answers: readonly IAnswer[];
  /** The id of the one that is shown; null: none. */
  readonly shown: number | null;
}

/** What one container can be asked, what the user is about to ask it, and what it has answered. */
export class TryModel extends StateModel<ITryState> {
  constructor(
    readonly id: string,
    private readonly _client: IContainerizeClient,
    private readonly _trans: TranslationBundle
  ) {
    super({
      status: 'loading',
      problem: null,
      endpoints: [],
      chosen: 0,
      values: new Map(),
      asJson: false,
      isSending: false,
      wrong: [],
      answers: [],
      shown: null
    });
  }

  get endpoint(): IEndpoint | undefined {
    return this.state.endpoints[this.state.chosen];
  }

  /** Read what it can be asked; does nothing once it is known. */
  async load(): Promise<void> {
    if (this.state.status === 'ready' || this._isLoading) {
      return;
    }
    this._isLoading = true;
    try {
      const text = await this._client.getRunningSchema(this.id);
      const endpoints = readEndpoints(text);
      this.update({ status: 'ready', problem: null, endpoints });
      this.choose(0);
    } catch (error) {
      const problem = explain(error, this._trans);
      this.update({ status: 'failed', problem });
    }
    this._isLoading = false;
  }

  /** Ask another endpoint; the form begins with what the notebook asks it. */
  choose(chosen: number): void {
    const values = this.state.endpoints[chosen]?.example ?? new Map();
    this.update({ chosen, values, wrong: [], problem: null });
  }

  /** Go back to the notebook's example. */
  reset(): void {
    this.choose(this.state.chosen);
  }

  /** Give a parameter another value; undefined leaves it out. */
  set(name: string, value: Value | undefined): void {
    const values = new Map(this.state.values);
    if (value === undefined) {
      values.delete(name);
    } else {
      values.set(name, value);
    }
    const wrong = this.state.wrong.filter(({ path }) => path[0] !== name);
    this.update({ values, wrong });
  }

  /** Give the whole request another value. */
  setAll(value: Value): void {
    // What is no object yet is kept beside the form, so that it can be written on.
    this.update({
      values: isMembers(value) ? value : new Map([[WHOLE, value]]),
      wrong: []
    });
  }

  writeAsJson(asJson: boolean): void {
    if (!asJson && this.state.values.has(WHOLE)) {
      this.update({ wrong: [this._noObject()] });
      return;
    }
    this.update({ asJson });
  }

  /** Ask. Does nothing while an answer is on its way, or where what is typed cannot be read. */
  async send(): Promise<void> {
    const { chosen, values, isSending } = this.state;
    const endpoint = this.endpoint;
    if (!endpoint || isSending) {
      return;
    }
    const wrong = this._unreadable(values);
    if (wrong) {
      this.update({ wrong: [wrong] });
      return;
    }
    this.update({ isSending: true, wrong: [], problem: null });
    try {
      const request = askOf(endpoint, values);
      const asked = await this._client.askRunning(this.id, request);
      this._keep({ endpoint: chosen, values, asked });
    } catch (error) {
      this.update({ problem: explain(error, this._trans) });
    }
    this.update({ isSending: false });
  }

  /** Show an earlier answer, with what was asked. */
  show(id: number): void {
    const answer = this.state.answers.find(each => each.id === id);
    if (answer) {
      const { endpoint: chosen, values, wrong } = answer;
      this.update({ shown: id, chosen, values, wrong });
    }
  }

  private _keep(made: Pick<IAnswer, 'asked' | 'endpoint' | 'values'>): void {
    const { asked } = made;
    const wrong =
      asked.status >= 400 && asked.status < 500
        ? wrongOf(asked.text, (expected, got) =>
            this._trans.__('%1 expected, got %2', expected, got)
          )
        : [];
    const { answers } = this.state;
    const answer: IAnswer = {
      ...made,
      id: (answers[0]?.id ?? 0) + 1,
      time: Date.now(),
      text: setOut(asked.text),
      wrong
    };
    this.update({
      answers: [answer, ...answers].slice(0, MOST_ANSWERS),
      shown: answer.id,
      wrong
    });
  }

  private _unreadable(values: Members): IWrong | null {
    const found = findUnreadable(values);
    if (!found) {
      return values.has(WHOLE) ? this._noObject() : null;
    }
    const { line, column } = found.part;
    const path = found.path[0] === WHOLE ? [] : found.path;
    const words = this._trans.__('no JSON at line %1, column %2', line, column);
    return { path, words };
  }

  private _noObject(): IWrong {
    const words = this._trans.__(
      'an object with the parameters by name is needed'
    );
    return { path: [], words };
  }

  private _isLoading = false;
}

/** Stands for the whole request while what is typed is no object; no parameter has this name. */
export const WHOLE = '';

/** The whole request, as it is written in JSON. */
export function wholeOf(values: Members): Value {
  return values.get(WHOLE) ?? values;
}

/** The models of the containers that there are. */
export class TryModels {
  constructor(
    private readonly _client: IContainerizeClient,
    containers: IContainers,
    private readonly _trans: TranslationBundle
  ) {
    containers.changed.connect(() => {
      const ids = new Set(containers.state.containers.map(each => each.id));
      for (const [id, model] of this._models) {
        if (!ids.has(id)) {
          model.dispose();
          this._models.delete(id);
        }
      }
    });
  }

  /** The model of a container, the same until it is gone. */
  of(id: string): TryModel {
    let model = this._models.get(id);
    if (!model) {
      model = new TryModel(id, this._client, this._trans);
      this._models.set(id, model);
    }
    return model;
  }

  private readonly _models = new Map<string, TryModel>();
}

function setOut(text: string): string {
  const value = text.length < MOST_CHARACTERS ? readJson(text) : null;
  const shown =
    value === null || value instanceof Unreadable ? text : writeJson(value);
  return shown.length > MOST_CHARACTERS
    ? `${shown.slice(0, MOST_CHARACTERS)}\n…`
    : shown;
}
