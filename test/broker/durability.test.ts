/*
 * What a broker with a data folder knows after a restart, and how it refuses folders it cannot serve from.
 */
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Broker, BrokerClock } from '../../src/broker/index.js';
import { createBroker, StoreError } from '../../src/broker/index.js';
import { BrokerProcess, withFolder } from './durability-process.js';
import type { Version } from './support.js';
import { connect5, connectOf, long, publish, RawClient, subscribe, text, word } from './support.js';

/** Time that stands still while a broker runs; its monotonic side begins anew with each. */
class WallClock implements BrokerClock {
  constructor(readonly atMs: number) {}
  nowMs(): number {
    return 5000;
  }
  wallMs(): number {
    return this.atMs;
  }
  setTimer(callback: () => void, delayMs: number): unknown {
    return delayMs === 0 ? setImmediate(callback) : undefined;
  }
  clearTimer(): void {
    // Timers of this clock are due at once or never.
  }
}

/** Runs each step against a broker of its own on one folder. */
async function restarts(folder: string, clock: () => BrokerClock | undefined, ...steps: ((broker: Broker, port: number) => Promise<void>)[]): Promise<void> {
  for (const step of steps) {
    const broker = createBroker({ data: folder, clock: clock() });
    try {
      await step(broker, (await broker.listen()).port);
    } finally {
      await broker.close({ abrupt: true });
    }
  }
}

async function joined(port: number, version: Version, clientId: string, fields: { flags?: number; rest?: string } = {}): Promise<[RawClient, string]> {
  const client = await RawClient.open(port);
  client.send(connectOf(version, { clientId, flags: 0, properties: version === 5 ? `11${long(1000)}` : '', ...fields }));
  return [client, await client.takePacket()];
}

const isPresent = (connack: string): boolean => connack.slice(4, 6) === '01';

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';

  test(`${v} subscriptions, waiting messages and retained messages are there after a restart [MQTT-4.1.0-1] [MQTT-3.1.2-5]`, (t) =>
    withFolder((folder) =>
      restarts(folder, () => undefined,
        async (_, port) => {
          const [reader] = await joined(port, version, 'reader');
          reader.send(subscribe(version, 1, 'a/+', 2));
          await reader.takePacket();
          await reader.end();
          const [other] = await joined(port, version, 'other');
          other.send(subscribe(version, 1, 'a/+', 1));
          await other.takePacket();
          await other.end();
          const [writer] = await joined(port, version, 'writer');
          writer.send(publish(version, 'a/b', 'one', { qos: 1, id: 1, retain: true }));
          t.is(await writer.takePacket(), '40020001');
          writer.send(publish(version, 'a/b', 'two', { qos: 2, id: 2 }));
          t.is(await writer.takePacket(), '50020002');
          writer.destroy();
        },
        async (broker, port) => {
          t.is(broker.stats.subscriptions, 2);
          t.is(broker.stats.retainedMessages, 1);
          t.deepEqual(broker.session('writer')?.inboundQoS2, [2]);
          const [writer, connack] = await joined(port, version, 'writer');
          t.true(isPresent(connack));
          writer.send(publish(version, 'a/b', 'two', { qos: 2, id: 2, dup: true }));
          t.is(await writer.takePacket(), '50020002');
          writer.send('62020002');
          t.is(await writer.takePacket(), '70020002');
          const [reader] = await joined(port, version, 'reader');
          t.is(await reader.takePacket(), publish(version, 'a/b', 'one', { qos: 1, id: 1 }));
          t.is(await reader.takePacket(), publish(version, 'a/b', 'two', { qos: 2, id: 2 }));
          t.is(await reader.untilPong(), '');
          for (const client of [writer, reader]) client.destroy();
        },
        async (broker, port) => {
          t.deepEqual(broker.session('writer')?.inboundQoS2, []);
          const [reader] = await joined(port, version, 'reader');
          t.is(await reader.takePacket(), publish(version, 'a/b', 'one', { qos: 1, id: 1, dup: true }));
          t.is(await reader.takePacket(), publish(version, 'a/b', 'two', { qos: 2, id: 2, dup: true }));
          reader.send('40020001');
          reader.send('50020002');
          t.is(await reader.takePacket(), '62020002');
          reader.destroy();
        },
        async (broker, port) => {
          t.is(broker.session('other')?.queuedMessages, 2);
          const [reader] = await joined(port, version, 'reader');
          t.is(await reader.takePacket(), '62020002');
          reader.send('70020002');
          t.is(await reader.untilPong(), '');
          reader.destroy();
          broker.publish({ topic: 'a/b', retain: true });
        },
        (broker) => {
          t.is(broker.session('reader')?.inflightMessages, 0);
          t.is(broker.stats.retainedMessages, 0);
          return Promise.resolve();
        },
      )));

  test(`${v} the will of a client that was connected is published after a restart [MQTT-3.1.2-8]`, (t) =>
    withFolder((folder) =>
      restarts(folder, () => undefined,
        async (_, port) => {
          const [reader] = await joined(port, version, 'reader');
          reader.send(subscribe(version, 1, 'w', 1));
          await reader.takePacket();
          await reader.end();
          await joined(port, version, 'dying', { flags: 0x0e, rest: (version === 5 ? '00' : '') + text('w') + text('gone') });
        },
        async (_, port) => {
          const [reader] = await joined(port, version, 'reader');
          t.is(await reader.takePacket(), publish(version, 'w', 'gone', { qos: 1, id: 1 }));
          reader.destroy();
        },
      )));
}

