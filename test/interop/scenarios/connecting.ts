/** Scenarios of CONNECT and of the end of a connection. Read first: MQTT 5.0 sections 3.1, 3.2, 3.12, 4.13. */
import { type MidgeError, Reason, Status } from '../../../targets/node/index.js';
import { demand, pause, type Place } from '../place.js';
import { both, only5, type Scenario } from '../scenario.js';
import { user } from '../server.js';

export const connecting: readonly Scenario[] = [
  { title: 'speaks MQTT 3.1.1', versions: [4], run: speaks },
  { title: 'speaks MQTT 5.0', versions: [5], isOfVersion: true, run: speaks },
  { title: 'connects, with an identifier of 64 characters', versions: both, run: connects },
  { title: 'gives an empty identifier a name', versions: both, run: emptyIdentifier },
  { title: 'lets in with the right password, refuses a wrong one in CONNACK', versions: both, run: passwords },
  { title: 'answers PINGREQ and keeps an idle client', versions: both, run: keepsIdle },
  { title: 'a second client with the identifier takes over', versions: both, run: takeOver },
  { title: 'says in DISCONNECT that the session was taken over', versions: only5, run: takeOverSaid },
];

async function speaks(place: Place): Promise<void> {
  const peer = place.prepare('a');
  const refusal = await peer.client.connect().then(() => undefined, (thrown: MidgeError) => thrown);
  demand(refusal === undefined, refusal?.status === Status.Refused ? 'refuses it in CONNACK' : 'closes the connection'); // [MQTT-3.1.2-2]
}

async function connects(place: Place): Promise<void> {
  const peer = await place.join('x'.repeat(64 - place.name.length));
  demand(!peer.sessionPresent, 'session present at a clean start'); // [MQTT-3.2.2-2]
}

async function emptyIdentifier(place: Place): Promise<void> {
  const peer = await place.join('', { clientId: '' });
  demand(place.version === 4 || peer.client.clientId !== '', 'assigns none'); // [MQTT-3.1.3-7]
  const other = await place.join('', { clientId: '' });
  demand(peer.client.isConnected && other.client.isConnected, 'takes two of them for one client');
}

async function passwords(place: Place): Promise<void> {
  await place.join('right', { username: user.name, password: user.password });
  const peer = place.prepare('wrong', { username: user.name, password: 'guess' });
  try {
    await peer.client.connect();
  } catch (thrown) {
    const { status, reason } = thrown as MidgeError;
    demand(status === Status.Refused && reason !== 0, 'closes without CONNACK');
    return;
  }
  demand(false, 'lets it in');
}

async function keepsIdle(place: Place): Promise<void> {
  // Twice as long as the server waits; what it waits beyond the keep alive is how late a busy machine may send PINGREQ.
  const peer = await place.join('idle', { keepAliveS: 3 });
  await pause(9000);
  demand(peer.client.isConnected, 'drops it'); // [MQTT-3.12.4-1]
}

async function takeOver(place: Place): Promise<void> {
  const first = await place.join('one');
  const second = await place.join('one');
  demand(await first.comes(() => first.loss !== undefined), 'keeps both'); // [MQTT-3.1.4-3]
  await second.client.subscribe(place.topic('a'), { qos: 1 });
  await second.client.publish(place.topic('a'), 'served', { qos: 1 });
  demand(await second.has(1), 'does not serve the second');
}

async function takeOverSaid(place: Place): Promise<void> {
  const first = await place.join('one');
  await place.join('one');
  demand(await first.comes(() => first.loss !== undefined), 'keeps both');
  demand(first.loss?.reason === Reason.SessionTakenOver, 'closes without it');
}
