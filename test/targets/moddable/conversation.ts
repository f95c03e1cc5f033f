/**
 * A conversation of the ECMA-419 client with a server that is a list of packets, as one script for XS and for Node.js: what it prints must be the same.
 * Must not know: where it runs.
 */
export const conversation = `
function bytes(hex) { const out = new Uint8Array(hex.length / 2); for (let n = 0; n < out.length; n++) out[n] = parseInt(hex.slice(2 * n, 2 * n + 2), 16); return out; }
function hex(data) { let text = ''; for (const byte of new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)) text += (byte < 16 ? '0' : '') + byte.toString(16); return text; }
let callbacks, arrived = new Uint8Array(0), writable = 64;
class TCP {
  constructor(options) { callbacks = options; }
  write(data) {
    if (data.byteLength > writable) throw new Error('would block');
    print('> ' + hex(data));
    writable -= data.byteLength;
    return writable;
  }
  read(target) {
    if (target.byteLength > arrived.length || target.byteLength === 0) throw new Error('invalid');
    target.set(arrived.subarray(0, target.byteLength));
    arrived = arrived.slice(target.byteLength);
    return target.byteLength;
  }
  close() { print('closed'); }
}
function come(data) {
  const joined = new Uint8Array(arrived.length + data.length);
  joined.set(arrived);
  joined.set(data, arrived.length);
  arrived = joined;
  callbacks.onReadable(arrived.length);
}
function drain() { writable = 64; callbacks.onWritable(writable); }
let stream = 0;
const target = new Uint8Array(5);
const client = new MQTTClient({
  host: '10.0.0.1', id: 'dev', user: 'u', password: 'p', keepAlive: 10000, receiveBytes: 40, reconnect: true, seed: 9,
  will: { topic: 'w', message: 'gone', QoS: 1, retain: true }, socket: { io: TCP },
  onControl(message) {
    print('control ' + JSON.stringify(message));
    if (message.operation === MQTTClient.CONNACK) this.write(null, { operation: MQTTClient.SUBSCRIBE, items: [{ topic: 'a/#', QoS: 2 }, { topic: 'bé' }] });
  },
  onReadable(count, options) {
    print('readable ' + count + ' ' + JSON.stringify(options));
    for (let taken = this.read(target); taken !== undefined; taken = this.read(target)) print('read ' + hex(target.subarray(0, taken)));
  },
  onWritable(count) {
    print('writable ' + count);
    while (stream > 0 && count > 0) {
      const part = new Uint8Array(Math.min(count, stream)).fill(stream & 255);
      stream -= part.length;
      count = this.write(part);
    }
  },
  onError(error) { print('error ' + error.message); },
});
drain();
come(bytes('20020000'));
drain();
come(bytes('9003000102')); come(bytes('9003000280'));
client.write(bytes('31'), { topic: 'a/b' });
client.write(bytes('32'), { topic: 'a/b', retain: true });
drain();
client.write(bytes('3333'), { topic: 'ü', QoS: 1, id: 700 });
client.write(bytes('').buffer, { topic: 'a/c', QoS: 2 });
drain();
come(bytes('40020003')); come(bytes('50020004')); drain(); come(bytes('70020004'));
come(bytes('3006000361')); come(bytes('2f6278')); come(bytes('320600016100077a')); drain();
come(bytes('34050001610008')); drain(); come(bytes('62020008')); drain();
const big = new Uint8Array(103); big.set(bytes('3065000162')); for (let n = 5; n < 103; n++) big[n] = n;
for (let at = 0; at < 103; at += 17) come(big.slice(at, Math.min(103, at + 17)));
stream = 597;
client.write(bytes('aabbcc'), { topic: 's', byteLength: 600 });
for (let n = 0; n < 14; n++) drain();
print('left ' + stream);
client.write(null, { operation: MQTTClient.PINGREQ });
come(bytes('d000'));
globalThis.now += 9000; for (const ring of [...globalThis.alarms]) ring();
drain();
globalThis.now += 20000; for (const ring of [...globalThis.alarms]) ring();
globalThis.now += 9000; for (const ring of [...globalThis.alarms]) ring();
drain();
come(bytes('20020100'));
come(bytes('3003000161ff'));
client.close();
`;
