// Fairness: what is done for one client in one go, and what a chunk that waits keeps alive.

import test from 'ava';
import type { PacketOwner } from '../../src/broker/framing.js';
import { Framer } from '../../src/broker/framing.js';
import type { TurnTaker } from '../../src/broker/turns.js';
import { Turns } from '../../src/broker/turns.js';
import { publish, subscribe, withBroker } from './support.js';

const immediate = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('turns: in order, as many as a tick holds, the rest behind the next look at the sockets', async (t) => {
  const turns = new Turns();
  const taken: string[] = [];
  const taker = (name: string, work: number, again = 0): TurnTaker => ({
    takeTurn() {
      taken.push(name);
      turns.work += work;
      if (again-- > 0) turns.wait(this);
    },
  });
  turns.wait(taker('flood', 9000, 1));
  turns.wait(taker('calm', 10));
  turns.wait(taker('busy', 990));
  turns.wait(taker('late', 10));
  t.deepEqual(taken, []);
  await immediate();
  t.deepEqual(taken, ['flood', 'calm', 'busy'], 'together 10,000');
  t.true(turns.isCrowded);
  await immediate();
  t.deepEqual(taken.slice(3), ['late', 'flood'], 'who comes again is behind those that wait');
  await immediate();
  t.false(turns.isCrowded);
  t.is(taken.length, 5);
});

test('turns: a turn ends after some work, and sooner in a tick that has done much', async (t) => {
  const turns = new Turns();
  t.is(turns.begin(), 2000);
  turns.work += 9999;
  t.is(turns.begin() - turns.work, 2000);
  turns.work++;
  t.is(turns.begin() - turns.work, 50, 'who sends little is served at once all the same');
  await immediate();
  t.is(turns.begin() - turns.work, 2000);
});

test('a client that sends thousands of packets at once gets all of its answers, and others are served between', async (t) => {
  await withBroker({}, async (world) => {
    const flood = await world.join(4, { clientId: 'flood' });
    const calm = await world.join(4, { clientId: 'calm' });
    flood.send(subscribe(4, 1, 'a', 0));
    await flood.takePacket();
    const seen: number[] = [];
    world.broker.on('messageIn', ({ payload }) => {
      // How much of the flood had been taken when the calm one's message was.
      if (payload.length === 1) seen.push(world.broker.stats.messagesIn);
    });
    const count = 20_000;
    flood.send(publish(4, 'a', '').repeat(count));
    for (let at = 0; at < 5; at++) {
      calm.send(publish(4, 'b', 'x', { qos: 1, id: at + 1 }));
      t.is(await calm.takePacket(), `4002000${at + 1}`);
    }
    t.is(await flood.take(5 * count), publish(4, 'a', '').repeat(count));
    t.is(seen.length, 5);
    // Each read of a socket would bring 9,362 of these messages; a turn takes a thousand.
    t.true(seen[0] <= 5000, String(seen));
    t.is(world.broker.stats.messagesIn, count + 5);
  });
});

class Owner implements PacketOwner {
  ration = Infinity;
  readonly packets: string[] = [];
  firstByte(): void {}
  packetSize(): void {}
  packet(bytes: Buffer, at: number, _from: number, end: number): void {
    this.ration--;
    this.packets.push(bytes.toString('hex', at, end));
  }
  takesPackets(): boolean {
    return this.ration > 0;
  }
}

test('framer: what is kept is counted with all that it keeps alive', (t) => {
  const owner = new Owner();
  const framer = new Framer(owner);
  const chunk = Buffer.alloc(65_536, Buffer.from('c000', 'hex'));
  owner.ration = 10;
  framer.input(chunk);
  t.is(framer.heldBytes(), 65_536, 'in place');
  owner.ration = 20_000;
  framer.resume();
  const left = 65_536 - 2 * 20_010;
  t.is(framer.heldBytes(), left, 'copied, as less than half of it was left');
  owner.ration = 10;
  framer.resume();
  t.is(framer.heldBytes(), left, 'not copied for a few packets');
  owner.ration = Infinity;
  framer.resume();
  t.is(framer.heldBytes(), 0);
  t.is(owner.packets.length, 32_768);

  framer.input(Buffer.alloc(65_536, 'c000', 'hex').subarray(0, 3));
  t.is(framer.heldBytes(), 64, 'one byte of a packet holds no chunk');
  framer.input(Buffer.from([0]));
  t.is(owner.packets.length, 32_770);
  t.is(framer.heldBytes(), 0);
});

test('framer: room grows with what arrives, however long the packet says it is', (t) => {
  const owner = new Owner();
  const framer = new Framer(owner);
  framer.input(Buffer.from('30ffffff7f0001', 'hex'));
  t.is(framer.heldBytes(), 64);
  for (let count = 0; count < 100; count++) framer.input(Buffer.alloc(100));
  t.true(framer.heldBytes() <= 2 * 10_007, String(framer.heldBytes()));
});

test('framer: every split, with and without rations', (t) => {
  const bytes = Buffer.from('c000' + publish(4, 'topic', 'payload') + 'c000' + publish(4, 'a', 'b'.repeat(200)) + 'e000', 'hex');
  const whole = new Owner();
  new Framer(whole).input(Buffer.from(bytes));
  t.is(whole.packets.length, 5);
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first, Math.min(first + 1, bytes.length), Math.floor((first + bytes.length) / 2)]) {
      for (const ration of [1, 2, Infinity]) {
        const owner = new Owner();
        const framer = new Framer(owner);
        for (const [from, to] of [[0, first], [first, second], [second, bytes.length]]) {
          owner.ration = ration;
          framer.input(Buffer.from(bytes.subarray(from, to)));
        }
        while (ration !== Infinity && owner.packets.length < 5) {
          const before = owner.packets.length;
          owner.ration = ration;
          framer.resume();
          if (owner.packets.length === before) break;
        }
        t.deepEqual(owner.packets, whole.packets, `${first} ${second} ${ration}`);
        t.is(framer.heldBytes(), 0);
      }
    }
  }
});
