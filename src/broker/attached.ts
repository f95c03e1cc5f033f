/*
 * Clients in the broker's own process: byte streams that the embedder attaches, and the client identifiers and queue
 * limits set aside for them. Knows nothing of packets.
 * Changes together with api.ts (`AttachOptions`).
 */
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { AttachOptions } from './api.js';
import { Connection } from './connection.js';
import type { Hub } from './hub.js';
import { SocketLink } from './link.js';

/** Limits of the queue of one session, in place of the broker's for all. */
export interface QueueLimits {
  readonly sessionQueueMessagesMax?: number;
  readonly sessionQueueBytesMax?: number;
}

/**
 * Whether only attached streams may use an identifier: one that was attached, or any of a bridge, whose session may be there
 * before it and after it. Changes together with `localClientId` of the bridge.
 */
export function isReserved(hub: Hub, clientId: string): boolean {
  return clientId.startsWith('$bridge-') || hub.ownClients.has(clientId);
}

/** Puts a connection on a stream. What an attached client does is not asked of hooks and not spoilt by a fault plan. */
export function attach(hub: Hub, stream: Duplex, { clientId, ...limits }: AttachOptions): void {
  if (clientId !== undefined) hub.ownClients.set(clientId, limits);
  if (hub.isDown || hub.closing) {
    stream.destroy();
    return;
  }
  // A link uses of its socket what every stream has, and hooks, which could see more, are not asked.
  const link = new SocketLink('internal', stream as Socket);
  link.open(new Connection(hub, link));
}

/** One end of a stream pair: what is written to the other end is read here. */
class End extends Duplex {
  other!: End;
  private taken: (() => void) | undefined;

  override _read(): void {
    const taken = this.taken;
    this.taken = undefined;
    taken?.();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.other.push(bytes)) done();
    else this.other.taken = done;
  }

  override _final(done: () => void): void {
    this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    // The other end sees what a cut connection shows: a close without an end.
    setImmediate(() => this.other.destroy());
  }
}

/** Two ends of a byte stream within this process, one for `broker.attach`, one for the client. */
export function streamPair(): [Duplex, Duplex] {
  const options = { allowHalfOpen: false, readableHighWaterMark: 65_536, writableHighWaterMark: 65_536 };
  const ends: [End, End] = [new End(options), new End(options)];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
