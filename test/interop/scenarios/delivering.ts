/** Scenarios of PUBLISH at each QoS, of order and size. Read first: MQTT 5.0 sections 3.3, 4.3, 4.6. */
import type { Qos } from '../../../targets/node/index.js';
import { demand, type Peer, type Place } from '../place.js';
import { both, type Scenario } from '../scenario.js';

const eachQos: readonly Qos[] = [0, 1, 2];

export const delivering: readonly Scenario[] = [
  ...eachQos.map((qos) => ({ title: `publishes at QoS ${qos}`, versions: both, run: (place: Place) => publishes(place, qos) })),
  ...eachQos.map((qos) => ({ title: `receives at QoS ${qos}, any bytes`, versions: both, run: (place: Place) => receives(place, qos) })),
  { title: 'delivers at the lower QoS of message and subscription', versions: both, run: lowerQos },
  ...([1, 2] as const).map((qos) => ({ title: `keeps the order of 300 messages at QoS ${qos}`, versions: both, run: (place: Place) => order(place, qos) })),
  { title: '300 messages of QoS 2 on their way at once', versions: both, run: manyAtOnce },
  { title: 'sends again, with DUP, what was not acknowledged', versions: both, run: sendsAgain },
  { title: 'QoS 2 across ten cut connections: nothing lost, nothing twice', versions: both, run: cuts },
  ...eachQos.map((qos) => ({ title: `a payload of 1 MiB at QoS ${qos}`, versions: both, run: (place: Place) => large(place, qos) })),
];

async function publishes(place: Place, qos: Qos): Promise<void> {
  const [from, to] = [await place.join('a'), await place.join('b')];
  await to.client.subscribe(place.topic('t'), { qos: 0 });
  for (const text of ['1', '2']) await from.client.publish(place.topic('t'), text, { qos });
  demand(await to.comes(() => to.seen.length >= 2 || from.loss !== undefined), 'does not deliver');
  demand(from.loss === undefined, 'closes the connection');
  demand(to.texts().join() === '1,2', 'out of order');
}

async function receives(place: Place, qos: Qos): Promise<void> {
  const peer = await place.join('a');
  const { reason } = await peer.client.subscribe(place.topic('t'), { qos });
  demand(reason === qos, `grants QoS ${reason}`);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  await peer.client.publish(place.topic('t'), bytes, { qos });
  await peer.client.publish(place.topic('t'), '', { qos });
  demand(await peer.has(2), `${peer.seen.length} of 2 messages`);
  demand(peer.seen[0].payload.equals(bytes) && peer.seen[1].payload.length === 0, 'changes the payload');
  demand(peer.seen.every((seen) => seen.qos === qos), `delivers at QoS ${peer.seen[0].qos}`);
  demand(peer.seen.every((seen) => !seen.retain && !seen.dup), 'sets RETAIN or DUP'); // [MQTT-3.3.1-2] v3:[MQTT-3.3.1-9]
}

async function lowerQos(place: Place): Promise<void> {
  const peer = await place.join('a');
  for (const granted of [0, 1] as const) {
    await peer.client.subscribe(place.topic(`s${granted}`), { qos: granted });
    for (const qos of [0, 1] as const) {
      const before = peer.seen.length;
      await peer.client.publish(place.topic(`s${granted}`), 'x', { qos });
      demand(await peer.has(before + 1), 'does not deliver');
      const got = peer.seen[before].qos;
      demand(got === Math.min(qos, granted), `QoS ${qos} to a subscription of QoS ${granted} comes at QoS ${got}`); // v3:[MQTT-3.8.4-6]
    }
  }
}

async function order(place: Place, qos: Qos): Promise<void> {
  const [from, to] = [await place.join('a'), await place.join('b')];
  await to.client.subscribe(place.topic('t'), { qos });
  const numbers = Array.from({ length: 300 }, (_, number) => String(number));
  await Promise.all(numbers.map((number) => from.client.publish(place.topic('t'), number, { qos })));
  demand(await to.has(300), `${to.seen.length} of 300 messages`);
  demand(to.texts().join() === numbers.join(), 'out of order'); // v3:[MQTT-4.6.0-6]
}

async function manyAtOnce(place: Place): Promise<void> {
  const [from, to] = [await place.join('a', { buffers: { inFlightMax: 256 } }), await place.join('b')];
  await to.client.subscribe(place.topic('t'), { qos: 0 });
  const numbers = Array.from({ length: 300 }, (_, number) => String(number));
  // Rejected when the connection is closed.
  const published = Promise.all(numbers.map((number) => from.client.publish(place.topic('t'), number, { qos: 2 }))).catch(() => undefined);
  await to.comes(() => to.seen.length >= 300 || from.loss !== undefined);
  demand(to.seen.length === 300 && from.loss === undefined, 'loses some, or closes the connection');
  await published;
}

async function sendsAgain(place: Place): Promise<void> {
  const line = await place.line();
  const first = await place.join('a', { ...place.kept, port: line.port, acknowledge: 'by-application' });
  await first.client.subscribe(place.topic('t'), { qos: 1 });
  const other = await place.join('b');
  await other.client.publish(place.topic('t'), 'x', { qos: 1 });
  demand(await first.has(1), 'does not deliver');
  line.cut();
  demand(await first.comes(() => first.loss !== undefined), 'the line was not cut');
  const again = await place.join('a', place.kept);
  demand(again.sessionPresent, 'forgets the session');
  demand(await again.has(1), 'not again'); // [MQTT-4.4.0-1]
  demand(again.seen[0].dup, 'without DUP'); // [MQTT-3.3.1-1]
}

async function cuts(place: Place): Promise<void> {
  const line = await place.line();
  const options = { ...place.kept, port: line.port, reconnect: { minMs: 1, maxMs: 20 } };
  const peer = await place.join('a', options);
  const { reason } = await peer.client.subscribe(place.topic('t'), { qos: 2 });
  demand(reason === 2, `grants QoS ${reason}`);
  const count = 200;
  const published = Promise.all(Array.from({ length: count }, (_, number) => peer.client.publish(place.topic('t'), String(number), { qos: 2 })));
  for (let cut = 1; cut <= 10; cut++) {
    await peer.comes(() => peer.seen.length >= cut * 15);
    const connects = peer.client.stats.connects;
    line.cut();
    // Mosquitto forgets a PUBREC when the connection that comes next is cut as well before it has sent its PUBREL: the message comes again.
    await peer.comes(() => peer.client.isConnected && peer.client.stats.connects > connects);
  }
  await published;
  demand(await everyOne(peer, count), `${new Set(peer.texts()).size} of ${count} messages`);
  demand(peer.seen.length === count, 'some twice'); // v3:[MQTT-4.3.3-2]
}

function everyOne(peer: Peer, count: number): Promise<boolean> {
  return peer.comes(() => new Set(peer.texts()).size === count);
}

const large1MiB = Buffer.alloc(1_048_576, 'midge');

async function large(place: Place, qos: Qos): Promise<void> {
  const peer = await place.join('a', { buffers: { receiveBytes: 1_100_000, outboxBytes: 1_100_000 } });
  await peer.client.subscribe(place.topic('t'), { qos });
  await peer.client.publish(place.topic('t'), large1MiB, { qos });
  demand(await peer.comes(() => peer.seen.length > 0 || peer.loss !== undefined), 'does not deliver it');
  demand(peer.loss === undefined, 'closes the connection');
  demand(peer.seen[0].payload.equals(large1MiB), 'changes it');
}
