import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IEventStream } from '../tokens';
import type { RecordedEvent } from './types';

/** Pauses before the next attempt, in milliseconds; the last one repeats. */
const RETRY_MS = [500, 1000, 2000, 5000, 15000, 30000];

/** Messages that come within this time are given on together, in milliseconds. */
const BATCH_MS = 50;

/** Follows the server's event stream over one WebSocket and connects again when it is lost. */
export class EventStream implements IEventStream {
  constructor(options: EventStream.IOptions) {
    this._settings = options.serverSettings;
    this._resync = options.resync;
    this._retryMs = options.retryMs ?? RETRY_MS;
    void this._connect();
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get received(): ISignal<this, readonly RecordedEvent[]> {
    return this._received;
  }

  get connectionChanged(): ISignal<this, boolean> {
    return this._connectionChanged;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._retryTimer);
    clearTimeout(this._batchTimer);
    this._socket?.close();
    this._disposed.emit();
    Signal.clearData(this);
  }

  reconnect(): void {
    if (this._isDisposed || this._isConnecting) {
      return;
    }
    clearTimeout(this._retryTimer);
    const socket = this._socket;
    if (socket) {
      // It may be dead without knowing: its end must not start another attempt.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this._socket = null;
      this._setConnected(false);
    }
    void this._connect();
  }

  /** Read the truth, then listen from there: nothing between the two can be missed. */
  private async _connect(): Promise<void> {
    let after: number;
    this._isConnecting = true;
    try {
      after = await this._resync();
    } catch {
      // The owner has shown the reason; here it only means "not yet".
      this._retryLater();
      return;
    } finally {
      this._isConnecting = false;
    }
    if (!this._isDisposed) {
      this._open(after);
    }
  }

  private _open(after: number): void {
    const socket = new this._settings.WebSocket(this._url(after));
    this._socket = socket;
    socket.onopen = () => {
      this._attempt = 0;
      this._setConnected(true);
    };
    socket.onmessage = message => {
      this._collect(JSON.parse(String(message.data)) as RecordedEvent);
    };
    // An error is always followed by close.
    socket.onclose = () => {
      this._setConnected(false);
      this._retryLater();
    };
  }

  private _url(after: number): string {
    const { wsUrl, token, appendToken } = this._settings;
    const query: Record<string, string> = { after: String(after) };
    if (appendToken && token) {
      query['token'] = token;
    }
    return (
      URLExt.join(wsUrl, 'containerize', 'events') +
      URLExt.objectToQueryString(query)
    );
  }

  private _collect(event: RecordedEvent): void {
    this._batch.push(event);
    this._batchTimer ??= setTimeout(() => {
      const batch = this._batch;
      this._batch = [];
      this._batchTimer = undefined;
      this._received.emit(batch);
    }, BATCH_MS);
  }

  private _setConnected(isConnected: boolean): void {
    if (this._isDisposed || this._isConnected === isConnected) {
      return;
    }
    this._isConnected = isConnected;
    this._connectionChanged.emit(isConnected);
  }

  private _retryLater(): void {
    if (this._isDisposed) {
      return;
    }
    const last = this._retryMs.length - 1;
    const pause = this._retryMs[Math.min(this._attempt, last)];
    this._attempt += 1;
    this._retryTimer = setTimeout(() => void this._connect(), pause);
  }

  private _attempt = 0;
  private _batch: RecordedEvent[] = [];
  private _batchTimer: ReturnType<typeof setTimeout> | undefined;
  private _connectionChanged = new Signal<this, boolean>(this);
  private _disposed = new Signal<this, void>(this);
  private _isConnected = false;
  private _isConnecting = false;
  private _isDisposed = false;
  private _received = new Signal<this, readonly RecordedEvent[]>(this);
  private readonly _resync: () => Promise<number>;
  private readonly _retryMs: readonly number[];
  private _retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly _settings: ServerConnection.ISettings;
  private _socket: WebSocket | null = null;
}

export namespace EventStream {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
    /** Read the truth and give the seq up to which it is known. */
    resync: () => Promise<number>;
    /** Pauses between attempts, in milliseconds. */
    retryMs?: readonly number[];
  }
}
