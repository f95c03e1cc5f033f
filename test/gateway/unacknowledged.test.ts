/** Mode client with MQTT 3.1.1, in which a client cannot say how much it holds: what brokers send at most while the board is away. */
import { createServer } from 'node:net';
import test from 'ava';
import { ClientBoard } from '../../src/gateway/client/client-board.js';
import { clientEntry, subscription } from './entries.js';
import { until } from '../until.js';

/** NATS has the most by default. */
const inFlight = 100;

test('a broker of 3.1.1 with a hundred unacknowledged messages for a board that is away keeps its connection', async (t) => {
  const messages = Array.from({ length: inFlight }, (_, at) => Buffer.from([0x32, 6, 0, 1, 0x61, 0, at + 1, 0x78]));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(Buffer.from('20020000', 'hex'));
    socket.once('data', () => socket.write(Buffer.concat(messages)));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { board } = clientEntry('/dev/none', (server.address() as { port: number }).port, {
    client: { protocolVersion: 4, sessionExpiryS: undefined }, publish: [], subscribe: [subscription('a')],
  });
  if (board.mode !== 'client') throw new Error('no client');
  const said: string[] = [];
  const one = new ClientBoard('p', board, null, ({ event, words }) => { said.push(`${event}: ${words}`); });
  t.teardown(async () => {
    server.close();
    await one.end();
  });
  // Each frame is a byte and the end of a line.
  await until(() => one.counters.heldBytes >= inFlight * 2 || said.some((words) => words.startsWith('disconnected')), 'all of them');
  t.deepEqual(said.filter((words) => words.startsWith('disconnected')), []);
});
