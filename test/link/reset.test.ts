/**
 * Resets at every byte: board, gateway, both, and a wire that was unplugged, at every byte position of an exchange. The link is up again
 * within 3 round trips, and the streams of the new session begin anew.
 */
import test, { type ExecutionContext } from 'ava';
import { Connection, LinkChannel, LinkEvent, linkOpen, linkRestart, LinkState } from '../../src/link/index.js';
import { Random } from '../unit/random.js';
import { helloMask, wireOf } from './reference.js';
import { Side } from './side.js';
import { noFaults } from './wire.js';
import { World } from './world.js';

const baud = 115_200;
const frameBytes = 64;

/** There and back: the longest frame that may have to be finished, and HELLO with its zeros, 23 bytes, each way, and a look at each port. */
const roundTripS = ((frameBytes + 1 + 23) * 2 + 4) * 10 / baud;

interface Scene {
  board: Side;
  gateway: Side;
  world: World<Side, Side>;
}

let seed = 0;

function newSide(name: string, hasConstantSeed = false): Side {
  seed++;
  return new Side(name, (config) => {
    config.frameBytes = frameBytes;
    config.seed = hasConstantSeed ? 1 : seed;
    config.logFrames = 1;
    config.logSendBytes = 64;
  });
}

function newWorld(board: Side, gateway: Side): World<Side, Side> {
  return new World([board, gateway], new Random(1), { baud, stepBytes: 1, faults: noFaults, sendFifoBytes: 2, receiveFifoBytes: 32, lateRate: 0 });
}

function begin(): Scene {
  const board = newSide('board');
  const gateway = newSide('gateway');
  return { board, gateway, world: newWorld(board, gateway) };
}

/** What both sides would do for ever: connect, and write both ways. */
function work(scene: Scene): void {
  const { board, gateway } = scene;
  if (board.link.state === LinkState.Up && board.link.connection === Connection.Closed) linkOpen(board.link);
  for (const side of [board, gateway]) if (side.link.connection === Connection.Open) side.write(LinkChannel.Mqtt, 30);
  if (board.link.state === LinkState.Up) board.write(LinkChannel.Log, 5);
  scene.world.step();
}

/** Byte times until both have connected and some hundred bytes have gone each way. */
const exchangeBytes = 500;

function runTo(position: number): Scene {
  const scene = begin();
  for (let n = 0; n < position; n++) work(scene);
  return scene;
}

function isUpAgain(scene: Scene): boolean {
  return scene.board.link.state === LinkState.Up && scene.gateway.link.state === LinkState.Up;
}

function settles(t: ExecutionContext, scene: Scene, label: string, limitS: number): void {
  const { board, gateway, world } = scene;
  const before = world.seconds;
  while (!isUpAgain(scene) && world.seconds - before < 5) work(scene);
  const tookS = world.seconds - before;
  t.true(tookS <= limitS, `${label}: up after ${(tookS / roundTripS).toFixed(2)} round trips`);
  const delivered = board.delivered + gateway.delivered;
  for (let n = 0; n < 400; n++) work(scene);
  t.true(board.delivered + gateway.delivered > delivered, `${label}: nothing is delivered`);
  t.true(isUpAgain(scene), `${label}: not up any more`);
  t.is(world.fault, '', label);
}

for (const hasConstantSeed of [false, true]) {
  test(`a board that is reset at every byte${hasConstantSeed ? ', and always draws the same nonce' : ''}`, (t) => {
    for (let position = 0; position < exchangeBytes; position++) {
      const scene = begin();
      scene.board = newSide('board', hasConstantSeed);
      scene.world = newWorld(scene.board, scene.gateway);
      for (let n = 0; n < position; n++) work(scene);
      const wasUp = scene.gateway.link.state === LinkState.Up;
      // Its FIFO is gone with it, half a byte or not; what the gateway sent goes on arriving.
      const old = scene.world;
      const reborn = newSide('board', hasConstantSeed);
      old.wires[0].clear();
      scene.world = old.withSides([reborn, scene.gateway]);
      scene.board = reborn;
      // Until its HELLO arrives the gateway is in the old session, and up.
      let waited = 0;
      while (scene.gateway.link.state === LinkState.Up && reborn.link.state !== LinkState.Up && waited < exchangeBytes) {
        work(scene);
        waited++;
      }
      settles(t, scene, `position ${position}`, roundTripS * 3 - (waited * 10) / baud);
      if (wasUp) t.true(scene.gateway.events.includes(LinkEvent.Down), `position ${position}: the gateway was told nothing`);
    }
  });
}

