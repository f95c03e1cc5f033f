/**
 * Whatever programs do and whatever the line does: the invariants hold after every step, streams are never wrong, and once the faults stop the
 * world settles. And on buffers that forgive nothing the link does the same, byte for byte.
 */
import test from 'ava';
import fc from 'fast-check';
import {
  CloseReason, Connection, createLink, createLinkConfig, type Link, LinkChannel, linkAskTime, linkClose, LinkConfigFault, linkConfigFault, LinkEvent,
  linkNextDeadline, linkOpen, linkOpened, linkOutput, linkProposeBaud, linkBaudSet, linkRestart, linkSent, LinkState, linkTellTime,
} from '../../src/link/index.js';
import { guarded } from '../conformance/guarded.js';
import { seedOf } from '../unit/random.js';
import { createPair, isOpen, isUp, type Pair } from './pair.js';
import { createTalk, talkStep, talkText } from './talk.js';

const actions = fc.array(fc.record({
  isBoard: fc.boolean(),
  kind: fc.constantFrom('write', 'write', 'write', 'log', 'agent', 'open', 'opened', 'close', 'close now', 'restart', 'cut', 'mend', 'stand still', 'read', 'ask', 'baud', 'noise'),
  size: fc.integer({ min: 0, max: 600 }),
  pause: fc.integer({ min: 0, max: 120 }),
}), { minLength: 5, maxLength: 80 });

type Action = typeof actions extends fc.Arbitrary<readonly (infer A)[]> ? A : never;

function act(pair: Pair, { isBoard, kind, size }: Action): void {
  const side = isBoard ? pair.board : pair.gateway;
  const { link } = side;
  const { world } = pair;
  if (kind === 'write') side.write(LinkChannel.Mqtt, size);
  else if (kind === 'log') side.write(LinkChannel.Log, size);
  else if (kind === 'agent') side.write(LinkChannel.Agent, size);
  // One side asks for connections, as a board does.
  else if (kind === 'open') linkOpen(pair.board.link);
  else if (kind === 'opened') linkOpened(pair.gateway.link);
  else if (kind === 'close' || kind === 'close now') linkClose(link, CloseReason.Own, kind === 'close now');
  else if (kind === 'restart') linkRestart(link, world.now);
  else if (kind === 'cut' || kind === 'mend') world.wires[isBoard ? 0 : 1].isCut = kind === 'cut';
  else if (kind === 'stand still') side.takesMax = size % 3;
  else if (kind === 'read') side.takesMax = Number.POSITIVE_INFINITY;
  else if (kind === 'ask') linkAskTime(link);
  else if (kind === 'baud') linkProposeBaud(link, size % 2 === 0 ? 230_400 : 57_600);
  else side.input(Uint8Array.from({ length: size % 40 }, (_, n) => (size * (n + 3)) & 255), world.now);
  side.look();
}

function settle(pair: Pair): boolean {
  const { board, gateway, world } = pair;
  for (const wire of world.wires) {
    wire.isCut = false;
    wire.isHealed = true;
  }
  for (const side of [board, gateway]) side.takesMax = Number.POSITIVE_INFINITY;
  const look = (): void => {
    board.look();
    gateway.look();
    if (board.link.state === LinkState.Up && board.link.connection === Connection.Closed) linkOpen(board.link);
  };
  const isQuiet = (): boolean => {
    look();
    return isUp(pair) && isOpen(pair) && board.link.channels.every((c) => c.held === 0) && gateway.link.channels.every((c) => c.held === 0);
  };
  if (!world.until(isQuiet, 60)) return false;
  for (const [from, to] of [[board, gateway], [gateway, board]]) {
    const before = to.position[LinkChannel.Mqtt];
    from.write(LinkChannel.Mqtt, 333);
    if (!world.until(() => to.position[LinkChannel.Mqtt] === before + 333, 20)) return false;
  }
  return world.fault === '';
}

test('whatever happens, nothing is wrong, and all settles when the faults stop', (t) => {
  const seed = seedOf('MIDGE_LINK_SEED');
  t.log(`MIDGE_LINK_SEED=${seed}`);
  fc.assert(fc.property(actions, fc.integer({ min: 1, max: 1 << 30 }), fc.constantFrom(0, 1e-4, 1e-3), (list, noise, bitErrorRate) => {
    const pair = createPair((config) => { config.baudMax = 230_400; }, { bitErrorRate, dropRate: bitErrorRate }, noise);
    const { board, gateway, world } = pair;
    for (const side of [board, gateway]) {
      side.onEvent = (event) => {
        if (event === LinkEvent.TimeWanted) linkTellTime(side.link, 1, 1, world.now);
        if (event === LinkEvent.Baud) linkBaudSet(side.link, world.now);
      };
    }
    for (const action of list) {
      act(pair, action);
      for (let n = 0; n < action.pause; n++) {
        world.step();
        const wait = linkNextDeadline(board.link, world.now);
        if (wait < 0 || wait >= 0x20000000) return false;
      }
      if (world.fault !== '') return false;
    }
    return settle(pair);
  }), { numRuns: 300, seed });
  t.pass();
});

