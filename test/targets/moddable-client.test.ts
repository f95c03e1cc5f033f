/** The ECMA-419 interface in what the scenarios do not reach: parts of messages, names of requests, refusals, and the platform it stands on. */
import test from 'ava';
import { broker, buffer, connected, MQTTClient, network, peer, TCP } from './moddable/site.js';
import { until } from '../until.js';

const { PINGREQ, PINGRESP, PUBACK, PUBCOMP, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, DISCONNECT } = MQTTClient;

test('the stub refuses what the platform refuses', async (t) => {
  const { port } = await broker(t);
  t.throws(() => new TCP({ address: 'localhost', port }), { message: 'invalid address' });
  const counts: number[] = [];
  const tcp = new TCP({ address: '127.0.0.1', port, onWritable: (count) => counts.push(count), onReadable: (count) => counts.push(-count) });
  t.throws(() => tcp.write(buffer('x')), { message: 'would block' });
  await until(() => counts.length === 1, () => 'onWritable');
  t.is(tcp.write(Uint8Array.from(Buffer.from('100c00044d5154540402003c0000', 'hex'))), counts[0] - 14);
  await until(() => counts.includes(-4), () => `CONNACK: ${counts.join()}`);
  t.true(counts.includes(counts[0], 1), 'the writable count comes back');
  t.throws(() => tcp.read(new Uint8Array(5)), { message: 'invalid' });
  t.throws(() => tcp.read(5), { message: 'invalid' });
  t.is(tcp.read(new Uint8Array(3)), 3);
  tcp.format = 'number';
  t.is(tcp.read(), 0);
  t.is(tcp.read(), undefined);
  tcp.format = 'buffer';
  t.throws(() => tcp.write(new Uint8Array(counts[0] + 1)));
  tcp.close();
  t.throws(() => tcp.read());
});

test('one SUBACK for all filters of a request, in their order, and names for requests and messages', async (t) => {
  const { port } = await broker(t);
  const { client, control, fragments } = await connected(t, port);
  client.write(null, { operation: SUBSCRIBE, items: [{ topic: 'a/+', QoS: 2 }, { topic: 'b' }] });
  client.write(null, { operation: UNSUBSCRIBE, id: 99, items: [{ topic: 'frogs' }, { topic: 'b' }] });
  client.write(buffer('one'), { topic: 'a/x', QoS: 1, id: 1234 });
  client.write(buffer('two'), { topic: 'a/x', QoS: 2, id: 1235 });
  client.write(new ArrayBuffer(0), { topic: 'a/x', QoS: 2 });
  client.write(null, { operation: PINGREQ });
  await until(() => fragments.length === 3 && control.length >= 7, () => JSON.stringify(control));
  t.deepEqual(control.find(({ operation }) => operation === SUBACK), { operation: SUBACK, id: 1, payload: [2, 0] });
  t.deepEqual(control.find(({ operation }) => operation === UNSUBACK), { operation: UNSUBACK, id: 99 });
  t.deepEqual(control.find(({ operation }) => operation === PUBACK), { operation: PUBACK, id: 1234 });
  t.is(control.filter(({ operation, id }) => operation === PUBCOMP && id === 1235).length, 1);
  t.is(control.filter(({ operation }) => operation === PINGRESP).length, 1);
  t.deepEqual(fragments.map(({ text, options: { topic, byteLength, more } }) => [text, topic, byteLength, more]), [['one', 'a/x', 3, false], ['two', 'a/x', 3, false], ['', 'a/x', 0, false]]);
});

test('a message that is written in parts, larger than every buffer', async (t) => {
  const { port } = await broker(t);
  const { heard } = await peer(t, port, 'big/#');
  for (const [QoS, size] of [[0, 40_000], [1, 20_000], [2, 3]]) {
    let left = 0;
    let letter = 64;
    const { client, control } = await connected(t, port, {
      id: `dev${QoS}`,
      onWritable(count) {
        if (left === 0) return;
        const part = Math.min(count, left);
        left -= part;
        letter = letter === 90 ? 65 : letter + 1;
        const rest = this.write(buffer(String.fromCharCode(letter).repeat(part)));
        t.true(rest >= 0 && rest <= count);
      },
    });
    client.write(buffer('XXL'), { topic: `big/${QoS}`, QoS, id: 77, byteLength: 3 + size });
    left = size;
    t.throws(() => client.write(buffer('no'), { topic: 'big/x' }), { message: /bytes of the last message are missing/ });
    await until(() => heard.some(({ topic }) => topic === `big/${QoS}`), () => `${left} of ${size} bytes are left`);
    const { text } = heard.find(({ topic }) => topic === `big/${QoS}`)!;
    t.is(text.length, 3 + size);
    t.regex(text, /^XXLA+(B+)?(C+)?/);
    client.write(buffer('next'), { topic: 'big/next', QoS: 1 });
    await until(() => heard.some(({ topic }) => topic === 'big/next'), () => 'the next');
    if (QoS > 0) t.is(control.filter(({ id }) => id === 77).length, 1);
    heard.length = 0;
    client.close();
  }
});

