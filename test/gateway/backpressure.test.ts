/**
 * Mode link on the mock binding, under full back-pressure: a broker that takes nothing, and a board that sends all it can. What waits for the
 * broker stays within its bound, the credits of the link hold the board back, and when the broker goes on nothing is missing.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import type { MockBindingInterface } from '@serialport/binding-mock' with { 'resolution-mode': 'require' };
import test from 'ava';
import { BoardEnd } from '../../src/gateway/link/board-end.js';
import { LinkBoard } from '../../src/gateway/link/link-board.js';
import { NewsLimit } from '../../src/gateway/news-limit.js';
import { Port } from '../../src/gateway/port.js';
import { Claims } from '../../src/gateway/serial/claims.js';
import { DeviceWatch } from '../../src/gateway/serial/device-watch.js';
import { defaultLine } from '../../src/gateway/serial/line-settings.js';
import { selectPath } from '../../src/gateway/serial/selector.js';
import { LinkChannel } from '../../src/link/index.js';
import { parseUrl } from '../../targets/node/url.js';
import { connectOf } from '../broker/support.js';
import { until } from '../until.js';

// The types of this package are found by `require` only.
const { MockBinding } = createRequire(import.meta.url)('@serialport/binding-mock') as { MockBinding: MockBindingInterface };

/** As the README of the gateway says: for the broker, and one frame, with which the bound is passed. */
const heldMost = 8192 + 254;
/** The most that the link has: the system takes megabytes before the broker's end is full. */
const baudRate = 6_553_500;

/** Byte `at` of what the board sends behind its CONNECT. */
const patternAt = (at: number): number => (at * 31 + (at >>> 8)) & 255;

/** Accepts one client and takes nothing of it until it is told to. */
async function stallingServer(): Promise<{ port: number; resume: () => void; received: () => number; isRight: () => boolean; close: () => void }> {
  const connect = Buffer.from(connectOf(4), 'hex');
  let socket: Socket | null = null;
  let received = -connect.length;
  let isRight = true;
  const server = createServer((one) => {
    socket = one;
    one.on('error', () => undefined);
    one.on('data', (bytes: Buffer) => {
      for (const byte of bytes) {
        if (received >= 0 && byte !== patternAt(received)) isRight = false;
        received += 1;
      }
    });
    one.once('data', () => {
      one.pause();
      one.write(Buffer.from([0x20, 2, 0, 0]));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: (server.address() as AddressInfo).port, resume: () => { socket?.resume(); }, received: () => received, isRight: () => isRight,
    close: () => {
      socket?.destroy();
      server.close();
    },
  };
}

test('a broker that takes nothing holds back a board that floods, within the bound of its port', async (t) => {
  const server = await stallingServer();
  t.teardown(() => server.close());
  const device = '/dev/ttyMockFlood';
  MockBinding.createPort(device, {});
  const board = new BoardEnd({ baudRate, seed: 7 });
  t.teardown(() => board.end());
  const gateway = new LinkBoard({ broker: { endpoint: parseUrl(`mqtt://127.0.0.1:${server.port}`), tls: {} }, identity: null, baudRate, baudRateMax: 0 }, () => undefined);
  const watch = new DeviceWatch(() => Promise.resolve([{ path: device, id: device }]), 5);
  const port = new Port({ name: 'flood', selector: selectPath(device), line: { ...defaultLine, baudRate } }, {
    claims: new Claims(), watch,
    binding: {
      list: () => MockBinding.list(),
      open: async (options) => {
        const opened = await MockBinding.open(options);
        const write = opened.write.bind(opened);
        opened.write = async (bytes) => {
          await write(bytes);
          board.input(Buffer.from(bytes));
        };
        board.begin({ write: (bytes) => opened.emitData(bytes), setBaud: (_rate, done) => setImmediate(done) });
        return opened;
      },
    },
  }, gateway, new NewsLimit(() => undefined));
  t.teardown(async () => {
    await port.end();
    watch.end();
  });
  const stream = board.connect();
  stream.on('error', () => undefined);
  stream.write(Buffer.from(connectOf(4), 'hex'));
  await until(() => gateway.counters.isConnected, 'the connection');

  let written = 0;
  let heldBytes = 0;
  const flood = (): void => {
    heldBytes = Math.max(heldBytes, gateway.counters.heldBytes);
    if (heldBytes > heldMost) return;
    const bytes = Buffer.alloc(4000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = patternAt(written + at);
    written += bytes.length;
    stream.write(bytes, (error) => {
      // Written to again after its end it would only call back with the next error, for ever.
      if (!error) setImmediate(flood);
    });
  };
  flood();
  const { channels } = board.link;
  const isHeldBack = (): boolean => gateway.counters.heldBytes >= 8192 && channels[LinkChannel.Mqtt].held === channels[LinkChannel.Mqtt].ringSize
    && channels[LinkChannel.Mqtt].budget === 0 && board.link.oldest === board.link.next;
  let writtenThen = 0;
  // On a busy machine the system may be late to take what it still has room for, and the board is held back a few times until it does.
  for (let times = 0; times < 10 && writtenThen !== written; times++) {
    await until(() => isHeldBack() || heldBytes > heldMost, 'the board to be held back');
    t.true(heldBytes <= heldMost && gateway.counters.heldBytes <= heldMost, `${heldBytes} and ${gateway.counters.heldBytes} of ${heldMost}`);
    writtenThen = written;
    // Signs of life and questions for credit go on meanwhile, and move nothing.
    const framesThen = board.link.framesTaken;
    await until(() => board.link.framesTaken > framesThen + 1, 'two more frames of the gateway');
  }
  await until(isHeldBack, 'the board to be held back as before');
  t.is(written, writtenThen);
  t.is(server.received(), 0);
  t.log(`${written} bytes until the board was held back, ${gateway.counters.heldBytes} of them in the port`);

  server.resume();
  await until(() => server.received() > writtenThen, 'what was held back');
  t.true(server.isRight());
});
