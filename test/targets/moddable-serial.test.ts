/** Moddable behind the gateway: Midge's own API over the serial link on stubs of both kinds of serial port, on a real pseudo-terminal. */
import test from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { linkEntry } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { deviceFolder, Plug, socatIsHere } from '../gateway/pty.js';
import { makeClient } from '../node/support.js';
import './moddable/register.js';
import { until } from '../until.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');
const { SerialTransport } = await import('../../targets/moddable/modules/serial.js');
const { default: Serial } = await import('./moddable/stub/serial.js');

if (socatIsHere(test)) {
  for (const host of ['linux', 'fifo'] as const) {
    test.serial(`messages both ways over a serial port as on ${host}, and a graceful end`, async (t) => {
      const device = `${await deviceFolder(t)}/ttyBoard`;
      const broker = createBroker();
      t.teardown(() => broker.close());
      const { port } = await broker.listen();
      const plug = await Plug.in(t, device);
      await Hosted.start(t, { spool: null, ports: [linkEntry(device, port, null)] });

      const events: string[] = [];
      const settled: number[] = [];
      const client = new Midge({
        id: 'uart', will: { topic: 'will', message: 'gone' }, transport: new SerialTransport({ io: Serial, baud: 115200, host, wire: plug.wire, seed: 77 }),
        onConnected: () => { events.push('connected'); },
        onMessage: (message) => { events.push(`${message.topic} ${message.text} ${message.QoS}`); },
        onPublished: (handle) => { settled.push(handle); },
        onDisconnected: (words) => { events.push(words); },
        onClosed: () => { events.push('closed'); },
      });
      t.teardown(() => client.close());
      const granted: number[] = [];
      client.subscribe('to/#', 2, (reason) => granted.push(reason));
      client.connect();
      await until(() => granted.length > 0, 'SUBACK');
      t.deepEqual(granted, [2]);

      const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
      const heard: string[] = [];
      peer.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
      await peer.connect();
      await peer.subscribe('from/#', { qos: 2 });
      await peer.subscribe('will', { qos: 2 });
      for (const qos of [0, 1, 2] as const) await peer.publish('to/board', `down ${qos}`, { qos });
      const handles = [1, 2].map((QoS) => client.publish('from/board', `up ${QoS}`.padEnd(100, '.'), { QoS }));
      await until(() => settled.length === 2 && events.length === 4, `${events.join(', ')}; settled ${settled.join(' ')}`);
      t.deepEqual(events, ['connected', 'to/board down 0 0', 'to/board down 1 1', 'to/board down 2 2']);
      t.deepEqual([...settled].sort(), [...handles].sort());
      t.deepEqual(heard, [1, 2].map((QoS) => `from/board ${`up ${QoS}`.padEnd(100, '.')}`));

      client.disconnect();
      await until(() => events.includes('closed'), 'the end');
      await peer.publish('from/peer', 'last', { qos: 1 });
      await until(() => heard.includes('from/peer last'), 'what is published last');
      t.false(heard.includes('will gone'), 'the will was published although the board has said farewell');
    });
  }
}
