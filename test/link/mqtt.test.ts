/**
 * A whole exchange at QoS 2 both ways, through the core, the link and a gateway, broken at every byte of it: by a gateway that is started anew, a
 * link of the board's that is, both, a wire that is unplugged, garbled for a while, or a server that is lost. Exactly once, both ways.
 */
import test, { type ExecutionContext } from 'ava';
import { clientDisconnect, Publish, Reason, State, Status } from '../../src/core/index.js';
import {
  CloseReason, Connection, createLink, createLinkConfig, LinkChannel, linkClose, LinkEvent, linkInput, linkNextEvent, linkOpened, linkOutput, linkRead, linkRestart, linkSent, LinkState,
  linkTake, linkWrite,
} from '../../src/link/index.js';
import { Random } from '../unit/random.js';
import { ModelServer } from '../unit/model-server.js';
import { Board, Gateway } from './mqtt.js';
import { noFaults } from './wire.js';
import { World } from './world.js';

interface Scene {
  board: Board;
  gateway: Gateway;
  world: World<Board, Gateway>;
  server: ModelServer;
}

const stepBytes = 1;
const messages = ['one', 'two', 'three'];

function begin(): Scene {
  const server = new ModelServer(4);
  server.hasSession = true;
  const board = new Board(1);
  const gateway = new Gateway(2, server);
  const world = new World([board, gateway], new Random(1), { baud: 115_200, stepBytes, faults: noFaults, sendFifoBytes: 8, receiveFifoBytes: 32, lateRate: 0 });
  return { board, gateway, world, server };
}

/** Publishes what has not been accepted yet, on both sides. */
function work(scene: Scene, given: { board: number; server: number }): void {
  const { board, server, world } = scene;
  if (given.board < messages.length && board.publish(messages[given.board], Publish.Qos2, world.now)) given.board++;
  if (given.server < messages.length && server.send('to/board', messages[given.server], 2, 8)) given.server++;
  world.step();
}

function isDone(scene: Scene): boolean {
  const { board, server } = scene;
  return board.isConnected && board.published === messages.length && board.messages.length >= messages.length && server.isSettled;
}

/** Steps of the whole exchange when nothing breaks it. */
function stepsUnbroken(): number {
  const scene = begin();
  const given = { board: 0, server: 0 };
  let steps = 0;
  while (!isDone(scene)) {
    work(scene, given);
    steps++;
  }
  return steps;
}

const total = stepsUnbroken();

function exactlyOnce(t: ExecutionContext, scene: Scene, label: string): void {
  const { board, gateway, server } = scene;
  t.deepEqual(server.received.map((m) => m.payload), messages, `${label}: at the server`);
  t.deepEqual(board.messages, messages, `${label}: at the board`);
  t.is(board.dropped, 0, label);
  t.is(board.fault + gateway.fault, '', label);
}

function brokenAtEveryByte(t: ExecutionContext, breaks: (scene: Scene) => void): void {
  for (let position = 0; position < total + 5; position++) {
    const scene = begin();
    const given = { board: 0, server: 0 };
    for (let n = 0; n < position; n++) work(scene, given);
    breaks(scene);
    const last = scene.world.seconds + 60;
    while (!isDone(scene) && scene.world.seconds < last) work(scene, given);
    exactlyOnce(t, scene, `broken at step ${position} of ${total}`);
  }
}

function newGateway(scene: Scene): void {
  const reborn = new Gateway(3, scene.server);
  scene.world.wires[1].clear();
  scene.world = scene.world.withSides([scene.board, reborn]);
  scene.gateway = reborn;
}

function newBoardLink(scene: Scene): void {
  // The program keeps the client's memory and starts the port anew.
  scene.world.wires[0].clear();
  linkRestart(scene.board.link, scene.world.now);
}

function stepsAlone(scene: Scene, count: number): void {
  for (let n = 0; n < count; n++) scene.world.step();
}

test('unbroken', (t) => {
  t.log(`${total * stepBytes} byte times`);
  const scene = begin();
  const given = { board: 0, server: 0 };
  while (!isDone(scene)) work(scene, given);
  exactlyOnce(t, scene, 'unbroken');
  t.is(scene.gateway.link.connection, Connection.Open);
});

