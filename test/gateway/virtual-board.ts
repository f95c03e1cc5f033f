/** A board that runs the core behind the link: a client whose connections go over a wire, by way of a port of its own on loopback. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
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

export async function virtualBoard(t: ExecutionContext, plug: Plug, options: ClientOptions, baudRate = 115_200): Promise<VirtualBoard> {
  const end = new BoardEnd({ baudRate, seed: lastSeed++ });
  t.teardown(() => end.end());
  const put = (one: Plug): void => {
    one.wire.stdout.on('data', (bytes: Buffer) => end.input(bytes));
    end.begin({ write: (bytes) => one.send(bytes), setBaud: (_rate, done) => setImmediate(done) });
  };
  put(plug);
  const server = createServer((socket) => {
    const stream = end.connect();
    stream.on('error', () => undefined).on('close', () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => stream.destroy());
    socket.pipe(stream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => { server.close(); });
  const client = makeClient(t, { host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
  return { end, client, plug: put };
}
