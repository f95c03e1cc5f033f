/** The time of day and the baud rate over the link. */
import test from 'ava';
import {
  CloseReason, linkAskTime, linkBaudSet, LinkChannel, linkClose, LinkEvent, linkNextEvent, linkOutput, linkProposeBaud, linkRestart, LinkState, LinkStatus, linkTellTime,
} from '../../src/link/index.js';
import { createOpenPair, createPair, isUp, type Pair } from './pair.js';
import type { Side } from './side.js';

const midnightMs = 86_400_000;

for (const [name, startMs] of [['in the morning', 30_000_000], ['across midnight', midnightMs - 1]] as const) {
  test(`the time is right to within the error that is told, ${name}`, (t) => {
    for (let seed = 1; seed <= 40; seed++) {
      const pair = createOpenPair(undefined, { bitErrorRate: seed % 2 === 0 ? 3e-4 : 0 }, seed);
      const { board, gateway, world } = pair;
      const beginS = world.seconds;
      const dayMs = (): number => startMs + (world.seconds - beginS) * 1000;
      // A stream beside it makes the answer wait.
      gateway.write(LinkChannel.Mqtt, 400);
      t.is(linkAskTime(board.link), LinkStatus.Ok);
      gateway.onEvent = (event) => {
        if (event !== LinkEvent.TimeWanted) return;
        const ms = Math.floor(dayMs());
        t.is(linkTellTime(gateway.link, 20_000 + Math.floor(ms / midnightMs), ms % midnightMs, world.now), LinkStatus.Ok);
      };
      t.true(world.until(() => board.events.includes(LinkEvent.Time), 20));
      const { day, msOfDay, timeErrorMs } = board.link;
      const told = (day - 20_000) * midnightMs + msOfDay;
      t.true(Math.abs(told - dayMs()) <= timeErrorMs + 2, `seed ${seed}: ${told} is told, ${dayMs()} it is, error ${timeErrorMs}`);
      t.true(msOfDay >= 0 && msOfDay < midnightMs);
    }
  });
}

test('the time is told only to one who asked, and only if it is one', (t) => {
  const { board, gateway, world } = createOpenPair();
  t.is(linkTellTime(gateway.link, 1, 1, 0), LinkStatus.BadState);
  linkAskTime(board.link);
  t.true(world.until(() => gateway.events.includes(LinkEvent.TimeWanted), 1));
  for (const [day, ms] of [[-1, 0], [65_536, 0], [0, -1], [0, midnightMs]]) t.is(linkTellTime(gateway.link, day, ms, 0), LinkStatus.BadRange);
  t.is(linkTellTime(gateway.link, 65_535, midnightMs - 1, world.now), LinkStatus.Ok);
  t.is(linkTellTime(gateway.link, 0, 0, 0), LinkStatus.BadState);
});

/** Ports that change their rate once their last bytes have left, except a stuck one; a line whose ends differ carries nothing that is understood. */
function runPorts(pair: Pair, stuck?: Side, rates = [115_200, 115_200]): (seconds: number, until: () => boolean) => boolean {
  const { board, gateway, world } = pair;
  const sides = [board, gateway];
  const isChanging = [false, false];
  sides.forEach((side, n) => { side.onEvent = (event) => { if (event === LinkEvent.Baud) isChanging[n] = true; }; });
  return (seconds, until) => world.until(() => {
    sides.forEach((side, n) => {
      if (!isChanging[n] || !world.wires[n].hasSentAll) return;
      isChanging[n] = false;
      if (side !== stuck) rates[n] = side.link.baud;
      linkBaudSet(side.link, world.now);
    });
    for (const wire of world.wires) wire.isGarbled = rates[0] !== rates[1];
    return until();
  }, seconds);
}

const settings = (most: number) => (config: { baudMax: number }): void => { config.baudMax = most; };

test('both change to a rate that both can have, in the middle of streams, and nothing is lost', (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const pair = createOpenPair(settings(921_600), { bitErrorRate: seed % 2 === 0 ? 0 : 1e-4 }, seed);
    const { board, gateway, world } = pair;
    const run = runPorts(pair);
    let wrote = 0;
    const write = (): void => { wrote += board.write(LinkChannel.Mqtt, 300) + gateway.write(LinkChannel.Mqtt, 300); };
    t.is(linkProposeBaud(board.link, 460_800), LinkStatus.Ok);
    t.is(linkProposeBaud(board.link, 460_800), LinkStatus.BadState);
    const isSettled = (): boolean => {
      write();
      return board.events.includes(LinkEvent.BaudSettled) && gateway.events.includes(LinkEvent.BaudSettled);
    };
    t.true(run(20, isSettled), `seed ${seed}`);
    if (seed % 2 === 0) t.true(board.link.isBaudKept && gateway.link.isBaudKept);
    t.is(board.link.baud, gateway.link.baud);
    t.true(run(20, () => board.delivered + gateway.delivered === wrote), `seed ${seed}`);
    t.is(world.fault, '');
    t.is(board.sessions + gateway.sessions, 2);
  }
});

