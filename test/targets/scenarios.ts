/**
 * What every target must do through its platform's own API, as a table. Each row is played against the reference broker and
 * Mosquitto. Statements cited are those of 3.1.1. Must not know platforms.
 */
import assert from 'node:assert/strict';
import { pause } from '../interop/place.js';
import { user } from '../interop/server.js';
import { type Random } from '../unit/random.js';
import { until } from '../until.js';
import { hexOf, textOf } from './actor.js';
import { ScriptedServer } from './scripted-server.js';
import { heard, patienceMs, publishAll, type Stage, told } from './stage.js';

export interface TargetScenario {
  readonly title: string;
  /** Played with a server of its own instead of a broker, so once only. */
  readonly isScripted?: true;
  readonly qosMin?: 1 | 2;
  /** The actor itself writes to the socket, and so sees when that takes no more. */
  readonly needsSocket?: true;
  /** Waits most of its time: played beside others of its kind, when the rest is over. */
  readonly isPatient?: true;
  run(stage: Stage, random: Random): Promise<void>;
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `text ${n}`);
}

async function connects(stage: Stage): Promise<void> {
  const actor = await stage.actor();
  told(await actor.connected({ port: stage.server.port, clientId: stage.clientId, user: user.name, password: user.password }), 0);
  actor.say('disconnect');
  await actor.next('disconnected');
}

async function refused(stage: Stage): Promise<void> {
  const actor = await stage.actor();
  actor.connect({ port: stage.server.port, clientId: stage.clientId, user: user.name, password: 'wrong' });
  const { words: [code = ''] } = await actor.next('refused', 'connected');
  // 134 and 135 are those of 5.0.
  assert.ok(['0', '4', '5', '134', '135'].includes(code), `refused with ${code}`);
  assert.deepEqual(actor.untaken('connected'), []);
}

async function publishes(stage: Stage): Promise<void> {
  for (const qos of stage.everyQos) {
    const watcher = await stage.watcher(`out/${qos}`);
    const actor = await stage.device();
    await publishAll(actor, stage.topic(`out/${qos}`), numbered(20), qos);
    assert.ok(await watcher.has(20), `QoS ${qos}: ${watcher.seen.length} of 20 came`);
    assert.deepEqual(watcher.texts(), numbered(20));
    assert.ok(watcher.seen.every((message) => message.qos === qos));
    await actor.stop();
    await watcher.leave();
  }
}

async function retains(stage: Stage): Promise<void> {
  const actor = await stage.device();
  actor.publish(stage.topic('kept'), 'on', Math.min(1, stage.qosMax), true);
  await actor.next('published');
  const watcher = await stage.watcher('kept');
  assert.ok(await watcher.hasText('on'));
  assert.ok(watcher.seen[0].retain);
  await actor.subscribed(stage.topic('kept'), 0);
  const message = await heard(actor);
  assert.equal(message.text, 'on');
  told(message.retain, 1);
  actor.publish(stage.topic('kept'), '', 0, true); // [MQTT-3.3.1-10]
  await actor.next('published');
}

async function receives(stage: Stage): Promise<void> {
  const peer = await stage.peer('sender');
  const actor = await stage.device();
  for (const qos of stage.everyQos) {
    const granted = await actor.subscribed(stage.topic(`in/${qos}/+`), qos);
    told(granted, qos);
    for (const text of ['', ...numbered(19)]) await peer.client.publish(stage.topic(`in/${qos}/x`), text, { qos });
    for (const text of ['', ...numbered(19)]) {
      const message = await heard(actor);
      assert.deepEqual([message.topic, message.text], [stage.topic(`in/${qos}/x`), text]);
      told(message.qos, qos);
    }
  }
  actor.say('unsubscribe', hexOf(stage.topic('in/0/+')));
  assert.equal(textOf((await actor.next('unsubscribed')).words[0]), stage.topic('in/0/+'));
  const mark = stage.everyQos[stage.everyQos.length - 1];
  await peer.client.publish(stage.topic('in/0/x'), 'no longer', { qos: 1 });
  if (mark > 0) {
    await peer.client.publish(stage.topic(`in/${mark}/x`), 'mark', { qos: mark });
    assert.equal((await heard(actor)).text, 'mark'); // [MQTT-3.10.4-2]
  }
}

/** What was sent while the device was away comes when it is back, and at QoS 2 exactly once. */
async function resumesInbound(stage: Stage): Promise<void> {
  const peer = await stage.peer('sender');
  const actor = await stage.device({ clean: false });
  await actor.subscribed(stage.topic('in'), stage.qosMax);
  stage.line.shut();
  await actor.next('lost');
  for (const text of numbered(10)) await peer.client.publish(stage.topic('in'), text, { qos: stage.qosMax as 1 | 2 });
  stage.line.letThrough();
  told((await actor.next('connected')).words[0] ?? '-', 1);
  const seen: string[] = [];
  while (!seen.includes('text 9')) seen.push((await heard(actor)).text);
  if (stage.qosMax === 2) assert.deepEqual(seen, numbered(10));
  else assert.deepEqual([...new Set(seen)], numbered(10));
}