test('a restart that forgets makes the folder forget too', (t) =>
  withFolder((folder) =>
    restarts(folder, () => undefined,
      async (broker, port) => {
        const [away] = await joined(port, 5, 'away');
        away.send(subscribe(5, 1, 'a', 1));
        await away.takePacket();
        await away.end();
        const [reader] = await joined(port, 5, 'reader', { flags: 0x0c, rest: '00' + text('w') + text('gone') });
        reader.send(subscribe(5, 1, 'a', 2));
        await reader.takePacket();
        const [writer] = await joined(port, 5, 'writer');
        writer.send(publish(5, 'a', 'kept', { qos: 2, id: 7, retain: true }));
        t.is(await writer.takePacket(), '50020007');
        broker.restart({ keepState: false });
        t.is(broker.stats.sessions, 0);
        t.is(broker.stats.waitingBytes, 0);
        const [after] = await joined(port, 5, 'after');
        after.send(publish(5, 'later', 'x', { qos: 1, id: 1, retain: true }));
        await after.takePacket();
        after.destroy();
      },
      (broker) => {
        for (const clientId of ['away', 'reader', 'writer']) t.is(broker.session(clientId), undefined, clientId);
        t.is(broker.session('after')?.queuedMessages, 0);
        t.is(broker.stats.sessions, 1);
        t.is(broker.stats.subscriptions, 0);
        t.is(broker.stats.retainedMessages, 1);
        return Promise.resolve();
      },
    )));

test('session expiry and message expiry go on by wall-clock time while no broker runs [MQTT-3.3.2-5] [MQTT-3.3.2-6] [MQTT-4.1.0-2]', (t) =>
  withFolder((folder) => {
    let atMs = 1_700_000_000_000;
    return restarts(folder, () => new WallClock(atMs),
      async (_, port) => {
        for (const [clientId, expiry] of [['short', 10], ['long', 100]] as const) {
          const client = await RawClient.open(port);
          client.send(connect5({ clientId, flags: 0, properties: `11${long(expiry)}` }));
          await client.takePacket();
          client.send(subscribe(5, 1, 'a', 1));
          await client.takePacket();
          await client.end();
        }
        const [writer] = await joined(port, 5, 'writer');
        writer.send(publish(5, 'a', 'soon', { qos: 1, id: 1, properties: `02${long(15)}`, retain: true }));
        writer.send(publish(5, 'a', 'late', { qos: 1, id: 2, properties: `02${long(60)}` }));
        t.is(await writer.take(8), '4002000140020002');
        writer.destroy();
        atMs += 20_000;
      },
      async (broker, port) => {
        t.is(broker.session('short'), undefined);
        const [reader, connack] = await joined(port, 5, 'long');
        t.true(isPresent(connack));
        t.is(await reader.takePacket(), publish(5, 'a', 'late', { qos: 1, id: 1, properties: `02${long(40)}` }));
        t.is(broker.stats.retainedMessages, 0);
        reader.destroy();
      },
    );
  }));

