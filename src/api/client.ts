import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IContainerizeClient, IEventStream } from '../tokens';
import { Refused, UnexpectedAnswer, Unreachable } from './errors';
import { EventStream } from './events';
import type {
  Asked,
  AskRequest,
  Build,
  BuildList,
  ImageComparison,
  ImageDetails,
  ImageList,
  PlanRequest,
  Preview,
  PreviewRequest,
  Problem,
  RecordedEvent,
  Running,
  Settings,
  StartRequest,
  TaskRequest
} from './types';

const NAMESPACE = 'containerize';

type Query = Record<string, string>;

/** Calls of api/openapi.yaml, through the server settings: base URL, token, XSRF cookie. */
export class ContainerizeClient implements IContainerizeClient {
  constructor(options: ContainerizeClient.IOptions = {}) {
    this._settings = options.serverSettings ?? ServerConnection.makeSettings();
  }

  preview(request: PreviewRequest): Promise<Preview> {
    return this._json('POST', ['preview'], request);
  }

  listBuilds(): Promise<BuildList> {
    return this._json('GET', ['builds']);
  }

  startBuild(request: StartRequest): Promise<Build> {
    return this._json('POST', ['builds'], request);
  }

  startPlan(request: PlanRequest): Promise<Build> {
    return this._json('POST', ['plans'], request);
  }

  startTask(request: TaskRequest): Promise<Build> {
    return this._json('POST', ['tasks'], request);
  }

  getBuild(id: string): Promise<Build> {
    return this._json('GET', ['builds', id]);
  }

  cancelBuild(id: string): Promise<Build> {
    return this._json('POST', ['builds', id, 'cancel'], {});
  }

  async forgetBuild(id: string): Promise<void> {
    await this._request('DELETE', ['builds', id]);
  }

  async listEvents(
    id: string,
    after: number,
    limit: number
  ): Promise<readonly RecordedEvent[]> {
    const answer: { events: RecordedEvent[] } = await this._json(
      'GET',
      ['builds', id, 'events'],
      undefined,
      { after: String(after), limit: String(limit) }
    );
    return answer.events;
  }

  listImages(): Promise<ImageList> {
    return this._json('GET', ['images']);
  }

  getImage(digest: string): Promise<ImageDetails> {
    return this._json('GET', ['images', digest]);
  }

  async deleteImage(digest: string, tag: string | null): Promise<void> {
    const query: Query = tag === null ? {} : { tag };
    await this._request('DELETE', ['images', digest], undefined, query);
  }

  compareImages(before: string, after: string): Promise<ImageComparison> {
    return this._json('GET', ['comparison'], undefined, { before, after });
  }

  archiveUrl(digest: string, tag: string | null): string {
    return this._url(
      ['images', digest, 'archive'],
      tag === null ? undefined : { tag }
    );
  }

  sbomUrl(digest: string, format: 'cyclonedx' | 'spdx'): string {
    return this._url(['images', digest, 'sbom'], { format });
  }

  async listRunning(): Promise<readonly Running[]> {
    const answer: { running: Running[] } = await this._json('GET', ['running']);
    return answer.running;
  }

  startRunning(image: string): Promise<Running> {
    return this._json('POST', ['running'], { image });
  }

  async stopRunning(id: string): Promise<void> {
    await this._request('DELETE', ['running', id]);
  }

  async getRunningSchema(id: string): Promise<string> {
    const response = await this._request('GET', ['running', id, 'schema']);
    return response.text();
  }

  askRunning(id: string, { body, ...rest }: AskRequest): Promise<Asked> {
    const asked = JSON.stringify(rest);
    return this._json(
      'POST',
      ['running', id, 'ask'],
      body === undefined ? asked : `${asked.slice(0, -1)},"body":${body}}`
    );
  }

  runningLogUrl(id: string): string {
    return this._url(['running', id, 'log']);
  }

  getSettings(): Promise<Settings> {
    return this._json('GET', ['settings']);
  }

  logUrl(id: string): string {
    return this._url(['builds', id, 'log']);
  }

  follow(resync: () => Promise<number>): IEventStream {
    return new EventStream({ serverSettings: this._settings, resync });
  }

  private _url(parts: readonly string[], query: Query = {}): string {
    const path = parts.map(encodeURIComponent);
    return (
      URLExt.join(this._settings.baseUrl, NAMESPACE, ...path) +
      URLExt.objectToQueryString(query)
    );
  }

  private async _json<T>(
    method: string,
    parts: readonly string[],
    body?: object | string,
    query?: Query
  ): Promise<T> {
    const response = await this._request(method, parts, body, query);
    try {
      return (await response.json()) as T;
    } catch {
      throw new UnexpectedAnswer(response.status, response.url);
    }
  }

  private async _request(
    method: string,
    parts: readonly string[],
    body?: object | string,
    query?: Query
  ): Promise<Response> {
    const url = this._url(parts, query);
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch (error) {
      throw new Unreachable(error);
    }
    if (!response.ok) {
      const problem = await readProblem(response);
      throw problem
        ? new Refused(response.status, problem)
        : new UnexpectedAnswer(response.status, url);
    }
    return response;
  }

  private readonly _settings: ServerConnection.ISettings;
}

export namespace ContainerizeClient {
  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
  }
}

/** The Problem in an answer; null if the answer holds none. */
async function readProblem(response: Response): Promise<Problem | null> {
  try {
    const body: unknown = await response.json();
    const isProblem =
      typeof body === 'object' &&
      body !== null &&
      'code' in body &&
      'title' in body;
    return isProblem ? (body as Problem) : null;
  } catch {
    return null;
  }
}
