/**
 * What the outbox promises, whatever happens: order, at least once, exactly once, nothing lost in silence.
 * fast-check prints the seed and the shortest run that breaks a promise. [MQTT 5.0 section 4.3, 4.4, 4.6]
 */
import test from 'ava';
import fc from 'fast-check';
import { Acknowledge, type ClientConfig, Event, Publish, Status } from '../../src/core/index.js';
import { titled } from '../conformance/cite.js';
import { type Accepted, type Level, type Step, stepsOf, World } from './delivery-world.js';
import { seedOf } from './random.js';

const seed = seedOf('PROPERTY_SEED');
const runs = Number(process.env.PROPERTY_RUNS ?? 300);

function run(level: Level, steps: readonly Step[], changes: Partial<ClientConfig> = {}): World {
  const world = new World(level, changes);
  for (const step of steps) world.step(step);
  world.heal();
  return world;
}

function receivedCount(world: World, one: Accepted): number {
  return world.server.received.filter((got) => got.topic === one.topic && got.payload === one.payload).length;
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function qosOf(one: Accepted): number {
  return (one.flags & Publish.QosMask) / 2;
}

/** Each accepted message has exactly the end that its quality of service promises. */
function everyEndHolds(world: World): void {
  for (const one of world.accepted) {
    const name = `${one.topic} ${one.payload} at QoS ${qosOf(one)}`;
    const count = receivedCount(world, one);
    const dropped = one.ends.some((end) => end.event === Event.Dropped);
    demand(one.ends.length <= 1, `${name} is reported ${one.ends.length} times`);
    if (qosOf(one) === 0) {
      demand(count <= 1, `${name} arrived ${count} times`);
      continue;
    }
    demand(one.ends.length === 1, `${name} is never reported`);
    if (one.ends[0].event === Event.Published) demand(count >= 1, `${name} is reported as published and never arrived`);
    if (qosOf(one) === 2) demand(count <= 1, `${name} arrived ${count} times`);
    if (qosOf(one) === 2 && dropped) demand(world.sessionsLost > 0 || one.ends[0].status !== Status.SessionLost, `${name} is dropped for a session that was kept`);
    if (qosOf(one) === 1 && dropped) demand(isPolicy(one.ends[0].status), `${name} is dropped with ${one.ends[0].status}`);
  }
  zeroesHold(world);
}

/** QoS 0: what neither arrived nor was reported was on a link that was cut; and nothing that arrived is reported. */
function zeroesHold(world: World): void {
  // What was replaced has left no bytes, so that its topic is not known.
  let unnamed = world.zeroDrops.filter((drop) => drop.topic === '').length;
  for (const topic of new Set(world.accepted.map((one) => one.topic))) {
    const zeroes = world.accepted.filter((one) => one.topic === topic && qosOf(one) === 0);
    const arrived = zeroes.filter((one) => receivedCount(world, one) > 0);
    const drops = world.zeroDrops.filter((one) => one.topic === topic);
    let missing = zeroes.length - arrived.length - drops.length;
    const named = Math.min(unnamed, Math.max(missing, 0));
    missing -= named;
    unnamed -= named;
    demand(missing >= 0 && (missing === 0 || world.cuts > 0), `${topic}: of ${zeroes.length} at QoS 0 ${arrived.length} arrived, ${drops.length} are reported as dropped`);
    const expiring = zeroes.filter((one) => one.expiryS > 0 && !arrived.includes(one)).length;
    demand(drops.filter((one) => one.status === Status.Expired).length <= expiring, `${topic}: more have expired than could`);
  }
  demand(unnamed === 0, `${unnamed} drops of nothing`);
  demand(world.zeroDrops.every((drop) => drop.topic === '' || world.accepted.some((one) => one.topic === drop.topic)), 'a topic is reported that nobody published');
}

function isPolicy(status: Status): boolean {
  return status === Status.Replaced || status === Status.Expired || status === Status.Evicted;
}

/** First arrivals of one topic keep the order of acceptance, urgent ones among themselves. [MQTT-4.6.0-1] */
function orderHolds(world: World): void {
  const urgent = new Set(world.accepted.filter((one) => (one.flags & Publish.Priority) !== 0).map((one) => one.payload));
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const got of world.server.received) {
    const key = `${got.topic}${urgent.has(got.payload) ? ', urgent' : ''}`;
    if (seen.has(got.payload)) continue;
    seen.add(got.payload);
    demand(Number(got.payload) > (last.get(key) ?? 0), `${key}: ${got.payload} arrived behind ${last.get(key) ?? 0}`);
    last.set(key, Number(got.payload));
  }
}

function property(steps: fc.Arbitrary<Step[]>, holds: (steps: Step[]) => void): void {
  fc.assert(fc.property(steps, holds), { seed, numRuns: runs, includeErrorInReport: true });
}

