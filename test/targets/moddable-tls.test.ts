/** The ECMA-419 client over TLS, on the stub of the SDK's TLS socket, against the reference broker. */
import test from 'ava';
import { makeCertificate, startBroker } from '../node/support.js';
import { buffer, connected, MQTTClient, network, TCP } from './moddable/site.js';
import { until } from '../until.js';

const { default: TLSSocket } = await import('./moddable/stub/tls.js');

test('messages both ways, and an end where the certificate is not trusted', async (t) => {
  const tls = await makeCertificate();
  const { port } = await startBroker(t, {}, { transport: 'tls', tls });
  const socket = { io: TLSSocket, TCP: { io: TCP }, secure: { certificate: tls.cert } };
  const { client, control, fragments } = await connected(t, port, { ...network, socket });
  client.write(null, { operation: MQTTClient.SUBSCRIBE, items: [{ topic: 'a/#', QoS: 2 }] });
  for (const QoS of [0, 1, 2]) client.write(buffer(`text ${QoS}`), { topic: 'a/b', QoS });
  await until(() => fragments.length === 3 && control.some(({ operation }) => operation === MQTTClient.PUBCOMP), () => JSON.stringify(control));
  const untrusted: string[] = [];
  const stranger = new MQTTClient({ host: 'localhost', port, ...network, socket: { io: TLSSocket, TCP: { io: TCP } }, onError: (error) => { untrusted.push(error?.message ?? ''); } });
  await until(() => untrusted.length > 0, () => 'the refusal of a certificate that nobody vouches for');
  stranger.close();
  t.deepEqual(fragments.map(({ text }) => text), ['text 0', 'text 1', 'text 2']);
});
