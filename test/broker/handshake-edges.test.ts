/*
 * Handshakes at their edges: acknowledgements that come before their turn, quota that begins anew with each connection,
 * and message expiry at its bounds. MQTT 5.0, 3.3.2.3.3, 4.3.3, 4.4 and 4.9.
 */
import test from 'ava';
import { type BrokerClock, ManualClock } from '../../src/broker/index.js';
import { byte, long, publish, subscribe, withBroker, word } from './support.js';

const persistent = `11${long(1000)}`;

test('a PUBREC ahead of the repeated PUBLISH: the PUBLISH is not sent behind PUBREL, and no quota is lost [MQTT-4.3.3-6] [MQTT-4.9.0-2]', (t) =>
  withBroker({}, async (world) => {
    const before = await world.join(5, { clientId: 'r', flags: 0, properties: persistent });
    before.send(subscribe(5, 1, 'a', 2));
    await before.takePacket();
    for (const payload of ['1', '2', '3']) world.broker.publish({ topic: 'a', payload, qos: 2 });
    for (let n = 0; n < 3; n++) await before.takePacket();
    await before.end();
    const again = await world.join(5, { clientId: 'r', flags: 0, properties: `${persistent}21${word(2)}` });
    const repeated = (id: number): string => publish(5, 'a', `${id}`, { qos: 2, id, dup: true });
    t.is(await again.untilPong(), repeated(1) + repeated(2));
    // The third was received on the earlier connection.
    again.send('50020003');
    t.is(await again.untilPong(), '62020003');
    again.send('50020001' + '70020001' + '50020002' + '70020002');
    t.is(await again.untilPong(), '62020001' + '62020002');
    again.send('70020003');
    t.is(await again.untilPong(), '');
    for (const payload of ['4', '5']) world.broker.publish({ topic: 'a', payload, qos: 2 });
    t.is(await again.untilPong(), publish(5, 'a', '4', { qos: 2, id: 4 }) + publish(5, 'a', '5', { qos: 2, id: 5 }));
  }));

test('the Receive Maximum counts what came on this connection: unreleased QoS 2 messages of an earlier one do not [MQTT-3.3.4-7]', (t) =>
  withBroker({ receiveMaximum: 2 }, async (world) => {
    const first = await world.join(5, { clientId: 'p', flags: 0, properties: persistent });
    first.send(publish(5, 'a', '1', { qos: 2, id: 1 }) + publish(5, 'a', '2', { qos: 2, id: 2 }));
    t.is(await first.untilPong(), '5003000110' + '5003000210');
    await first.end();
    const again = await world.join(5, { clientId: 'p', flags: 0, properties: persistent });
    again.send(publish(5, 'a', '3', { qos: 2, id: 3 }));
    t.is(await again.untilPong(), '5003000310');
    // One that is repeated takes quota again, and gives it back once.
    again.send(publish(5, 'a', '1', { qos: 2, id: 1, dup: true }) + '62020001' + '62020002');
    t.is(await again.untilPong(), '50020001' + '70020001' + '70020002');
    again.send(publish(5, 'a', '4', { qos: 2, id: 4 }));
    t.is(await again.untilPong(), '5003000410');
    again.send(publish(5, 'a', '5', { qos: 2, id: 5 }));
    t.is(await again.rest(), `e001${byte(0x93)}`);
  }));

test('messages of a session whose client is away expire in its queue, and make room there [MQTT-3.3.2-5]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, sessionQueueMessagesMax: 2 }, async (world) => {
    const before = await world.join(5, { clientId: 'r', flags: 0, properties: persistent });
    before.send(subscribe(5, 1, 'a', 1));
    await before.takePacket();
    await before.end();
    world.broker.publish({ topic: 'a', payload: '1', qos: 1, messageExpirySeconds: 1 });
    world.broker.publish({ topic: 'a', payload: '2', qos: 1, messageExpirySeconds: 100 });
    clock.advance(2000);
    world.broker.publish({ topic: 'a', payload: '3', qos: 1 });
    t.is(world.broker.stats.droppedExpired, 1);
    t.is(world.broker.stats.droppedQueueFull, 0);
    world.broker.publish({ topic: 'a', payload: '4', qos: 1 });
    t.is(world.broker.stats.droppedQueueFull, 1);
    const again = await world.join(5, { clientId: 'r', flags: 0, properties: persistent });
    t.is(await again.untilPong(), publish(5, 'a', '2', { qos: 1, id: 1, properties: `02${long(98)}` }) + publish(5, 'a', '3', { qos: 1, id: 2 }));
  });
});

test('the longest Message Expiry Interval is handed on, whatever the clock does meanwhile [MQTT-3.3.2-6]', async (t) => {
  let nowMs = 1000;
  // A clock that was set back, as the wall clock may be between two runs of a broker with a data folder.
  const clock: BrokerClock = {
    nowMs: () => nowMs,
    setTimer: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, 10)),
    clearTimer: (timer) => { clearTimeout(timer as NodeJS.Timeout); },
  };
  await withBroker({ clock }, async (world) => {
    const writer = await world.join(5, { clientId: 'w' });
    writer.send(publish(5, 'a', 'x', { retain: true, properties: '02ffffffff' }));
    t.is(await writer.untilPong(), '');
    nowMs -= 500;
    const reader = await world.join(5, { clientId: 'r' });
    reader.send(subscribe(5, 1, 'a', 0));
    await reader.takePacket();
    t.is(await reader.takePacket(), publish(5, 'a', 'x', { retain: true, properties: '02ffffffff' }));
  });
});