test('a folder in use, a file in its place, a damaged or foreign database: each is named', (t) =>
  withFolder(async (folder) => {
    const data = join(folder, 'data');
    const first = createBroker({ data });
    t.throws(() => createBroker({ data }), { instanceOf: StoreError, message: /data" is in use by another broker \(this process\)/ });
    const second = await BrokerProcess.start(data);
    t.is(await second.ended, 1);
    t.regex(second.output, new RegExp(`is in use by another broker \\(process ${process.pid}\\): stop that one, or choose another`));
    for (let number = 0; number < 200; number++) first.publish({ topic: `t/${number}`, payload: 'x'.repeat(2000), retain: true });
    await first.close();

    const file = join(data, 'broker.mdb');
    const whole = readFileSync(file);
    const damages: [what: string, make: () => void][] = [
      ['garbage', () => writeFileSync(file, Buffer.alloc(whole.length, 0x5a))],
      ['cut', () => truncateSync(file, whole.length >> 1)],
      ['a changed byte of a message', () => writeFileSync(file, Buffer.from(whole.toString('latin1').replaceAll('xxxxxxx', 'xxxyxxx'), 'latin1'))],
    ];
    for (const [what, make] of damages) {
      writeFileSync(file, whole);
      make();
      t.throws(() => createBroker({ data }), { instanceOf: StoreError, message: /data" is damaged: .+ Put a copy of it back/ }, what);
    }
    writeFileSync(file, whole);
    const again = createBroker({ data });
    t.is(again.stats.retainedMessages, 200);
    await again.close();
    t.throws(() => createBroker({ data: file }), { instanceOf: StoreError, message: /cannot be used: it is a file/ });
    t.throws(() => createBroker({ data: '' }), { instanceOf: TypeError, message: /data is "", it must be the path/ });
  }));

test('a folder that cannot be written is named', (t) =>
  withFolder(async (folder) => {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o555 });
    // Root may write anywhere but into the system's own folders.
    const broker = await BrokerProcess.start(process.getuid?.() === 0 ? '/proc/self' : data);
    t.is(await broker.ended, 1);
    t.regex(broker.output, /the data folder ".+" cannot be used: (no permission|it cannot be made|the file system)/);
  }));

test('on a full disk nothing is acknowledged that is not there after a restart', (t) =>
  withFolder(async (folder) => {
    if (process.platform === 'win32') {
      t.pass();
      return;
    }
    const broker = await BrokerProcess.start(folder, { fileKiBMax: 1024 });
    const stored: number[] = [];
    let refusal = '';
    const [reader] = await joined(broker.port!, 5, 'reader');
    reader.send(subscribe(5, 1, 'a', 1));
    await reader.takePacket();
    await reader.end();
    const [writer] = await joined(broker.port!, 5, 'writer');
    for (let number = 1; refusal === ''; number++) {
      writer.send(publish(5, 'a', `${number}:${'x'.repeat(5000)}`, { qos: 1, id: number }));
      const answer = await writer.takePacket();
      if (answer === `4002${word(number)}`) stored.push(number);
      else refusal = answer;
    }
    t.true(stored.length > 20, `${stored.length} stored`);
    // The one that met the full disk ends the connection; who comes then is refused.
    t.is(refusal, 'e00197');
    const late = await RawClient.open(broker.port!);
    late.send(connect5({ clientId: 'late' }));
    t.regex(await late.rest(), /^20..0088/);
    await broker.kill();
    t.regex(broker.output, /cannot be written: .+ Publishes of QoS 1 and 2 and new connections are refused/);

    const after = createBroker({ data: folder });
    t.true((after.session('reader')?.queuedMessages ?? 0) >= stored.length);
    await after.close();
  }));
