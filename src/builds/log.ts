import type { IContainerizeClient, ILogLine, ILogState } from '../tokens';
import type { RecordedEvent } from '../api/types';
import { StateModel } from '../model';

/** So many events are read at once: more, and the page stands still while it reads the answer. */
const PAGE = 4000;

// eslint-disable-next-line no-control-regex
const COLOURS = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** The log of one build: what is recorded, then what comes. */
export class LogModel extends StateModel<ILogState> {
  constructor(client: IContainerizeClient, id: string) {
    super({ status: 'loading', lines: [], count: 0 });
    this._client = client;
    this._id = id;
  }

  /** Read what was recorded since the last known line. A failure is shown as status. */
  async load(): Promise<void> {
    if (this._isLoading) {
      this._again = true;
      return;
    }
    this._isLoading = true;
    try {
      do {
        this._again = false;
        while (await this._loadPage()) {
          // A page that is full is not the last one.
        }
      } while (this._wasAskedAgain() && !this.isDisposed);
      // What arrived in the meantime follows; what is in both is taken once.
      this._append(this._early);
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

  /** Whether `load` was called meanwhile: what came before that may have been lost. */
  private _wasAskedAgain(): boolean {
    return this._again;
  }

  private async _loadPage(): Promise<boolean> {
    const events = await this._client.listEvents(this._id, this._lastSeq, PAGE);
    this._append(events);
    return events.length === PAGE && !this.isDisposed;
  }

  private _append(events: readonly RecordedEvent[]): void {
    const before = this._lines.length;
    for (const recorded of events) {
      if (recorded.seq > this._lastSeq) {
        this._lastSeq = recorded.seq;
        pushLines(this._lines, recorded);
      }
    }
    if (this._lines.length > before) {
      this.update({
        status: 'ready',
        lines: this._lines,
        count: this._lines.length
      });
    }
  }

  private _again = false;
  private readonly _client: IContainerizeClient;
  private _early: RecordedEvent[] = [];
  private readonly _id: string;
  private _isLoading = false;
  private _lastSeq = 0;
  private readonly _lines: ILogLine[] = [];
}

/** Add the lines that an event is in the log; most are one line, some are none. */
function pushLines(lines: ILogLine[], recorded: RecordedEvent): void {
  const { seq, time, event } = recorded;
  if (event.event === 'phase_started') {
    lines.push({ seq, time, level: 'phase', text: event.phase ?? '' });
    return;
  }
  if (event.event !== 'log_line') {
    return;
  }
  const level = event.level ?? 'info';
  let text = (event.text ?? '').replaceAll('\t', '    ');
  if (text.includes('\x1b')) {
    text = text.replace(COLOURS, '');
  }
  if (!/[\r\n]/.test(text)) {
    lines.push({ seq, time, level, text });
    return;
  }
  for (const line of text.trimEnd().split(/\r\n?|\n/)) {
    lines.push({ seq, time, level, text: line });
  }
}