/** [MQTT-4.4.0-1]: what was not acknowledged is sent again, and at QoS 2 arrives exactly once [MQTT-4.3.3-1]. */
async function resumesOutbound(stage: Stage, random: Random): Promise<void> {
  for (const qos of stage.everyQos.slice(1)) {
    const watcher = await stage.watcher(`out/${qos}`);
    const actor = await stage.device({ clean: false });
    const texts = numbered(30);
    let isOver = false;
    const cutting = (async (): Promise<void> => {
      for (let cuts = 0; cuts < 3 && !isOver; cuts++) {
        await pause(20 + random.below(200));
        stage.line.cut();
      }
    })();
    await publishAll(actor, stage.topic(`out/${qos}`), texts, qos);
    isOver = true;
    await cutting;
    assert.ok(await watcher.hasText(texts[texts.length - 1]));
    const seen = watcher.texts();
    assert.deepEqual([...new Set(seen)].sort(), [...texts].sort());
    if (qos === 2) assert.equal(seen.length, texts.length, 'a QoS 2 message came twice');
    await actor.stop();
    await watcher.leave();
  }
}

async function oversized(stage: Stage): Promise<void> {
  const peer = await stage.peer('sender');
  const actor = await stage.device();
  await actor.subscribed(stage.topic('big'), 0);
  const payload = Buffer.alloc(3000, 'abcdefg');
  await peer.client.publish(stage.topic('big'), payload, { qos: 1 });
  await peer.client.publish(stage.topic('big'), 'small', { qos: 1 });
  const { kind, words: [topic, length, sum] } = await actor.next('large', 'overflow', 'message');
  assert.equal(kind, stage.description.large === 'streamed' ? 'large' : 'overflow');
  assert.equal(textOf(topic), stage.topic('big'));
  if (kind === 'large') assert.deepEqual([length, sum], ['3000', String(payload.reduce((total, byte) => (total + byte) % 65536, 0))]);
  assert.equal((await heard(actor)).text, 'small');
}

/** A link that died without a word is found by PINGREQ [MQTT-3.1.2-24], and replaced. */
async function keepAliveLost(stage: Stage): Promise<void> {
  // Beyond it a server waits half as long: what a busy machine may be late by.
  const actor = await stage.device({ keepAliveS: 2 });
  await pause(5000);
  assert.deepEqual(actor.untaken('lost'), [], 'lost although the server answered its pings');
  stage.line.stall();
  await actor.next('lost');
  await actor.next('connected');
}

async function storm(stage: Stage, random: Random): Promise<void> {
  const qos = stage.qosMax as 1 | 2;
  const peer = await stage.watcher('up');
  const actor = await stage.device({ clean: false });
  await actor.subscribed(stage.topic('down'), qos);
  let isOver = false;
  const cutting = (async (): Promise<void> => {
    for (let cuts = 0; cuts < 20 && !isOver; cuts++) {
      // Mosquitto forgets a PUBREC when the connection that comes next is cut as well before it has sent its PUBREL: the message comes again.
      if (stage.serverName === 'Mosquitto') await until(() => stage.line.isAnswered || isOver, 'an answer of Mosquitto').then(() => pause(20));
      await pause(random.below(120));
      stage.line.cut();
    }
  })();
  const texts = numbered(30);
  const down = (async (): Promise<void> => {
    for (const text of texts) {
      await peer.client.publish(stage.topic('down'), text, { qos });
      // The cuts are to fall among them.
      await pause(40);
    }
  })();
  await publishAll(actor, stage.topic('up'), texts, qos);
  await down;
  const seen: string[] = [];
  while (!texts.every((text) => seen.includes(text))) seen.push((await heard(actor)).text);
  isOver = true;
  await cutting;
  assert.ok(await peer.comes(() => texts.every((text) => peer.texts().includes(text))));
  if (qos === 2) assert.deepEqual([seen.length, peer.seen.length], [texts.length, texts.length]);
}

async function will(stage: Stage): Promise<void> {
  const watcher = await stage.watcher('will');
  const gone = { topic: stage.topic('will'), payload: 'gone', qos: 0, retain: false };
  const calm = await stage.device({ will: { ...gone, payload: 'calm' } });
  calm.say('disconnect');
  await calm.next('disconnected');
  const actor = await stage.device({ will: gone });
  await actor.kill();
  assert.ok(await watcher.hasText('gone'));
  assert.deepEqual(watcher.texts(), ['gone']); // [MQTT-3.14.4-3]
}