test('a gateway that is started anew at every byte', (t) => {
  for (let position = 0; position < exchangeBytes; position++) {
    const scene = runTo(position);
    const wasUp = scene.board.link.state === LinkState.Up;
    const reborn = newSide('gateway');
    scene.world.wires[1].clear();
    scene.world = scene.world.withSides([scene.board, reborn]);
    scene.gateway = reborn;
    settles(t, scene, `position ${position}`, roundTripS * 3);
    if (wasUp) t.true(scene.board.events.includes(LinkEvent.Down), `position ${position}: the board was told nothing`);
  }
});

test('both at once, at every byte', (t) => {
  for (let position = 0; position < exchangeBytes; position++) {
    const scene = runTo(position);
    scene.world.wires[0].clear();
    scene.world.wires[1].clear();
    scene.board = newSide('board');
    scene.gateway = newSide('gateway');
    scene.world = scene.world.withSides([scene.board, scene.gateway]);
    settles(t, scene, `position ${position}`, roundTripS * 3);
  }
});

test('a wire that is unplugged at every byte, and a gateway that opens its port again', (t) => {
  for (let position = 0; position < exchangeBytes; position += 3) {
    const scene = runTo(position);
    const { board, gateway, world } = scene;
    for (const wire of world.wires) wire.isCut = true;
    for (let n = 0; n < 100 + position; n++) work(scene);
    for (const wire of world.wires) wire.isCut = false;
    world.wires[1].clear();
    linkRestart(gateway.link, world.now);
    board.look();
    gateway.look();
    settles(t, scene, `position ${position}`, roundTripS * 3);
  }
});

test('a wire that is cut for a while loses nothing, and the session goes on', (t) => {
  for (let position = 100; position < exchangeBytes; position += 7) {
    const scene = runTo(position);
    const { board, gateway, world } = scene;
    while (!isUpAgain(scene)) work(scene);
    for (const wire of world.wires) wire.isCut = true;
    for (let n = 0; n < 1000; n++) work(scene);
    for (const wire of world.wires) wire.isCut = false;
    const delivered = gateway.delivered;
    for (let n = 0; n < 5000; n++) work(scene);
    t.true(gateway.delivered > delivered, `position ${position}: retry ${board.link.retryMs} ms, connection ${board.link.connection}`);
    t.is(world.fault, '');
    t.is(board.sessions, 1);
    t.is(gateway.sessions, 1);
  }
});

test('a cut that lasts ends the session on both sides by silence, and a new one begins when it is mended', (t) => {
  const scene = runTo(400);
  const { board, gateway, world } = scene;
  for (const wire of world.wires) wire.isCut = true;
  while (world.seconds < 10) work(scene);
  t.true(board.events.includes(LinkEvent.Down) && gateway.events.includes(LinkEvent.Down));
  t.false(isUpAgain(scene));
  for (const wire of world.wires) wire.isCut = false;
  settles(t, scene, 'mended', 1.1);
});

test('a peer that comes back with another version ends the session, and is told', (t) => {
  const scene = runTo(400);
  const { gateway, world } = scene;
  const mute = newSide('mute');
  world.wires[0].clear();
  scene.world = world.withSides([mute, gateway]);
  const frame = Uint8Array.from([0, ...wireOf([0x80, 2, 9, 9, 9, 9], helloMask)]);
  for (const wire of world.wires) wire.isCut = true;
  for (let n = 0; n < 90_000; n++) {
    scene.world.step();
    if (n % 10_000 === 0) gateway.input(frame, scene.world.now);
  }
  t.is(gateway.events.filter((event) => event === LinkEvent.Refused).length, 2);
  t.is(gateway.link.peerVersion, 2);
  t.true(gateway.events.includes(LinkEvent.Down));
  t.not(gateway.link.state, LinkState.Up);
});
