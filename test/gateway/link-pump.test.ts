/** The pump in a program that stood still for a while: what the peer has sent meanwhile is read before anything is sent again. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test from 'ava';
import { createLinkConfig, type Link, linkAskTime, LinkEvent, linkTellTime } from '../../src/link/index.js';
import { linkClock, LinkPump } from '../../src/gateway/link/link-pump.js';
import { linkOf } from '../../src/gateway/link/link-words.js';
import { until } from '../until.js';

const retryMs = 500;

/** An end that tells the time when it is asked. */
class End {
  readonly link: Link;
  readonly pump: LinkPump;
  times = 0;
  /** Called when bytes have been given to the system. */
  written: () => void = () => undefined;

  constructor(seed: number, socket: Socket) {
    const config = createLinkConfig();
    config.seed = seed;
    config.retryMinMs = retryMs;
    this.link = linkOf(config);
    this.pump = new LinkPump(this.link, {
      linkEvent: (event) => {
        if (event === LinkEvent.TimeWanted) linkTellTime(this.link, 20_000, 0, linkClock());
        if (event === LinkEvent.Time) this.times += 1;
      },
      linkTurn: () => false,
    });
    socket.on('data', (bytes: Buffer) => this.pump.input(bytes));
    this.pump.begin({
      write: (bytes) => {
        socket.write(bytes);
        this.written();
      },
      setBaud: (_rate, done) => setImmediate(done),
    });
  }

  ask(): void {
    linkAskTime(this.link);
    this.pump.pump();
  }
}

test('an acknowledgement that waits to be read is read before the timer that misses it', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  const [far] = await once(server, 'connection') as [Socket];
  const [a, b] = [new End(1, near), new End(2, far)];
  t.teardown(() => {
    for (const { pump } of [a, b]) pump.end();
    near.destroy();
    far.destroy();
    server.close();
  });
  // Round trips make the wait the least that is allowed: the first ones, unless the machine is busy.
  for (let n = 1; n < 10 || (a.link.retryMs > retryMs && n < 1000); n++) {
    await until(() => linkAskTime(a.link) === 0, 'the link');
    a.ask();
    await until(() => a.times >= n, 'the time');
  }
  await until(() => a.link.oldest === a.link.next, 'the last acknowledgement');
  t.is(a.link.retryMs, retryMs);
  const againThen = a.link.framesAgain;
  let hasStood = false;
  b.written = () => {
    if (hasStood) return;
    hasStood = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs + 60);
  };
  const timesThen = a.times;
  a.ask();
  await until(() => a.times > timesThen && a.link.oldest === a.link.next, 'the time');
  t.true(hasStood);
  t.is(a.link.framesAgain, againThen);
});