test('a rate at which nothing arrives is taken back by both', (t) => {
  const pair = createOpenPair(settings(921_600));
  const { board, gateway } = pair;
  // The board's port says yes to anything and stays where it is.
  const run = runPorts(pair, board);
  linkProposeBaud(gateway.link, 921_600);
  t.true(run(10, () => board.events.includes(LinkEvent.BaudSettled) && gateway.events.includes(LinkEvent.BaudSettled)));
  t.false(board.link.isBaudKept || gateway.link.isBaudKept);
  t.is(board.link.baud, 115_200);
  t.is(gateway.link.baud, 115_200);
  board.write(LinkChannel.Mqtt, 100);
  t.true(run(5, () => gateway.position[0] === 100));
  t.is(board.sessions, 1);
});

test('a rate that one side cannot have is refused, by the caller if the peer has said so', (t) => {
  const pair = createPair(settings(230_400));
  const { board, gateway, world } = pair;
  t.is(linkProposeBaud(board.link, 230_400), LinkStatus.BadState);
  t.true(world.until(() => isUp(pair), 1));
  for (const baud of [0, 50, 115_250, 230_500, 460_800]) t.is(linkProposeBaud(board.link, baud), LinkStatus.BadRange, `${baud}`);
  // Proposals that cross are both refused.
  t.is(linkProposeBaud(board.link, 230_400), LinkStatus.Ok);
  t.is(linkProposeBaud(gateway.link, 57_600), LinkStatus.Ok);
  t.true(world.until(() => board.events.includes(LinkEvent.BaudSettled) && gateway.events.includes(LinkEvent.BaudSettled), 2));
  t.false(board.link.isBaudKept || gateway.link.isBaudKept);
  t.is(board.link.baud, 115_200);
});

test('a connection that ends while the rate changes holds up neither', (t) => {
  for (let pause = 0; pause < 60; pause++) {
    const pair = createOpenPair(settings(921_600));
    const { board, gateway, world } = pair;
    const run = runPorts(pair);
    linkProposeBaud(board.link, 230_400);
    for (let n = 0; n < pause; n++) world.step();
    const count = gateway.write(LinkChannel.Mqtt, 300);
    linkClose(gateway.link, CloseReason.Own, false);
    t.true(run(5, () => board.events.includes(LinkEvent.Closed) && board.events.includes(LinkEvent.BaudSettled)), `pause ${pause}`);
    t.is(board.position[0], count);
    t.is(gateway.link.baud, 230_400);
  }
});

test('a session that ends at another rate begins again at the first one', (t) => {
  const pair = createOpenPair(settings(921_600));
  const { board, gateway, world } = pair;
  const run = runPorts(pair);
  linkProposeBaud(board.link, 921_600);
  t.true(run(5, () => board.link.isBaudKept && gateway.link.isBaudKept && board.link.baud === 921_600));
  for (const wire of world.wires) wire.isCut = true;
  t.true(run(10, () => board.link.state !== LinkState.Up && gateway.link.state !== LinkState.Up));
  for (const wire of world.wires) wire.isCut = false;
  t.is(board.link.baud, 115_200);
  t.is(gateway.link.baud, 115_200);
  t.true(run(5, () => isUp(pair)));
  t.is(linkNextEvent(board.link), LinkEvent.None);
});

test('a board that is reset at another rate is met again at the first one, long before silence alone would end the session', (t) => {
  const pair = createOpenPair(settings(921_600));
  const { board, gateway, world } = pair;
  const run = runPorts(pair);
  linkProposeBaud(board.link, 921_600);
  t.true(run(5, () => board.link.isBaudKept && gateway.link.isBaudKept));
  const reborn = createPair(settings(921_600)).board;
  world.wires[0].clear();
  const after: Pair = { board: reborn, gateway, world: world.withSides([reborn, gateway]) };
  t.true(runPorts(after, undefined, [115_200, 921_600])(3, () => isUp(after) && gateway.sessions === 2));
  t.is(gateway.link.baud, 115_200);
  t.true(gateway.link.config.deadMs > 3000);
});

for (const [name, taken] of [['has not been told', false], ['was lost while it changed', true]] as const) {
  test(`a port that ${name} is told to return again when the session begins anew`, (t) => {
    const pair = createOpenPair((config) => { config.baudMax = 921_600; });
    const { board, gateway, world } = pair;
    // Both ports change at once; the line is cut before anything arrives at the new rate.
    gateway.onEvent = (event) => { if (event === LinkEvent.Baud) linkBaudSet(gateway.link, world.now); };
    t.is(linkProposeBaud(board.link, 921_600), LinkStatus.Ok);
    t.true(world.until(() => board.events.includes(LinkEvent.Baud), 5));
    linkBaudSet(board.link, world.now);
    // The trial is over: the port is to return.
    const { link } = board;
    const lateMs = world.now + link.config.baudTrialMs + 1;
    linkOutput(link, lateMs);
    t.is(link.baud, 115_200);
    if (taken) t.is(linkNextEvent(link), LinkEvent.Baud);
    linkRestart(link, lateMs);
    const events: LinkEvent[] = [];
    for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) events.push(event);
    t.true(events.includes(LinkEvent.Baud), `events ${events.join(' ')}`);
    linkBaudSet(link, lateMs);
    t.true(linkOutput(link, lateMs) > 0, 'it says HELLO');
  });
}
