/** Scenarios of what MQTT 5.0 brought. Read first: MQTT 5.0 sections 3.1.2.11, 3.2.2.3, 3.3.2.3, 4.9, 4.10. */
import { Reason } from '../../../targets/node/index.js';
import { demand, pause, type Place } from '../place.js';
import { both, only5, type Scenario } from '../scenario.js';

export const version5: readonly Scenario[] = [
  { title: 'properties of a message, user properties in order', versions: only5, run: properties },
  { title: 'request and response', versions: both, run: request },
  { title: 'message expiry, with the time that is left', versions: only5, run: expiry },
  { title: 'takes topic aliases', versions: only5, run: aliases },
  { title: "never exceeds the client's Receive Maximum", versions: only5, run: receiveMaximum },
  { title: 'a backlog of QoS 2 goes to a client with Receive Maximum 4', versions: only5, run: backlog },
  { title: "sends nothing beyond the client's Maximum Packet Size", versions: only5, run: maximumPacketSize },
  { title: 'reason code: no matching subscribers', versions: only5, run: reasonCodes },
];

async function properties(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(place.topic('t'), { qos: 1 });
  const sent = {
    payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: place.topic('answer'), correlationData: Buffer.from([0, 1, 255]),
    userProperties: [['b', '1'], ['a', '2'], ['b', '3']] as [string, string][],
  };
  await peer.client.publish(place.topic('t'), 'x', { qos: 1, properties: sent });
  demand(await peer.has(1), 'does not deliver');
  const got = peer.seen[0].properties;
  demand(got.payloadFormatIndicator === true, 'without payload format indicator'); // [MQTT-3.3.2-4]
  demand(got.contentType === sent.contentType, 'without content type'); // [MQTT-3.3.2-20]
  demand(got.responseTopic === sent.responseTopic, 'without response topic'); // [MQTT-3.3.2-15]
  demand(Buffer.from(got.correlationData ?? []).equals(sent.correlationData), 'without correlation data'); // [MQTT-3.3.2-16]
  demand(JSON.stringify(got.userProperties) === JSON.stringify(sent.userProperties), 'changes user properties'); // [MQTT-3.3.2-17] [MQTT-3.3.2-18]
}

async function request(place: Place): Promise<void> {
  const [asking, answering] = [await place.join('asking'), await place.join('answering')];
  const answers = place.topic('asking/answers');
  await asking.client.subscribe(answers, { qos: 1 });
  await answering.client.subscribe(place.topic('question'), { qos: 1 });
  const correlationData = Buffer.from('7');
  await asking.client.publish(place.topic('question'), '6 × 7', { qos: 1, ...place.version === 5 ? { properties: { responseTopic: answers, correlationData } } : {} });
  demand(await answering.has(1), 'the question does not come');
  const topic = place.version === 5 ? answering.seen[0].properties.responseTopic ?? '' : answers;
  demand(topic === answers, 'without response topic');
  await answering.client.publish(topic, '42', { qos: 1, ...place.version === 5 ? { properties: { correlationData: answering.seen[0].properties.correlationData ?? Buffer.alloc(0) } } : {} });
  demand(await asking.has(1), 'the answer does not come');
  demand(place.version === 4 || Buffer.from(asking.seen[0].properties.correlationData ?? []).toString() === '7', 'without correlation data');
}

async function expiry(place: Place): Promise<void> {
  const first = await place.join('a', place.kept);
  await first.client.subscribe(place.topic('t'), { qos: 1 });
  await first.leave();
  const from = await place.join('b');
  await from.client.publish(place.topic('t'), 'short', { qos: 1, expiryS: 1 });
  await from.client.publish(place.topic('t'), 'long', { qos: 1, expiryS: 100 });
  await pause(2200);
  const again = await place.join('a', place.kept);
  demand(await again.hasText('long'), 'does not deliver what has not expired');
  demand(again.seen.length === 1, 'delivers what has expired'); // [MQTT-3.3.2-5]
  const left = again.seen[0].properties.messageExpiryInterval ?? Infinity;
  demand(left < 100, 'does not count down'); // [MQTT-3.3.2-6]
}

async function aliases(place: Place): Promise<void> {
  const peer = await place.join('a', { topicAliasesOut: 5, topicAliasMaximum: 5 });
  demand((peer.connack.topicAliasMaximum ?? 0) > 0, 'takes none');
  await peer.client.subscribe(place.topic('#'), { qos: 1 });
  const topics = Array.from({ length: 60 }, (_, number) => place.topic(String(number % 8)));
  for (const topic of topics) await peer.client.publish(topic, topic, { qos: 1 });
  demand(await peer.has(60), `${peer.seen.length} of 60 messages`);
  demand(peer.seen.every((seen) => seen.topic === seen.text), 'confuses topics');
}

async function receiveMaximum(place: Place): Promise<void> {
  const peer = await place.join('a', { receiveMaximum: 2, acknowledge: 'by-application' });
  await peer.client.subscribe(place.topic('t'), { qos: 1 });
  await peer.client.subscribe(place.topic('mark'), { qos: 0 });
  const from = await place.join('b');
  for (let number = 0; number < 6; number++) await from.client.publish(place.topic('t'), String(number), { qos: 1 });
  await from.client.publish(place.topic('mark'), 'mark', { qos: 0 });
  demand(await peer.hasText('mark'), 'holds QoS 0 back as well'); // Receive Maximum is about QoS 1 and 2 only.
  demand(peer.seen.length === 3, `sends ${peer.seen.length - 1} at once`); // [MQTT-3.3.4-9]
  for (let at = 0; at < 7; at++) {
    demand(await peer.comes(() => peer.seen.length > at || peer.loss !== undefined), 'does not go on');
    demand(peer.loss === undefined, 'exceeds it after an acknowledgement');
    if (peer.seen[at].qos > 0) peer.seen[at].acknowledge();
  }
}

async function backlog(place: Place): Promise<void> {
  const options = { ...place.kept, receiveMaximum: 4 };
  const first = await place.join('a', options);
  await first.client.subscribe(place.topic('t'), { qos: 2 });
  await first.leave();
  const from = await place.join('b');
  for (let number = 0; number < 30; number++) await from.client.publish(place.topic('t'), String(number), { qos: 2 });
  const again = await place.join('a', options);
  await again.comes(() => again.seen.length >= 30 || again.loss !== undefined);
  demand(again.loss === undefined, 'sends more at once'); // [MQTT-3.3.4-9]
  demand(again.seen.length === 30, `${again.seen.length} of 30 messages`);
}

async function maximumPacketSize(place: Place): Promise<void> {
  const peer = await place.join('a', { maximumPacketBytes: 200 });
  await peer.client.subscribe(place.topic('t'), { qos: 1 });
  const from = await place.join('b');
  await from.client.publish(place.topic('t'), 'x'.repeat(500), { qos: 1 });
  await from.client.publish(place.topic('t'), 'small', { qos: 1 });
  demand(await peer.hasText('small'), peer.loss === undefined ? 'does not go on' : 'sends it'); // [MQTT-3.1.2-24]
  demand(peer.seen.length === 1, 'sends it');
}

async function reasonCodes(place: Place): Promise<void> {
  const peer = await place.join('a');
  const { reason } = await peer.client.publish(place.topic('nobody'), 'x', { qos: 1 });
  demand(reason === Reason.NoMatchingSubscribers, 'does not say that nobody subscribes');
}