const connackAccepted = Buffer.from('20020000', 'hex');

/** Violations after a good CONNACK, each of which must end the connection [MQTT-4.8.0-1] and nothing else. */
const garbage: readonly (readonly [what: string, hex: string])[] = [
  ['a reserved packet type', '0000'],
  ['a packet that only clients send', '82050001000161'],
  ['a Remaining Length of five bytes', '30ffffffff7f'],
  ['a topic that is no UTF-8', '30050002c328ff'],
  ['a topic with a wildcard', '3004000223ff'],
  ['QoS 3', '3606000161000178'],
  ['a second CONNACK', '20020000'],
  ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n').toString('hex')],
];

async function hearsGarbage(stage: Stage): Promise<void> {
  const server = await ScriptedServer.open((first, _packet, socket, number) => {
    if (first >>> 4 === 1) socket.write(number < garbage.length ? Buffer.concat([connackAccepted, Buffer.from(garbage[number][1], 'hex')]) : connackAccepted);
    else if (first >>> 4 === 12) socket.write(Buffer.from('d000', 'hex'));
  });
  try {
    const actor = await stage.actor();
    actor.connect({ port: server.port, clientId: stage.clientId });
    const startedAt = performance.now();
    for (let n = 0; n < garbage.length; n++) {
      // A client may see both in one read, and so never be connected; or give up for good after a violation, so that it must be told again.
      await actor.next('lost').catch((error: unknown) => { throw new Error(`after ${garbage[n][0]}`, { cause: error }); });
      while (server.connections <= n + 1) {
        assert.ok(performance.now() - startedAt < 4 * patienceMs, `does not come back after ${garbage[n][0]}`);
        await pause(10);
      }
    }
    assert.deepEqual(actor.untaken('message'), []);
    await pause(200);
    assert.deepEqual(actor.untaken('lost'), []);
  } finally {
    await server.close();
  }
}

/** [MQTT-3.9.3-2]: 0x80 is a failure, and the application hears of it. */
async function subscriptionRefused(stage: Stage): Promise<void> {
  const server = await ScriptedServer.open((first, packet, socket) => {
    if (first >>> 4 === 1) socket.write(connackAccepted);
    else if (first >>> 4 === 8) socket.write(Buffer.from([0x90, 3, packet[2], packet[3], 0x80]));
  });
  try {
    const actor = await stage.actor();
    await actor.connected({ port: server.port, clientId: stage.clientId });
    assert.equal(await actor.subscribed('secret', 0), '128');
  } finally {
    await server.close();
  }
}

/** Split at every byte, and all at once: packets do not come as they were sent. */
async function comesInPieces(stage: Stage): Promise<void> {
  const publish = Buffer.from('300700036f6e653131', 'hex');
  const server = await ScriptedServer.open((first, packet, socket) => {
    if (first >>> 4 === 1) socket.write(connackAccepted);
    if (first >>> 4 !== 8) return;
    const bytes = Buffer.concat([Buffer.from([0x90, 3, packet[2], packet[3], 0]), publish, publish, publish]);
    void (async (): Promise<void> => {
      for (const byte of bytes) {
        socket.write(Buffer.of(byte));
        await pause(3);
      }
      socket.write(Buffer.concat([publish, publish, publish]));
    })();
  });
  try {
    const actor = await stage.actor();
    await actor.connected({ port: server.port, clientId: stage.clientId });
    told(await actor.subscribed('one', 0), 0);
    for (let n = 0; n < 6; n++) {
      const { topic, text } = await heard(actor);
      assert.deepEqual([topic, text], ['one', '11']);
    }
  } finally {
    await server.close();
  }
}

export const targetScenarios: readonly TargetScenario[] = [
  { title: 'connects and leaves', run: connects },
  { title: 'a refusal is told as one', run: refused },
  { title: 'publishes at every QoS, in order', run: publishes },
  { title: 'retains, receives what is retained, and clears it', run: retains },
  { title: 'receives at every QoS, in order, until it unsubscribes', run: receives },
  { title: 'a kept session gives what was sent meanwhile', qosMin: 1, run: resumesInbound },
  { title: 'what was not acknowledged is sent again after a cut', qosMin: 1, run: resumesOutbound },
  { title: 'a message larger than its buffer', run: oversized },
  { title: 'finds a dead link by keep-alive, and connects again', isPatient: true, run: keepAliveLost },
  { title: 'twenty cuts with messages both ways', qosMin: 1, run: storm },
  { title: 'its will is published only when it is lost', run: will },
  { title: 'garbage from the server ends the connection and nothing else', isScripted: true, run: hearsGarbage },
  { title: 'a refused subscription is told as one', isScripted: true, run: subscriptionRefused },
  { title: 'packets in pieces, and several at once', isScripted: true, run: comesInPieces },
];