/** The link with every buffer guarded. */
function guard(l: Link): void {
  const buffers = l as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(buffers)) {
    if (value instanceof Uint8Array || value instanceof Int32Array) buffers[name] = guarded(value, name);
  }
  l.channels.forEach((c, n) => {
    c.ring = guarded(c.ring, `channel ${n} ring`);
    c.ready = guarded(c.ready, `channel ${n} ready`);
  });
}

test('no index is ever outside its buffer, no value outside its range', (t) => {
  for (const [seed, frameBytes, resets] of [[7, 128, 0], [44, 254, 997], [5, 32, 331]]) {
    const talks = [false, true].map((isGuarded) => {
      const talk = createTalk(seed, frameBytes, new Int32Array(11))!;
      Object.assign(talk, { flips: 1000, drops: 2000, resets, closes: 211 });
      if (isGuarded) {
        guard(talk.board);
        guard(talk.gateway);
      }
      for (let n = 0; n < 3000; n++) talkStep(talk);
      return talkText(talk);
    });
    t.regex(talks[0], /^faults 0 /);
    t.is(talks[1], talks[0]);
  }
});

const ranges: readonly (readonly [field: keyof ReturnType<typeof createLinkConfig>, least: number, most: number, fault: LinkConfigFault])[] = [
  ['frameBytes', 32, 254, LinkConfigFault.FrameBytes],
  ['mqttFrames', 1, 15, LinkConfigFault.MqttFrames],
  ['logFrames', 0, 15, LinkConfigFault.LogFrames],
  ['agentFrames', 0, 15, LinkConfigFault.AgentFrames],
  ['mqttSendBytes', 16, 65_535, LinkConfigFault.MqttSendBytes],
  ['logSendBytes', 0, 65_535, LinkConfigFault.LogSendBytes],
  ['agentSendBytes', 0, 65_535, LinkConfigFault.AgentSendBytes],
  ['helloMinMs', 1, 1000, LinkConfigFault.HelloMin],
  ['helloMaxMs', 100, 60_000, LinkConfigFault.HelloMax],
  ['keepAliveMs', 0, 3000, LinkConfigFault.KeepAlive],
  ['deadMs', 4000, 0x10000000, LinkConfigFault.Dead],
  ['ackDelayMs', 0, 255, LinkConfigFault.AckDelay],
  ['retryMinMs', 1, 1000, LinkConfigFault.RetryMin],
  ['retryMaxMs', 20, 60_000, LinkConfigFault.RetryMax],
  ['retries', 1, 255, LinkConfigFault.Retries],
  ['baud', 1, 6_553_500, LinkConfigFault.Baud],
  ['baudMax', 115_200, 6_553_500, LinkConfigFault.BaudMax],
  ['baudTrialMs', 1, 5999, LinkConfigFault.BaudTrial],
];

test('every field of a configuration is checked, and the one that is wrong is named', (t) => {
  const neighbours = new Set([LinkConfigFault.HelloMax, LinkConfigFault.Dead, LinkConfigFault.RetryMax]);
  for (const [field, least, most, fault] of ranges) {
    for (const value of [least, most]) {
      const config = createLinkConfig();
      config[field] = value;
      t.is(linkConfigFault(config), LinkConfigFault.None, `${field} ${value}`);
      t.truthy(createLink(config));
    }
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN]) {
      if (field === 'baudMax' && value === 0) continue;
      const config = createLinkConfig();
      config[field] = value;
      const found = linkConfigFault(config);
      // A lower bound above its upper one may be told of either.
      t.true(found === fault || (found === (fault + 1 as LinkConfigFault) && neighbours.has(found)), `${field} ${value}: ${found}`);
      t.is(createLink(config), null);
    }
  }
});

test('a side alone says HELLO ever more seldom, and sleeps in between', (t) => {
  const link = createLink(createLinkConfig())!;
  const at: number[] = [];
  let now = 0x3ffffff0;
  let passed = 0;
  while (passed < 6000) {
    const count = linkOutput(link, now);
    if (count > 0) at.push(passed);
    linkSent(link, count);
    t.is(linkOutput(link, now), 0);
    const wait = linkNextDeadline(link, now);
    t.true(wait > 0);
    now = (now + wait) & 0x3fffffff;
    passed += wait;
  }
  t.deepEqual(at.slice(0, 7), [0, 100, 300, 700, 1500, 2500, 3500]);
});
