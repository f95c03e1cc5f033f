/** Scenarios of what a server keeps: retained messages, wills, sessions. Read first: MQTT 5.0 sections 3.1.2, 3.3.1.3, 4.1, 4.4. */
import { Reason } from '../../../targets/node/index.js';
import { demand, pause, type Peer, type Place } from '../place.js';
import { both, only5, type Scenario } from '../scenario.js';

export const keeping: readonly Scenario[] = [
  { title: 'retained: the last message for a new subscription', versions: both, run: retained },
  { title: 'retained: a filter with wildcards gets all that match', versions: both, run: retainedWildcard },
  { title: 'retained: an empty payload clears it', versions: both, run: retainedCleared },
  { title: 'retained: subscribing again sends it again', versions: both, run: retainedAgain },
  { title: 'retain handling 1 and 2', versions: only5, run: retainHandling },
  { title: 'will: sent when the connection is cut, not after DISCONNECT', versions: both, run: will },
  { title: 'will: sent when the client goes silent (keep alive)', versions: both, run: willSilent },
  { title: 'will: retained', versions: both, run: willRetained },
  { title: 'will: with a delay, and at DISCONNECT if asked for', versions: only5, run: willDelay },
  { title: 'session: resumed, with the messages of QoS 1 in order', versions: both, run: (place) => resumes(place, 1) },
  { title: 'session: resumed, with the messages of QoS 2 in order', versions: both, run: (place) => resumes(place, 2) },
  { title: 'session: a clean start forgets it', versions: both, run: cleanStart },
  { title: 'session: expires when it shall', versions: only5, run: expires },
  { title: 'a restart of the server: session, messages and retained are kept', versions: both, restarts: true, run: serverRestart },
];

async function publishAll(peer: Peer, place: Place, messages: Readonly<Record<string, string>>, retain: boolean): Promise<void> {
  for (const [rest, text] of Object.entries(messages)) await peer.client.publish(place.topic(rest), text, { qos: 1, retain });
}

async function retained(place: Place): Promise<void> {
  const from = await place.join('a');
  await from.client.subscribe(place.topic('t'), { qos: 1 });
  for (const text of ['old', 'new']) await from.client.publish(place.topic('t'), text, { qos: 1, retain: true });
  demand(await from.has(2), 'does not deliver');
  demand(from.seen.every((seen) => !seen.retain), 'sets RETAIN for a subscription that was there'); // v3:[MQTT-3.3.1-9]
  const to = await place.join('b');
  await to.client.subscribe(place.topic('t'), { qos: 1 });
  demand(await to.has(1), 'none is sent'); // [MQTT-3.3.1-9]
  demand(to.seen[0].text === 'new', 'not the last');
  demand(to.seen[0].retain, 'without RETAIN'); // v3:[MQTT-3.3.1-8]
  demand(to.seen[0].qos === 1, `at QoS ${to.seen[0].qos}`);
}

async function retainedWildcard(place: Place): Promise<void> {
  const from = await place.join('a');
  await publishAll(from, place, { 'r/x/1': 'x1', 'r/x/2': 'x2', 'r/y/1': 'y1' }, true);
  const to = await place.join('b');
  await to.client.subscribe(place.topic('r/#'), { qos: 1 });
  demand(await to.has(3), `${to.seen.length} of 3`);
  await to.client.subscribe(place.topic('r/+/1'), { qos: 1 });
  demand(await to.has(5), 'none for +');
}

async function retainedCleared(place: Place): Promise<void> {
  const from = await place.join('a');
  await publishAll(from, place, { t: 'x', u: 'stays' }, true);
  await from.client.publish(place.topic('t'), '', { qos: 1, retain: true });
  const to = await place.join('b');
  await to.client.subscribe(place.topic('t'), { qos: 1 });
  await to.client.subscribe(place.topic('u'), { qos: 1 });
  demand(await to.hasText('stays'), 'none is sent');
  demand(to.seen.length === 1, 'stays'); // [MQTT-3.3.1-6]
}

async function retainedAgain(place: Place): Promise<void> {
  const peer = await place.join('a');
  await peer.client.publish(place.topic('t'), 'x', { qos: 1, retain: true });
  for (const count of [1, 2]) {
    await peer.client.subscribe(place.topic('t'), { qos: 1 });
    demand(await peer.has(count), count === 1 ? 'none is sent' : 'once only'); // [MQTT-3.3.1-9]
  }
}

async function retainHandling(place: Place): Promise<void> {
  const peer = await place.join('a');
  await publishAll(peer, place, { never: 'never', new: 'new', t: 'x' }, true);
  await peer.client.subscribe(place.topic('never'), { qos: 1, retainHandling: 2 });
  for (let time = 0; time < 2; time++) await peer.client.subscribe(place.topic('new'), { qos: 1, retainHandling: 1 });
  await peer.client.subscribe(place.topic('t'), { qos: 1 });
  demand(await peer.hasText('x'), 'none is sent');
  demand(peer.texts().join() === 'new,x', `sends ${peer.texts().join()}`); // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
}

async function watcher(place: Place): Promise<Peer> {
  const peer = await place.join('watcher');
  await peer.client.subscribe(place.topic('will/#'), { qos: 1 });
  return peer;
}

