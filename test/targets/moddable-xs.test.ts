/** The built modules on XS itself, where MIDGE_XS names its test shell: the same conversation, byte by byte, as on Node.js; and what it leaves to collect. */
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { conversation } from './moddable/conversation.js';
import { allocations, onNode, prelude, runModule, withFolder, xs } from './moddable/xs.js';

const imports = `import MQTTClient from './midge/client.js';\n`;

/** Messages both ways over a socket that allocates nothing. */
const messages = `import MQTTClient from './midge/client.js';
import Midge from './midge/midge.js';
${prelude}
const TOPIC = 'plant/line4/temp/01x', BYTES = new Uint8Array(ArrayBuffer.fromString('01234567890123456789')), OPTIONS = { topic: TOPIC }, target = new Uint8Array(64);
const PACKET = Uint8Array.from([0x30, 42, 0, 20, ...new Uint8Array(ArrayBuffer.fromString(TOPIC)), ...BYTES]), CONNACK = Uint8Array.of(0x20, 2, 0, 0);
let callbacks, arrived, at = 0, sum = 0;
class TCP {
  constructor(options) { callbacks = options; }
  write() { return 1400; }
  read(view) { for (let n = 0; n < view.length; n++) view[n] = arrived[at + n]; at += view.length; return view.length; }
  close() {}
}
function come(to, packet) { arrived = packet; at = 0; to.onReadable(packet.length); }
const ecma = new MQTTClient({ host: '10.0.0.1', id: 'a', socket: { io: TCP }, onReadable() { this.read(target); } }), ecmaCalls = callbacks;
const own = new Midge({ host: '10.0.0.1', id: 'b', socket: { io: TCP }, onMessage(message) { sum += message.at(0); } });
own.connect();
const ownCalls = callbacks;
for (const each of [ecmaCalls, ownCalls]) { each.onWritable(1400); come(each, CONNACK); }
function nothing() {}
function view() { BYTES.subarray(0, 4); }
function publish() { ecma.write(BYTES, OPTIONS); }
function publishOwn() { own.publish(TOPIC, BYTES); }
function inbound() { come(ecmaCalls, PACKET); }
function inboundOwn() { come(ownCalls, PACKET); }
publish(); publishOwn(); inbound(); inboundOwn();
`;

test('a conversation on the built modules', (t) => {
  const lines = withFolder('mqtt311', (folder) => onNode(folder, imports + prelude + conversation)).split('\n');
  t.true(lines.length > 60);
  for (const line of [
    'control {"operation":2,"returnCode":0,"sessionPresent":false}', 'control {"operation":9,"id":1,"payload":[2,128]}', 'control {"operation":4,"id":700}',
    'control {"operation":7,"id":4}', 'control {"operation":13}', 'left 0', 'readable 1 {"topic":"a/b","byteLength":1,"QoS":0,"more":false,"retain":false}', 'error the server has gone silent',
    '> 30060003612f6231', '> 31060003612f6232', 'closed',
  ]) t.true(lines.includes(line), `${line}\n---\n${lines.join('\n')}`);
});

if (xs === undefined) test('NOT RUN on XS: MIDGE_XS names no xst', (t) => { t.pass(); });
else {
  test('XS prints what Node.js prints', (t) => {
    withFolder('mqtt311', (folder) => {
      t.deepEqual(runModule(folder, imports + prelude + conversation).split('\n'), onNode(folder, imports + prelude + conversation).split('\n'));
    });
  });

  const hasValgrind = spawnSync('valgrind', ['--version']).status === 0;
  test(hasValgrind ? 'what a message takes of the memory of XS' : 'NOT RUN: what a message takes of the memory of XS, since valgrind is not installed', (t) => {
    if (!hasValgrind) {
      t.pass();
      return;
    }
    withFolder('mqtt311', (folder) => {
      const cost = (call: string): { slots: number; chunks: number } => {
        const [few, many] = [100, 200].map((times) => allocations(folder, `${messages}\nfor (let n = 0; n < ${times}; n++) ${call}();\n`));
        return { slots: (many.slots - few.slots) / 100, chunks: (many.chunks - few.chunks) / 100 };
      };
      t.deepEqual(cost('nothing'), { slots: 0, chunks: 0 });
      t.deepEqual(cost('view'), { slots: 4, chunks: 0 }, 'the measure does not see a view');
      t.deepEqual(cost('publish'), { slots: 0, chunks: 0 });
      t.deepEqual(cost('publishOwn'), { slots: 0, chunks: 0 });
      // The text of the topic, by which it is checked.
      t.deepEqual(cost('inboundOwn'), { slots: 0, chunks: 1 });
      // And the object with what `onReadable` is told: itself and five properties.
      t.deepEqual(cost('inbound'), { slots: 6, chunks: 1 });
    });
  });
}
