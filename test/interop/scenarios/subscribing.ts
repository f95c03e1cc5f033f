/** Scenarios of filters, shared subscriptions and UNSUBSCRIBE. Read first: MQTT 5.0 sections 3.8 to 3.11, 4.7, 4.8. */
import { breaksProtocol, demand, Difference, type Peer, type Place } from '../place.js';
import { both, only5, type Scenario } from '../scenario.js';

export const subscribing: readonly Scenario[] = [
  { title: 'wildcards + and #, # with the parent level', versions: both, run: wildcards },
  { title: 'empty levels, as in /a and a//b', versions: both, run: emptyLevels },
  { title: 'topics with full stops', versions: both, run: fullStops },
  { title: 'topics with spaces, * and >, and letters beyond ASCII', versions: both, run: otherCharacters },
  { title: '# and + leave out topics that begin with $', versions: both, run: dollar },
  { title: 'overlapping subscriptions: at the highest QoS', versions: both, run: overlapping },
  { title: 'a subscription made again replaces the first', versions: both, run: madeAgain },
  { title: 'unsubscribes', versions: both, run: unsubscribes },
  { title: 'shared subscriptions (an extension in 3.1.1)', versions: both, run: shared },
  { title: 'subscription identifiers', versions: only5, run: identifiers },
  { title: 'no local, retain as published', versions: only5, run: options },
];

/** What a subscription receives of one message to each topic, in order. */
async function received(place: Place, peer: Peer, filter: string, topics: readonly string[]): Promise<string[]> {
  const mark = `${filter} done`;
  const before = peer.seen.length;
  await peer.client.subscribe(place.topic(filter), { qos: 1 });
  for (const topic of topics) await peer.client.publish(place.topic(topic), topic, { qos: 1 });
  await peer.client.publish(place.topic('mark'), mark, { qos: 1 });
  demand(await peer.hasText(mark), 'does not deliver');
  await peer.client.unsubscribe(place.topic(filter));
  return peer.seen.slice(before).map((seen) => seen.text).filter((text) => text !== mark);
}

type Matches = Readonly<Record<string, readonly string[]>>;

async function matching(place: Place, topics: readonly string[], expected: Matches): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(place.topic('mark'), { qos: 1 });
  for (const [filter, matches] of Object.entries(expected)) {
    const got = await received(place, peer, filter, topics);
    const missing = matches.filter((topic) => !got.includes(topic));
    const extra = got.filter((topic) => !matches.includes(topic));
    demand(missing.length === 0, `${filter} does not get ${missing.join(', ')}`);
    demand(extra.length === 0, `${filter} gets ${extra.join(', ')}`);
  }
}

function wildcards(place: Place): Promise<void> {
  return matching(place, ['a', 'a/b', 'a/b/c', 'd/b', 'd/b/c'], {
    'a/b': ['a/b'], 'a/+': ['a/b'], '+/b': ['a/b', 'd/b'], 'a/#': ['a', 'a/b', 'a/b/c'], '+/b/#': ['a/b', 'a/b/c', 'd/b', 'd/b/c'], 'a/+/c': ['a/b/c'],
  });
}

async function emptyLevels(place: Place): Promise<void> {
  await matching(place, ['a//b', 'a/', 'a'], { 'a//b': ['a//b'], 'a/+/b': ['a//b'], 'a/+': ['a/'] });
  const peer = await place.join('b');
  await peer.client.subscribe(`/${place.name}`, { qos: 1 });
  await peer.client.publish(`/${place.name}`, 'leading', { qos: 1 });
  demand(await peer.hasText('leading'), 'a leading / is lost');
  demand(peer.seen[0].topic === `/${place.name}`, `/a comes as ${peer.seen[0].topic.replace(place.name, 'a')}`);
}

async function sameTopics(place: Place, topics: readonly string[]): Promise<void> {
  const peer = await place.join('a');
  for (const topic of topics) {
    await peer.client.subscribe(place.topic(topic), { qos: 1 });
    const before = peer.seen.length;
    await peer.client.publish(place.topic(topic), 'x', { qos: 1 });
    demand(await peer.comes(() => peer.seen.length > before || peer.loss !== undefined), `does not deliver ${topic}`);
    if (peer.loss !== undefined) throw new Difference(breaksProtocol(peer.loss.status) ? 'breaks the protocol' : `closes the connection at ${topic}`);
    demand(peer.seen[before].topic === place.topic(topic), `${topic} comes as ${peer.seen[before].topic.slice(place.name.length + 1)}`);
  }
}

async function fullStops(place: Place): Promise<void> {
  await sameTopics(place, ['a.b', 'v1.2/x']);
  await matching(place, ['a.b', 'a/b'], { 'a/+': ['a/b'] });
}