test('a message that is read in parts, later, into buffers', async (t) => {
  const { port } = await broker(t);
  const payload = Buffer.from(Array.from({ length: 5000 }, (_, n) => n % 251));
  const received: number[] = [];
  const told: [count: number, more: boolean, topic: string | undefined][] = [];
  const target = new Uint8Array(100);
  const { client, control } = await connected(t, port, {
    receiveBytes: 256,
    onReadable: (count, { more, topic }) => {
      told.push([count, more, topic]);
      let left = count;
      const readOn = (): void => {
        const taken = client.read(target);
        if (taken === undefined) return;
        received.push(...target.subarray(0, taken));
        left -= taken;
        if (left > 0) setTimeout(readOn, 1);
      };
      setTimeout(readOn, 1);
    },
  });
  client.write(null, { operation: SUBSCRIBE, items: [{ topic: 'big', QoS: 1 }] });
  await until(() => control.some(({ operation }) => operation === SUBACK), () => 'SUBACK');
  const sender = await peer(t, port, 'none');
  await sender.publish('big', payload);
  await sender.publish('big', 'end');
  await until(() => received.length === 5003, () => `5003 bytes, ${received.length} came`);
  t.deepEqual(received, [...payload, ...Buffer.from('end')]);
  t.is(told[0][2], 'big');
  t.true(told.length > 20);
  t.deepEqual(told.filter(([, more]) => !more).length, 2);
  t.deepEqual(told.filter(([, , topic]) => topic !== undefined).length, 2);
});

test('without reconnect a lost connection is the end, and DISCONNECT is a calm one', async (t) => {
  const { port } = await broker(t);
  let isClosed = false;
  const calm = await connected(t, port, { onClose: () => { isClosed = true; } });
  calm.client.write(null, { operation: DISCONNECT });
  await until(() => isClosed, () => 'onClose');
  t.deepEqual(calm.errors, []);
  const first = await connected(t, port, { id: 'same' });
  await connected(t, port, { id: 'same' });
  await until(() => first.errors.length > 0, () => 'the loss');
  t.throws(() => first.client.write(buffer('x'), { topic: 'a' }), { message: 'not connected' });
  const errors: string[] = [];
  const lost = new MQTTClient({ host: 'no.such.host', port, ...network, onError: (error) => { errors.push(error?.message ?? ''); } });
  await until(() => errors.length > 0, () => 'the failure');
  t.regex(errors[0], /"no.such.host" cannot be resolved/);
  lost.close();
});

test('small messages in parts may follow each other, and one part may be empty', async (t) => {
  const { port } = await broker(t);
  const { heard } = await peer(t, port, 'small/#');
  const { client, control } = await connected(t, port);
  for (const name of ['a', 'b', 'c']) {
    client.write(buffer('SM'), { topic: `small/${name}`, byteLength: 6, QoS: 2, id: 5 });
    client.write(new ArrayBuffer(0));
    t.throws(() => client.write(buffer('too long')), { message: /4 of the message are left/ });
    client.write(buffer('ALL\n'));
  }
  await until(() => heard.length === 3 && control.filter(({ operation }) => operation === PUBCOMP).length === 3, () => JSON.stringify(heard));
  t.deepEqual(heard.map(({ topic, text }) => [topic, text]), ['a', 'b', 'c'].map((name) => [`small/${name}`, 'SMALL\n']));
});

test('target and format are as on the platform', async (t) => {
  const { port } = await broker(t);
  const { client } = await connected(t, port, { target: 'mine', io: MQTTClient });
  t.is(client.target, 'mine');
  t.is(client.format, 'buffer');
  t.is(client.read(1), undefined);
});