for (const level of [4, 5] as const) {
  test(titled(level, 'v3:[MQTT-4.4.0-1] v5:[MQTT-4.4.0-1] v3:[MQTT-4.6.0-1] v5:[MQTT-4.6.0-1]', 'any interleaving of publish, acknowledgement, loss and reconnect keeps order and delivery'), (t) => {
    t.log(`seed ${seed} (PROPERTY_SEED=${seed} runs it again)`);
    property(stepsOf([0, 2, 4, 1, 3, 5]), (steps) => {
      const world = run(level, steps);
      everyEndHolds(world);
      orderHolds(world);
    });
    t.pass();
  });

  test(titled(level, 'v3:[MQTT-4.3.2-1] v3:[MQTT-4.3.3-1] v5:[MQTT-4.3.2-3] v5:[MQTT-4.3.3-6]', 'while the session is kept, QoS 1 arrives at least once and QoS 2 exactly once'), (t) => {
    property(stepsOf([2, 4], [0], false), (steps) => {
      const world = run(level, steps);
      for (const one of world.accepted) {
        const count = receivedCount(world, one);
        demand(one.ends.length === 1 && one.ends[0].event === Event.Published, `${one.payload} is not published`);
        demand(qosOf(one) === 1 ? count >= 1 : count === 1, `${one.payload} at QoS ${qosOf(one)} arrived ${count} times`);
      }
      orderHolds(world);
    });
    t.pass();
  });

  test(titled(level, '', 'keep-latest: the last of a topic arrives, whatever it replaces is reported'), (t) => {
    property(stepsOf([16, 18, 20, 0, 2], [0], false), (steps) => {
      const world = run(level, steps);
      everyEndHolds(world);
      for (const topic of ['t0', 't1', 't2']) {
        const last = world.accepted.filter((one) => one.topic === topic && qosOf(one) > 0).at(-1);
        if (last === undefined || last.ends[0]?.status === Status.Replaced) continue;
        demand(receivedCount(world, last) >= 1, `the last of ${topic} did not arrive`);
      }
      for (const one of world.accepted) {
        const wasReplaced = one.ends.some((end) => end.status === Status.Replaced && end.event === Event.Dropped);
        const later = world.accepted.some((other) => other.topic === one.topic && Number(other.payload) > Number(one.payload) && (other.flags & Publish.KeepLatest) !== 0);
        demand(!wasReplaced || (later && receivedCount(world, one) === 0), `${one.payload} is reported as replaced`);
      }
    });
    t.pass();
  });

  test(titled(level, 'v5:[MQTT-4.3.3-7]', 'expiry: what has not begun in time is dropped, what has begun is not'), (t) => {
    property(stepsOf([0, 2, 4], [0, 1, 2], false), (steps) => {
      const world = run(level, steps);
      everyEndHolds(world);
      orderHolds(world);
      for (const one of world.accepted) {
        const hasExpired = one.ends.some((end) => end.status === Status.Expired && end.event === Event.Dropped);
        demand(!hasExpired || receivedCount(world, one) === 0, `${one.payload} is reported as expired and arrived`);
      }
    });
    t.pass();
  });

  test(titled(level, '', 'priority: nothing is lost in silence, and what is urgent keeps its own order'), (t) => {
    property(stepsOf([0, 2, 32, 34, 36], [0], false), (steps) => {
      const world = run(level, steps, { outboxBytes: 96, outboxMessages: 6 });
      everyEndHolds(world);
      orderHolds(world);
      for (const one of world.accepted) {
        const wasEvicted = one.ends.some((end) => end.status === Status.Evicted);
        demand(!wasEvicted || (qosOf(one) === 0 && (one.flags & Publish.Priority) === 0), `${one.payload} was evicted`);
        demand(!wasEvicted || receivedCount(world, one) === 0, `${one.payload} was evicted and arrived`);
      }
    });
    t.pass();
  });

  for (const acknowledge of [Acknowledge.AtOnce, Acknowledge.AtEnd, Acknowledge.ByApplication]) {
    const policy = ['at once', 'at the end', 'by the application'][acknowledge];
    test(titled(level, 'v3:[MQTT-4.3.3-2] v5:[MQTT-4.3.3-10]', `inbound, acknowledged ${policy}: QoS 2 once, QoS 1 at least once, in order, whatever is cut`), (t) => {
      property(stepsOf([0, 2], [0], false), (steps) => {
        const world = run(level, steps, { acknowledge });
        for (const message of world.sent) {
          const count = world.messages.filter((seen) => seen.topic === message.topic && Buffer.from(seen.payload).toString() === message.payload).length;
          if (message.qos === 1) demand(count >= 1, `${message.payload} at QoS 1 was never delivered`);
          if (message.qos === 2) demand(count === 1, `${message.payload} at QoS 2 was delivered ${count} times`);
          if (message.qos === 0) demand(count <= 1, `${message.payload} at QoS 0 was delivered ${count} times`);
        }
      });
      t.pass();
    });
  }
}
