/*
 * A message that several sessions share is stored once, and stays until the last of them needs it no more.
 */
import test from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { withFolder } from './durability-process.js';
import { connect5, long, RawClient, subscribe } from './support.js';

test('a second PUBREC does not take a shared message from those who still wait for it [MQTT-4.1.0-1] [MQTT-4.3.3-4]', (t) =>
  withFolder(async (folder) => {
    const join = async (port: number, clientId: string): Promise<RawClient> => {
      const client = await RawClient.open(port);
      client.send(connect5({ clientId, flags: 0, properties: `11${long(1000)}` }));
      await client.takePacket();
      return client;
    };
    const first = createBroker({ data: folder });
    try {
      const { port } = await first.listen();
      const readers: RawClient[] = [];
      for (const clientId of ['a', 'b', 'away']) {
        const reader = await join(port, clientId);
        reader.send(subscribe(5, 1, 'shared', 2));
        await reader.takePacket();
        readers.push(reader);
      }
      await readers[2].end();
      first.publish({ topic: 'shared', payload: 'kept', qos: 2 });
      for (const reader of readers.slice(0, 2)) await reader.takePacket();
      readers[0].send('50020001' + '50020001');
      t.is(await readers[0].take(8), '62020001' + '62020001');
      readers[1].send('50020001');
      t.is(await readers[1].takePacket(), '62020001');
      for (const reader of readers) reader.destroy();
    } finally {
      await first.close({ abrupt: true });
    }
    const second = createBroker({ data: folder });
    try {
      const reader = await join((await second.listen()).port, 'away');
      t.regex(await reader.takePacket(), /6b657074$/);
      reader.destroy();
    } finally {
      await second.close();
    }
  }));