async function will(place: Place): Promise<void> {
  const watching = await watcher(place);
  const line = await place.line();
  const calm = await place.join('calm', { will: { topic: place.topic('will/calm'), payload: 'calm', qos: 1 } });
  await place.join('lost', { port: line.port, will: { topic: place.topic('will/lost'), payload: 'lost', qos: 1 } });
  await calm.leave();
  line.cut();
  demand(await watching.hasText('lost'), 'not sent'); // [MQTT-3.1.2-8]
  demand(watching.seen.length === 1, 'sent after DISCONNECT'); // [MQTT-3.14.4-3]
  demand(watching.seen[0].qos === 1, `at QoS ${watching.seen[0].qos}`);
}

async function willSilent(place: Place): Promise<void> {
  const watching = await watcher(place);
  const line = await place.line();
  await place.join('silent', { port: line.port, keepAliveS: 1, will: { topic: place.topic('will/silent'), payload: 'silent', qos: 1 } });
  line.stall();
  demand(await watching.hasText('silent'), 'not sent'); // [MQTT-3.1.2-22]
}

async function willRetained(place: Place): Promise<void> {
  const watching = await watcher(place);
  const line = await place.line();
  await place.join('lost', { port: line.port, will: { topic: place.topic('will/lost'), payload: 'offline', qos: 1, retain: true } });
  line.cut();
  demand(await watching.hasText('offline'), 'not sent');
  const later = await place.join('later');
  await later.client.subscribe(place.topic('will/lost'), { qos: 1 });
  demand(await later.hasText('offline'), 'not retained'); // [MQTT-3.1.2-15]
}

/** The delay is what a busy machine may need until the client is back. */
async function willDelay(place: Place): Promise<void> {
  const watching = await watcher(place);
  const line = await place.line();
  const options = (text: string): object => ({
    ...place.kept, will: { topic: place.topic('will/x'), payload: text, qos: 1, delayS: 4 },
  });
  await place.join('back', { ...options('back'), port: line.port });
  line.cut();
  await place.join('back', options('back'));
  const asking = await place.join('asking', { will: { topic: place.topic('will/x'), payload: 'asked for', qos: 1 } });
  await asking.client.end({ reason: Reason.DisconnectWithWill });
  demand(await watching.hasText('asked for'), 'not sent when asked for');
  await place.join('lost', { ...options('lost'), port: line.port });
  line.cut();
  demand(await watching.hasText('lost'), 'not sent');
  demand(watching.texts().join() === 'asked for,lost', 'sent though the client came back'); // [MQTT-3.1.3-9]
}

async function resumes(place: Place, qos: 1 | 2): Promise<void> {
  const first = await place.join('a', place.kept);
  await first.client.subscribe(place.topic('t'), { qos });
  await first.leave();
  const from = await place.join('b');
  const texts = Array.from({ length: 50 }, (_, number) => String(number));
  for (const text of texts) await from.client.publish(place.topic('t'), text, { qos });
  const again = await place.join('a', place.kept);
  demand(again.sessionPresent, 'without session present'); // [MQTT-3.2.2-3]
  demand(await again.has(50), `${again.seen.length} of 50 messages`);
  demand(again.texts().join() === texts.join(), 'out of order');
  demand(again.seen.every((seen) => seen.qos === qos), `at QoS ${again.seen[0].qos}`);
}

async function cleanStart(place: Place): Promise<void> {
  const first = await place.join('a', place.kept);
  for (const rest of ['t', 'u']) await first.client.subscribe(place.topic(rest), { qos: 1 });
  await first.leave();
  const from = await place.join('b');
  await from.client.publish(place.topic('t'), 'old', { qos: 1 });
  const anew = await place.join('a');
  demand(!anew.sessionPresent, 'says session present'); // [MQTT-3.1.2-4]
  await anew.client.subscribe(place.topic('u'), { qos: 1 });
  await from.client.publish(place.topic('t'), 'other', { qos: 1 });
  await from.client.publish(place.topic('u'), 'new', { qos: 1 });
  demand(await anew.hasText('new'), 'does not deliver');
  demand(anew.seen.length === 1, 'delivers to the old subscription');
}

async function expires(place: Place): Promise<void> {
  for (const [sessionExpiryS, isKept] of [[1, false], [600, true]] as const) {
    const first = await place.join(`s${sessionExpiryS}`, { cleanStart: false, sessionExpiryS });
    await first.leave();
    await pause(isKept ? 0 : 2500);
    const again = await place.join(`s${sessionExpiryS}`, { cleanStart: false, sessionExpiryS });
    demand(again.sessionPresent === isKept, isKept ? 'forgets it too early' : 'keeps it longer'); // [MQTT-3.1.2-23]
  }
}

async function serverRestart(place: Place): Promise<void> {
  const first = await place.join('a', place.kept);
  await first.client.subscribe(place.topic('t'), { qos: 1 });
  await first.leave();
  const from = await place.join('b', { reconnect: { minMs: 10, maxMs: 200 } });
  for (const text of ['1', '2', '3']) await from.client.publish(place.topic('t'), text, { qos: 1 });
  await from.client.publish(place.topic('r'), 'retained', { qos: 1, retain: true });
  await place.server.restart();
  demand(await from.comes(() => from.client.isConnected && from.client.stats.connects === 2), 'does not come back');
  await from.client.publish(place.topic('t'), '4', { qos: 1 });
  const again = await place.join('a', place.kept);
  demand(again.sessionPresent, 'forgets the session');
  demand(await again.has(4), `${again.seen.length} of 4 messages`);
  demand(again.texts().join() === '1,2,3,4', 'out of order');
  await again.client.subscribe(place.topic('r'), { qos: 1 });
  demand(await again.hasText('retained'), 'forgets what was retained');
}