function otherCharacters(place: Place): Promise<void> {
  return sameTopics(place, ['naïve/温度', 'a*b', '*', 'a>b', 'two words']);
}

async function dollar(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(`+/${place.name}`, { qos: 1 });
  const hidden = `$midge/${place.name}`;
  // A server may keep such topics to itself.
  await peer.client.publish(hidden, 'hidden', { qos: 1 });
  await peer.client.publish(`open/${place.name}`, 'open', { qos: 1 });
  demand(await peer.hasText('open'), 'does not deliver');
  demand(peer.seen.length === 1, '+/a gets $b/a'); // [MQTT-4.7.2-1]
}

async function overlapping(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(place.topic('#'), { qos: 0 });
  await peer.client.subscribe(place.topic('a/+'), { qos: 1 });
  await peer.client.publish(place.topic('a/b'), 'x', { qos: 1 });
  await peer.client.publish(place.topic('a/b'), 'done', { qos: 1 });
  demand(await peer.comes(() => peer.seen.some((seen) => seen.text === 'done' && seen.qos === 1)), 'not at the highest QoS'); // [MQTT-3.3.4-2]
  const copies = peer.texts().filter((text) => text === 'x').length;
  demand(copies >= 1 && copies <= 2, `${copies} copies of one message`);
}

async function madeAgain(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(place.topic('a'), { qos: 0 });
  await peer.client.subscribe(place.topic('a'), { qos: 1 });
  await peer.client.publish(place.topic('a'), 'x', { qos: 1 });
  await peer.client.publish(place.topic('a'), 'done', { qos: 1 });
  demand(await peer.hasText('done'), 'does not deliver');
  const copies = peer.seen.filter((seen) => seen.text === 'x');
  demand(copies.length === 1, `${copies.length} copies of one message`); // [MQTT-3.8.4-3]
  demand(copies[0].qos === 1, 'keeps the QoS of the first');
}

async function unsubscribes(place: Place): Promise<void> {
  const peer = await place.join('a');
  for (const rest of ['a', 'b']) await peer.client.subscribe(place.topic(rest), { qos: 1 });
  await peer.client.unsubscribe(place.topic('a'));
  await peer.client.publish(place.topic('a'), 'late', { qos: 1 });
  await peer.client.publish(place.topic('b'), 'done', { qos: 1 });
  demand(await peer.hasText('done'), 'does not deliver what is left');
  demand(peer.seen.length === 1, 'goes on delivering'); // [MQTT-3.10.4-1]
}

async function shared(place: Place): Promise<void> {
  const workers = [await place.join('a'), await place.join('b')];
  for (const worker of workers) {
    await worker.client.subscribe(`$share/group/${place.topic('jobs')}`, { qos: 1 });
    await worker.client.subscribe(place.topic('mark'), { qos: 1 });
  }
  const from = await place.join('c');
  for (let job = 0; job < 20; job++) await from.client.publish(place.topic('jobs'), `job ${job}`, { qos: 1 });
  await from.client.publish(place.topic('mark'), 'done', { qos: 1 });
  for (const worker of workers) demand(await worker.hasText('done'), 'does not deliver');
  const count = (): number => workers.reduce((total, worker) => total + worker.seen.length - 1, 0);
  demand(await workers[0].comes(() => count() >= 20), count() === 0 ? 'takes $share for a topic like any other' : `delivers ${count()} of 20`);
  demand(count() === 20, 'delivers to each');
}

async function identifiers(place: Place): Promise<void> {
  const peer = await place.join('a');
  demand(peer.connack.subscriptionIdentifierAvailable !== false, 'has none');
  await peer.client.subscribe(place.topic('a'), { qos: 1 });
  await peer.client.publish(place.topic('a'), 'x', { qos: 1 });
  demand(await peer.has(1), 'does not deliver');
  demand(typeof peer.seen[0].properties.subscriptionIdentifier === 'number', 'does not send them back'); // [MQTT-3.3.4-3]
}

async function options(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.subscribe(place.topic('own'), { qos: 1, noLocal: true });
  await peer.client.subscribe(place.topic('kept'), { qos: 1, retainAsPublished: true });
  await peer.client.publish(place.topic('own'), 'own', { qos: 1 });
  await peer.client.publish(place.topic('kept'), 'kept', { qos: 1, retain: true });
  demand(await peer.hasText('kept'), 'does not deliver');
  demand(peer.seen.length === 1, 'no local is passed over'); // [MQTT-3.8.3-3]
  demand(peer.seen[0].retain, 'retain as published is passed over'); // [MQTT-3.3.1-13]
}
