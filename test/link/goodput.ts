/** How much of the line rate a stream gets over a simulated UART. Used by the tests and the benchmark. */
import { Connection, LinkChannel, type LinkConfig, linkOpen } from '../../src/link/index.js';
import { Random } from '../unit/random.js';
import { Side } from './side.js';
import { noFaults, Wire } from './wire.js';
import { World } from './world.js';

export interface Goodput {
  /** Of the bytes that the line could have carried, the part that arrived as payload: from the board, and to it when both send. */
  readonly up: number;
  readonly down: number;
  readonly again: number;
  readonly timeouts: number;
  readonly fault: string;
}

export interface GoodputOptions {
  readonly baud: number;
  readonly bitErrorRate: number;
  readonly frameBytes: number;
  /** Frames that the receiver has room for. */
  readonly frames: number;
  readonly isBothWays: boolean;
  readonly seconds: number;
  readonly seed: number;
}

export function measureGoodput(options: GoodputOptions): Goodput {
  const change = (seed: number) => (config: LinkConfig): void => {
    config.seed = seed;
    config.frameBytes = options.frameBytes;
    config.mqttFrames = options.frames;
    config.mqttSendBytes = options.frameBytes * 8;
  };
  const random = new Random(options.seed);
  const board = new Side('board', change(1));
  const gateway = new Side('gateway', change(2));
  const world = new World([board, gateway], random, {
    baud: options.baud, stepBytes: 8, faults: { ...noFaults, bitErrorRate: options.bitErrorRate }, sendFifoBytes: 16, receiveFifoBytes: 128, lateRate: 0,
  });
  world.until(() => board.isUp && gateway.isUp, 10);
  linkOpen(board.link);
  world.until(() => board.link.connection === Connection.Open && gateway.link.connection === Connection.Open, 10);
  const begin = world.seconds;
  const last = begin + options.seconds;
  while (world.seconds < last && world.fault === '') {
    board.write(LinkChannel.Mqtt, 4096);
    if (options.isBothWays) gateway.write(LinkChannel.Mqtt, 4096);
    world.step();
  }
  const lineBytes = ((world.seconds - begin) * options.baud) / 10;
  return {
    up: gateway.delivered / lineBytes, down: board.delivered / lineBytes, again: board.link.framesAgain, timeouts: board.link.timeouts, fault: world.fault,
  };
}

/** Bytes that arrive wrong, or not at all, when a stream is sent as it is: one that is lost shifts the rest, so errors are counted where they happen. */
export function rawErrors(bitErrorRate: number, baud: number, seconds: number, seed: number): number {
  const wire = new Wire(new Random(seed), { ...noFaults, bitErrorRate }, 1, 4);
  let errors = 0;
  const byte = Uint8Array.of(0x5a);
  for (let sent = 0; sent < (baud / 10) * seconds; sent++) {
    wire.send(byte, 0, 1);
    wire.pass(1);
    const arrived = wire.take();
    if (arrived.length !== 1 || arrived[0] !== byte[0]) errors++;
  }
  return errors;
}
