/** Mode raw without a device: a board that was reset in the middle of a packet is known by its CONNECT, at every split of it. */
import test from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { RawBoard } from '../../src/gateway/raw/raw-board.js';
import type { SerialLine } from '../../src/gateway/serial/serial-line.js';
import { connectOf } from '../broker/support.js';
import { rawEntry } from './entries.js';
import { until } from '../until.js';

test('a CONNECT after a pause in the middle of a packet, or of another CONNECT, begins anew at every split', async (t) => {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const { board: settings } = rawEntry('/dev/none', port);
  if (settings.mode !== 'raw') throw new Error('not raw');
  const connectAs = (number: number): Buffer => Buffer.from(connectOf(4, { clientId: String.fromCharCode(65 + number) }), 'hex');
  const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 210));
  for (const before of [Buffer.from('30ff0100036162', 'hex'), null]) {
    await Promise.all(Array.from({ length: connectAs(0).length }, async (_, cut) => {
      const connect = connectAs(cut);
      const board = new RawBoard(settings, () => undefined);
      let answers = '';
      const line = { unsentBytes: 0, write: (bytes: Buffer) => { answers += bytes.toString('hex'); }, pause: () => undefined, resume: () => undefined };
      board.lineOpened(line as unknown as SerialLine);
      if (before === null) board.lineData(connect.subarray(0, 9));
      else {
        board.lineData(connect);
        await until(() => answers === '20020000', 'the first CONNACK');
        board.lineData(before);
      }
      await pause();
      answers = '';
      for (const part of [connect.subarray(0, cut), connect.subarray(cut)]) if (part.length > 0) board.lineData(part);
      await until(() => answers === '20020000', `a CONNACK after ${cut} bytes and the others`);
      t.is(board.counters.connects, before === null ? 1 : 2);
      await board.end();
    }));
  }
});
