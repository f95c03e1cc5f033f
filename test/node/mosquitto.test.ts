/** The conversations of the Node port with a real Mosquitto, where one is installed. */
import test from 'ava';
import { Reason, Status } from '../../targets/node/index.js';
import { findProgram, registerNotRun } from '../engines/installed.js';
import { refusesTopic, resumes, streams, talksAtEveryQos } from './conversation.js';
import { startMosquitto } from './mosquitto.js';
import { type Certificate, makeCertificate, makeClient, rejection } from './support.js';

const binary = findProgram('mosquitto');
let certificate: Certificate;

test.before(async () => {
  certificate = await makeCertificate();
});

if (binary === undefined) {
  registerNotRun(test, 'Mosquitto is installed', 'Mosquitto is not installed: its conversations were NOT RUN (Debian: apt-get install mosquitto)');
} else {
  for (const protocolVersion of [4, 5] as const) {
    test.serial(`Mosquitto, version ${protocolVersion}: publishes and receives at every QoS`, async (t) => {
      const { port } = await startMosquitto(t, binary, certificate);
      await talksAtEveryQos(t, { url: `mqtt://127.0.0.1:${port}`, protocolVersion }, 'talk');
    });

    test.serial(`Mosquitto, version ${protocolVersion}: streams payloads larger than its buffers`, async (t) => {
      const { port } = await startMosquitto(t, binary, certificate);
      await streams(t, { url: `mqtt://127.0.0.1:${port}`, protocolVersion }, 'stream');
    });

    test.serial(`Mosquitto, version ${protocolVersion}: a session resumes across a restart of the broker [MQTT-4.4.0-1]`, async (t) => {
      const mosquitto = await startMosquitto(t, binary, certificate);
      await resumes(t, { url: `mqtt://127.0.0.1:${mosquitto.port}`, protocolVersion }, `resumer${protocolVersion}`, () => mosquitto.restart());
    });

    test.serial(`Mosquitto, version ${protocolVersion}: TLS, and a clean error without trust`, async (t) => {
      const { tlsPort } = await startMosquitto(t, binary, certificate);
      const url = `mqtts://127.0.0.1:${tlsPort}`;
      await talksAtEveryQos(t, { url, protocolVersion, tls: { ca: certificate.cert } }, 'talk');
      const error = await rejection(t, makeClient(t, { url, protocolVersion, reconnect: false }).connect());
      t.is(error.status, Status.LinkFailed);
      t.regex(error.message, /certificate .*\(tls\.ca\)/);
    });

    test.serial(`Mosquitto, version ${protocolVersion}: bad topics and filters are refused in words`, async (t) => {
      const { port } = await startMosquitto(t, binary, certificate);
      await refusesTopic(t, { url: `mqtt://127.0.0.1:${port}`, protocolVersion });
    });
  }

  test.serial('Mosquitto, version 5: properties come through, and a publish that nobody wants says so', async (t) => {
    const { port } = await startMosquitto(t, binary, certificate);
    const client = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, topicAliasMaximum: 10, topicAliasesOut: 10, userProperties: [['who', 'midge']] });
    await client.connect();
    t.is((await client.publish('nobody', 'x', { qos: 1 })).reason, Reason.NoMatchingSubscribers);
    await client.subscribe('a/b');
    const properties = {
      payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'a/answer', correlationData: Buffer.from([1, 2, 3]),
      userProperties: [['k', 'v'], ['k', 'w']] as [string, string][],
    };
    for (let n = 0; n < 3; n++) {
      const received = new Promise<unknown>((resolve) => {
        client.once('message', (_topic, _payload, packet) => resolve(packet.properties));
      });
      await client.publish('a/b', 'x', { properties, expiryS: 1000 });
      const got = (await received) as typeof properties & { messageExpiryInterval: number; topicAlias?: number; subscriptionIdentifier: number };
      t.like(got, { payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'a/answer', userProperties: properties.userProperties });
      t.deepEqual([...got.correlationData], [1, 2, 3]);
      t.true(got.messageExpiryInterval <= 1000 && got.messageExpiryInterval >= 990);
    }
    await client.end();
  });
}
