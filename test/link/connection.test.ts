/** What programs see of connections and channels: opening, refusing, closing behind the last byte or at once, and back-pressure of each channel alone. */
import test from 'ava';
import {
  CloseReason, Connection, LinkChannel, linkClose, LinkEvent, linkOpen, linkOpened, linkRoom, LinkState, LinkStatus, linkWrite,
} from '../../src/link/index.js';
import { createOpenPair, createPair, isOpen, isUp } from './pair.js';
import { patternFrom } from './pattern.js';

test('a connection is asked for, made, and reported to both', (t) => {
  const { board, gateway, world } = createOpenPair();
  t.deepEqual(board.events, [LinkEvent.Up, LinkEvent.Opened]);
  t.deepEqual(gateway.events, [LinkEvent.Up, LinkEvent.OpenWanted]);
  t.is(board.write(LinkChannel.Mqtt, 100), 100);
  t.is(gateway.write(LinkChannel.Mqtt, 50), 50);
  t.true(world.until(() => gateway.position[0] === 100 && board.position[0] === 50, 1));
  t.is(world.fault, '');
});

test('a connection that is refused is never reported as open', (t) => {
  const pair = createPair();
  const { board, gateway, world } = pair;
  gateway.accepts = false;
  t.true(world.until(() => isUp(pair), 1));
  t.is(linkOpen(board.link), LinkStatus.Ok);
  t.true(world.until(() => gateway.events.includes(LinkEvent.OpenWanted), 1));
  t.is(linkClose(gateway.link, CloseReason.Unreachable, false), LinkStatus.Ok);
  t.true(world.until(() => board.events.includes(LinkEvent.Closed), 1));
  t.deepEqual(board.closeReasons, [CloseReason.Unreachable]);
  t.false(board.events.includes(LinkEvent.Opened));
  t.is(board.link.connection, Connection.Closed);
});

for (const closer of ['board', 'gateway'] as const) {
  test(`what the ${closer} wrote before it closes arrives before the end`, (t) => {
    for (let count = 1; count < 500; count += 37) {
      const pair = createOpenPair(undefined, { bitErrorRate: 1e-4 }, count);
      const { world } = pair;
      const from = pair[closer];
      const to = pair[closer === 'board' ? 'gateway' : 'board'];
      const written = from.write(LinkChannel.Mqtt, count);
      t.is(linkClose(from.link, CloseReason.Own, false), LinkStatus.Ok);
      t.is(linkWrite(from.link, LinkChannel.Mqtt, patternFrom(0, 1), 0, 1), LinkStatus.BadState);
      let atEnd = -1;
      t.true(world.until(() => {
        if (to.events.includes(LinkEvent.Closed) && atEnd < 0) atEnd = to.position[0];
        return atEnd >= 0;
      }, 20));
      t.is(atEnd, written);
      t.deepEqual(to.closeReasons, [CloseReason.Own]);
      t.is(world.fault, '');
    }
  });
}

test('the end is told only when a slow reader has read the last byte', (t) => {
  const { board, gateway, world } = createOpenPair();
  gateway.takesMax = 0;
  board.write(LinkChannel.Mqtt, 300);
  linkClose(board.link, CloseReason.Done, false);
  world.until(() => false, 2);
  t.false(gateway.events.includes(LinkEvent.Closed));
  t.is(gateway.link.connection, Connection.Closed);
  gateway.takesMax = 7;
  t.true(world.until(() => {
    gateway.look();
    return gateway.events.includes(LinkEvent.Closed);
  }, 2));
  t.is(gateway.position[0], 300);
});

test('a close at once forgets on both sides what was on its way, and another connection begins clean', (t) => {
  const pair = createOpenPair();
  const { board, gateway, world } = pair;
  gateway.takesMax = 0;
  // The server is stuck: the credit is used up, and more waits at the board.
  for (let n = 0; n < 4000; n++) {
    board.write(LinkChannel.Mqtt, 512);
    world.step();
  }
  t.is(linkRoom(board.link, LinkChannel.Mqtt), 0);
  linkClose(board.link, CloseReason.Lost, true);
  t.is(linkOpen(board.link), LinkStatus.Ok);
  gateway.takesMax = Number.POSITIVE_INFINITY;
  t.true(world.until(() => isOpen(pair), 2));
  t.deepEqual(gateway.closeReasons, [CloseReason.Lost]);
  board.write(LinkChannel.Mqtt, 200);
  t.true(world.until(() => gateway.position[0] === 200, 2));
  t.is(world.fault, '');
});