test('a gateway that is started anew at every byte', (t) => { brokenAtEveryByte(t, newGateway); });

test('a link of the board that is started anew at every byte', (t) => { brokenAtEveryByte(t, newBoardLink); });

test('both at every byte', (t) => {
  brokenAtEveryByte(t, (scene) => {
    newGateway(scene);
    newBoardLink(scene);
  });
});

test('a wire that is unplugged at every byte', (t) => {
  brokenAtEveryByte(t, (scene) => {
    for (const wire of scene.world.wires) wire.isCut = true;
    stepsAlone(scene, 60);
    for (const wire of scene.world.wires) wire.isCut = false;
    linkRestart(scene.gateway.link, scene.world.now);
  });
});

test('a wire that is garbled for a while at every byte', (t) => {
  brokenAtEveryByte(t, (scene) => {
    for (const wire of scene.world.wires) wire.isGarbled = true;
    stepsAlone(scene, 30);
    for (const wire of scene.world.wires) wire.isGarbled = false;
  });
});

test('a server that is lost at every byte', (t) => { brokenAtEveryByte(t, (scene) => { scene.gateway.lose(); }); });

test('a board that is reset at every byte and publishes again what it had: at least once', (t) => {
  for (let position = 0; position < total + 5; position++) {
    const scene = begin();
    const given = { board: 0, server: 0 };
    for (let n = 0; n < position; n++) work(scene, given);
    const reborn = new Board(4);
    scene.world.wires[0].clear();
    scene.world = new World([reborn, scene.gateway], new Random(1), scene.world.options, scene.world.wires);
    scene.board = reborn;
    given.board = 0;
    for (let n = 0; n < 200_000 && !(reborn.isConnected && reborn.published === messages.length); n++) work(scene, given);
    const received = scene.server.received.map((m) => m.payload);
    for (const message of messages) t.true(received.includes(message), `reset at step ${position}: ${received.join()}`);
    t.is(reborn.link.state, LinkState.Up);
  }
});

test('while there is no gateway each attempt has its time, and the application may end it', (t) => {
  const board = new Board(1);
  let now = 0;
  for (; now < 70_000; now += 100) board.turn(now);
  t.deepEqual(board.ends, [Status.LinkFailed, Status.LinkFailed, Status.LinkFailed]);
  clientDisconnect(board.client, Reason.Success, null, now);
  board.turn(now);
  t.is(board.client.state, State.Idle);
});

test('a refusal and the end of the connection that come in one piece: the client hears the refusal, then asks for another connection', (t) => {
  const board = new Board(1);
  const link = createLink({ ...createLinkConfig(), seed: 2 })!;
  let now = 0;
  let opened = 0;
  /** Both sides until nothing moves; what the gateway sends is gathered from the moment on at which it has the CONNECT. */
  const converse = (): void => {
    for (let step = 0; step < 200; step++, now += 10) {
      board.turn(now);
      for (let count = linkOutput(board.link, now); count > 0; count = linkOutput(board.link, now)) {
        linkInput(link, board.link.out, board.link.outFrom, board.link.outFrom + count, now);
        linkSent(board.link, count);
      }
      for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) {
        if (event !== LinkEvent.OpenWanted) continue;
        opened++;
        linkOpened(link);
      }
      const hasConnect = linkRead(link, LinkChannel.Mqtt) > 0;
      if (hasConnect) {
        linkTake(link, LinkChannel.Mqtt, linkRead(link, LinkChannel.Mqtt));
        linkWrite(link, LinkChannel.Mqtt, Buffer.from('20020003', 'hex'), 0, 4);
        linkClose(link, CloseReason.Lost, false);
      }
      const pieces: Buffer[] = [];
      for (let count = linkOutput(link, now); count > 0; count = linkOutput(link, now)) {
        pieces.push(Buffer.from(link.out.subarray(link.outFrom, link.outFrom + count)));
        linkSent(link, count);
      }
      const piece = Buffer.concat(pieces);
      linkInput(board.link, piece, 0, piece.length, now);
      if (hasConnect) return;
    }
  };
  converse();
  board.turn(now);
  t.deepEqual(board.ends, [Status.Refused]);
  converse();
  t.is(opened, 2);
});
