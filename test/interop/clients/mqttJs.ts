/** MQTT.js. */
import mqtt from 'mqtt';
import { type ForeignClient, type Listener, type ListenOptions, type Message, type SendOptions, sessionExpiryS, userName, type Where } from './driver.js';

function address({ port, version }: Where): mqtt.IClientOptions {
  return { host: '127.0.0.1', port, protocolVersion: version, reconnectPeriod: 0 };
}

function listen(where: Where, options: ListenOptions): Listener {
  const seen: Message[] = [];
  const client = mqtt.connect({
    ...address(where), clientId: options.id, clean: options.isKept !== true, keepalive: options.keepAliveS ?? 60,
    ...options.isKept === true && where.version === 5 ? { properties: { sessionExpiryInterval: sessionExpiryS } } : {},
    ...options.password === undefined ? {} : { username: userName, password: options.password },
    ...options.willTopic === undefined ? {} : { will: { topic: options.willTopic, payload: Buffer.from('will'), qos: 1 as const, retain: false } },
  });
  client.on('message', (topic, payload, packet) => { seen.push({ topic, payload, qos: packet.qos, retain: packet.retain }); });
  // A refusal is what a conversation is about; the broker tells.
  client.on('error', () => undefined);
  client.once('connect', () => {
    if (options.unsubscribe !== undefined) client.unsubscribe(options.unsubscribe);
    client.subscribe([...options.filters], { qos: options.qos });
  });
  return {
    seen,
    leave: async () => { await client.endAsync(); },
    kill: async () => {
      client.stream.destroy();
      await client.endAsync(true);
    },
  };
}

async function send(where: Where, { topic, payload, qos, retain }: SendOptions): Promise<void> {
  const client = await mqtt.connectAsync(address(where));
  await client.publishAsync(topic, Buffer.from(payload), { qos, retain: retain === true });
  await client.endAsync();
}

export const mqttJs: ForeignClient = { name: 'MQTT.js', keepAliveMinS: 1, available: () => true, listen, send };