test('connections one after another, each behind the end of the one before', (t) => {
  const pair = createOpenPair(undefined, { bitErrorRate: 1e-4 });
  const { board, gateway, world } = pair;
  for (let n = 0; n < 300; n++) {
    board.write(LinkChannel.Mqtt, 1 + n);
    gateway.write(LinkChannel.Mqtt, 50);
    if (n % 3 === 0) world.step();
    const closing = n % 2 === 0 ? board : gateway;
    linkClose(closing.link, CloseReason.Own, n % 5 === 0);
    if (closing === board) linkOpen(board.link);
    else t.true(world.until(() => board.link.connection === Connection.Closed && linkOpen(board.link) === LinkStatus.Ok, 10));
    t.true(world.until(() => isOpen(pair), 10), `connection ${n}`);
  }
  t.is(world.fault, '');
  t.is(board.sessions, 1);
});

test('a channel whose reader stands still stops no other, and the board can still be told', (t) => {
  const { board, gateway, world } = createOpenPair();
  const gatewayReads = gateway.link.channels;
  board.write(LinkChannel.Mqtt, 512);
  gateway.takesMax = 0;
  for (let n = 0; n < 3000; n++) {
    board.write(LinkChannel.Mqtt, 512);
    world.step();
  }
  t.is(gatewayReads[LinkChannel.Mqtt].readyCount, 4);
  const before = gateway.position[LinkChannel.Agent];
  gateway.takesMax = Number.POSITIVE_INFINITY;
  // Only the agent's bytes are read from here on.
  gateway.skips = LinkChannel.Mqtt;
  board.write(LinkChannel.Agent, 150);
  t.true(world.until(() => gateway.position[LinkChannel.Agent] === before + 150, 2));
  t.is(linkClose(gateway.link, CloseReason.Lost, false), LinkStatus.Ok);
  t.true(world.until(() => board.events.includes(LinkEvent.Closed), 2));
  t.is(world.fault, '');
});

test('a reader that goes on after a long rest gets everything, although the acknowledgement that says so is lost', (t) => {
  for (let seed = 1; seed < 30; seed++) {
    const { board, gateway, world } = createOpenPair((config) => { config.keepAliveMs = 0; }, {}, seed);
    gateway.takesMax = 0;
    for (let n = 0; n < 2000; n++) {
      board.write(LinkChannel.Mqtt, 512);
      world.step();
    }
    const total = board.written[0];
    gateway.takesMax = Number.POSITIVE_INFINITY;
    for (const wire of world.wires) wire.isCut = true;
    gateway.look();
    for (let n = 0; n < 50 * seed; n++) world.step();
    for (const wire of world.wires) wire.isCut = false;
    // Nobody asks for signs of life here: it is the board that asks for credit.
    t.true(world.until(() => gateway.position[0] === total, 1.4), `${gateway.position[0]} of ${total}`);
  }
});

test('what is not allowed is refused, and changes nothing', (t) => {
  const pair = createPair((config) => { config.agentSendBytes = 0; });
  const { board, world } = pair;
  const bytes = patternFrom(0, 10);
  t.is(linkOpen(board.link), LinkStatus.BadState);
  t.is(linkOpened(board.link), LinkStatus.BadState);
  t.is(linkClose(board.link, CloseReason.Done, true), LinkStatus.BadState);
  t.is(linkWrite(board.link, LinkChannel.Log, bytes, 0, 10), LinkStatus.BadState);
  t.true(world.until(() => isUp(pair), 1));
  t.is(linkWrite(board.link, LinkChannel.Mqtt, bytes, 0, 10), LinkStatus.BadState);
  t.is(linkWrite(board.link, LinkChannel.Control, bytes, 0, 10), LinkStatus.BadChannel);
  t.is(linkWrite(board.link, LinkChannel.Agent, bytes, 0, 10), LinkStatus.BadChannel);
  t.is(linkWrite(board.link, LinkChannel.Count, bytes, 0, 10), LinkStatus.BadChannel);
  for (const [from, to] of [[-1, 4], [5, 4], [0, 11]]) t.is(linkWrite(board.link, LinkChannel.Log, bytes, from, to), LinkStatus.BadRange);
  t.is(linkRoom(board.link, LinkChannel.Agent), 0);
  t.is(board.link.channels[LinkChannel.Log].held, 0);
  t.is(board.link.state, LinkState.Up);
});

test('a board that both opens and closes before it is heard leaves no trace', (t) => {
  const pair = createPair();
  const { board, gateway, world } = pair;
  t.true(world.until(() => isUp(pair), 1));
  linkOpen(board.link);
  linkClose(board.link, CloseReason.Done, false);
  world.until(() => false, 0.5);
  t.false(gateway.events.includes(LinkEvent.OpenWanted));
  linkOpen(board.link);
  t.true(world.until(() => isOpen(pair), 1));
});
