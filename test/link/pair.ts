/** A board and a gateway on a line at 115,200 baud that is clean unless said otherwise, for tests of what programs see. */
import { Connection, type LinkConfig, linkOpen, LinkState } from '../../src/link/index.js';
import { Random } from '../unit/random.js';
import { Side } from './side.js';
import { noFaults, type WireFaults } from './wire.js';
import { World } from './world.js';

export interface Pair {
  readonly board: Side;
  readonly gateway: Side;
  readonly world: World<Side, Side>;
}

export function createPair(change: (config: LinkConfig) => void = () => undefined, faults: Partial<WireFaults> = {}, seed = 1): Pair {
  const configured = (own: number) => (config: LinkConfig): void => {
    config.logFrames = 2;
    config.logSendBytes = 200;
    config.agentFrames = 2;
    config.agentSendBytes = 200;
    config.seed = own;
    change(config);
  };
  const board = new Side('board', configured(1));
  const gateway = new Side('gateway', configured(2));
  const world = new World([board, gateway], new Random(seed), {
    baud: 115_200, stepBytes: 4, faults: { ...noFaults, ...faults }, sendFifoBytes: 16, receiveFifoBytes: 64, lateRate: 0,
  });
  return { board, gateway, world };
}

export function isUp(pair: Pair): boolean {
  return pair.board.link.state === LinkState.Up && pair.gateway.link.state === LinkState.Up;
}

export function isOpen(pair: Pair): boolean {
  return pair.board.link.connection === Connection.Open && pair.gateway.link.connection === Connection.Open;
}

/** Both up, and the board's connection open. */
export function createOpenPair(change?: (config: LinkConfig) => void, faults?: Partial<WireFaults>, seed?: number): Pair {
  const pair = createPair(change, faults, seed);
  if (!pair.world.until(() => isUp(pair), 10)) throw new Error('not up within 10 s');
  linkOpen(pair.board.link);
  if (!pair.world.until(() => isOpen(pair), 10)) throw new Error('not open within 10 s');
  return pair;
}
