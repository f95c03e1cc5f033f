/** A board that runs the core behind the link: a client whose connections go over a wire. */
import type { ExecutionContext } from 'ava';
import { BoardEnd } from '../../src/gateway/link/board-end.js';
import type { ClientOptions, MidgeClient } from '../../targets/node/index.js';
import { makeClient } from '../node/support.js';
import type { Plug } from './pty.js';

let lastSeed = 1;

export interface VirtualBoard {
  readonly end: BoardEnd;
  readonly client: MidgeClient;
  /** Puts the board on another wire. */
  plug(plug: Plug): void;
}

export function virtualBoard(t: ExecutionContext, plug: Plug, options: ClientOptions, baudRateMax = 0): VirtualBoard {
  const end = new BoardEnd({ baudRate: 115_200, baudRateMax, seed: lastSeed++ });
  t.teardown(() => end.end());
  const put = (one: Plug): void => {
    one.wire.stdout.on('data', (bytes: Buffer) => end.input(bytes));
    end.begin({ write: (bytes) => one.send(bytes), setBaud: (_rate, done) => setImmediate(done) });
  };
  put(plug);
  return { end, client: makeClient(t, { stream: () => end.connect(), ...options }), plug: put };
}
