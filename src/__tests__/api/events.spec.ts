import { EventStream } from '../../api/events';
import type { RecordedEvent } from '../../api/types';
import { FakeServer, until } from '../server';

describe('EventStream', () => {
  let server: FakeServer;
  let stream: EventStream;
  let received: RecordedEvent[];
  let truth: number;

  beforeEach(() => {
    server = new FakeServer();
    server.record('b1', { event: 'log_line', text: 'old' });
    received = [];
    truth = 0;
    stream = new EventStream({
      serverSettings: server.settings(),
      retryMs: [1],
      resync: () => {
        truth = server.events.length;
        return server.isDown
          ? Promise.reject(new Error('down'))
          : Promise.resolve(truth);
      }
    });
    stream.received.connect((_, batch) => received.push(...batch));
  });

  afterEach(() => stream.dispose());

  it('listens from where the truth was read, with the token', async () => {
    await until(() => stream.isConnected);
    server.record('b1', { event: 'log_line', text: 'new' });
    await until(() => received.length > 0);
    expect(received.map(event => event.event.text)).toEqual(['new']);
    const url = new URL(server.sockets[0]?.url ?? '');
    expect(url.pathname).toBe('/user/me/containerize/events');
    expect(url.searchParams.get('after')).toBe('1');
    expect(url.searchParams.get('token')).toBe('secret');
  });

  it('gives on in one batch what comes together', async () => {
    await until(() => stream.isConnected);
    const batches: number[] = [];
    stream.received.connect((_, batch) => batches.push(batch.length));
    for (let line = 0; line < 20; line++) {
      server.record('b1', { event: 'log_line', text: String(line) });
    }
    await until(() => batches.length > 0);
    expect(batches).toEqual([20]);
  });

  it('reads the truth again before it connects again', async () => {
    await until(() => stream.isConnected);
    server.socket?.lose();
    server.record('b1', { event: 'log_line', text: 'missed' });
    await until(() => stream.isConnected);
    expect(truth).toBe(2);
    expect(server.sockets.at(-1)?.url).toContain('after=2');
    expect(received).toEqual([]);
  });

  it('keeps trying while the server is away', async () => {
    await until(() => stream.isConnected);
    server.isDown = true;
    server.socket?.lose();
    expect(stream.isConnected).toBe(false);
    server.isDown = false;
    await until(() => stream.isConnected);
  });

  it('stops when it is disposed', async () => {
    await until(() => stream.isConnected);
    stream.dispose();
    expect(server.socket).toBeUndefined();
    expect(stream.isDisposed).toBe(true);
  });
});
