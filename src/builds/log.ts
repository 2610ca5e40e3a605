import type { IContainerizeClient, ILogLine, ILogState } from '../tokens';
import type { RecordedEvent } from '../api/types';
import { StateModel } from '../model';

/** The log of one build: what is recorded, then what comes. */
export class LogModel extends StateModel<ILogState> {
  constructor(client: IContainerizeClient, id: string) {
    super({ status: 'loading', lines: [] });
    this._client = client;
    this._id = id;
  }

  /** Read what was recorded since the last known line. A failure is shown as status. */
  async load(): Promise<void> {
    this._isLoading = true;
    try {
      const events = await this._client.listEvents(
        this._id,
        this._lastSeq,
        200_000
      );
      // What arrived in the meantime follows; what is in both is taken once.
      this._append([...events, ...this._early]);
      this.update({ status: 'ready' });
    } catch {
      this.update({ status: 'failed' });
    } finally {
      this._early = [];
      this._isLoading = false;
    }
  }

  /** Take events of this build as they come. */
  receive(events: readonly RecordedEvent[]): void {
    if (this._isLoading) {
      this._early.push(...events);
    } else if (this.state.status === 'ready') {
      this._append(events);
    }
  }

  private _append(events: readonly RecordedEvent[]): void {
    const lines: ILogLine[] = [];
    for (const recorded of events) {
      if (recorded.seq > this._lastSeq) {
        this._lastSeq = recorded.seq;
        const line = asLine(recorded);
        if (line) {
          lines.push(line);
        }
      }
    }
    if (lines.length > 0) {
      this.update({ lines: [...this.state.lines, ...lines] });
    }
  }

  private readonly _client: IContainerizeClient;
  private _early: RecordedEvent[] = [];
  private readonly _id: string;
  private _isLoading = false;
  private _lastSeq = 0;
}

/** The line that an event adds to the log; null for events without one. */
function asLine({ seq, time, event }: RecordedEvent): ILogLine | null {
  if (event.event === 'log_line') {
    return { seq, time, level: event.level ?? 'info', text: event.text ?? '' };
  }
  if (event.event === 'phase_started') {
    return { seq, time, level: 'phase', text: event.phase ?? '' };
  }
  return null;
}
