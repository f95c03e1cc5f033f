/*
 * Packets kept while their owner takes none: handed on later from where they lie, not copied for each one taken.
 */
import test from 'ava';
import { Framer } from '../../src/broker/framing.js';

test('packets that are taken one by one are not copied each time', (t) => {
  let isFree = false;
  const seen: [memory: ArrayBufferLike, bytes: string][] = [];
  const framer = new Framer({
    firstByte: () => undefined,
    packetSize: () => undefined,
    packet: (bytes, at, _, end) => {
      seen.push([bytes.buffer, bytes.toString('hex', at, end)]);
      isFree = false;
    },
    takesPackets: () => isFree,
  });
  framer.input(Buffer.from('c000'.repeat(3000) + '3003', 'hex'));
  for (let n = 0; n < 2999; n++) {
    isFree = true;
    framer.resume();
  }
  t.is(seen.length, 2999);
  t.is(new Set(seen.map(([memory]) => memory)).size, 2, 'once, when half of it was taken');
  t.true(framer.heldBytes() >= 3000, 'the memory behind what is left counts');
  // What comes behind is put together with what is left.
  framer.input(Buffer.from('000161', 'hex'));
  for (let n = 0; n < 2; n++) {
    isFree = true;
    framer.resume();
  }
  t.deepEqual(seen.slice(-2).map(([, bytes]) => bytes), ['c000', '3003000161']);
  t.is(framer.heldBytes(), 0);
});
