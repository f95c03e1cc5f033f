/**
 * Moves bytes between a client and a TCP connection of the firmware. `link-port.ts` has the same functions over a serial port; a build takes one of
 * the two. Must not know: what the bytes are, the application's handlers.
 *
 * Read first: `host.ts`; src/core/README.md.
 */
import {
  type Client, clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientOutput, clientSent, clientWantsLink,
} from '../../src/core/index.js';
import { createBytes } from '../../src/core/bytes.js';
import { hostClose, hostLink, HostLink, hostMillis, hostOpen, hostRead, hostWrite } from './host.js';
import { wrong } from './wrong.js';

export interface Port {
  host: string;
  number: number;
  /** The client has been told of nothing, of an attempt, or of a link. */
  state: HostLink;
  /** Bytes read of which the client has not taken `held[from … to)`. */
  held: Uint8Array;
  from: number;
  to: number;
}

export function createPort(): Port {
  return { host: '', number: 0, state: HostLink.Closed, held: createBytes(64), from: 0, to: 0 };
}

/** Where attempts go to; without a port number to 1883. */
export function portAddress(p: Port, host: string | undefined, number: number | undefined): void {
  const port = number === undefined ? 1883 : number;
  if (typeof host !== 'string' || host === '') throw new Error('midge: connect needs the name or address of a server, not ' + String(host));
  if ((port | 0) !== port || port < 1 || port > 65535) wrong('the port', port, 'an integer from 1 to 65535');
  p.host = host;
  p.number = port;
}

/** Opens or closes the link as the client wishes, and moves bytes both ways. True: something happened, so there may be events. */
export function portRun(p: Port, c: Client): boolean {
  const now = hostMillis();
  if (p.state === HostLink.Closed) {
    if (!clientWantsLink(c)) {
      clientLinkDown(c, now); // an attempt that was given up before it was begun here
      clientOutput(c, now); // time passes, and with it the pause before the next attempt
      return clientWantsLink(c);
    }
    hostOpen(p.host, p.number);
    p.state = HostLink.Opening;
    return true;
  }
  let hasMoved = false;
  if (p.state === HostLink.Open) hasMoved = takeIn(p, c, now);
  // In every state: a link that does not open in time is given up here.
  if (giveOut(p, c, now)) hasMoved = true;
  const link = hostLink(); // after reading, which may have found the end
  if (link === HostLink.Open && p.state === HostLink.Opening) {
    p.state = HostLink.Open;
    clientLinkUp(c, now);
    return true;
  }
  if (link !== HostLink.Closed && clientWantsLink(c)) return hasMoved;
  if (link === HostLink.Closed && hasMoved) return true; // what came last is read before the end is told
  hostClose();
  p.state = HostLink.Closed;
  p.to = p.from;
  clientLinkDown(c, now);
  return true;
}

function takeIn(p: Port, c: Client, now: number): boolean {
  if (p.from === p.to) {
    p.from = 0;
    p.to = hostRead(p.held, 0, p.held.length);
  }
  if (p.from === p.to) return false;
  const taken = clientInput(c, p.held, p.from, p.to, now);
  p.from += taken;
  return taken > 0;
}

function giveOut(p: Port, c: Client, now: number): boolean {
  let hasMoved = false;
  let count = clientOutput(c, now);
  while (count > 0 && p.state === HostLink.Open) {
    const taken = hostWrite(c.out, c.outFrom, c.outFrom + count);
    if (taken === 0) return hasMoved;
    clientSent(c, taken);
    hasMoved = true;
    count = clientOutput(c, now);
  }
  return hasMoved;
}

/** Milliseconds until `portRun` must be called again, unless bytes come before. */
export function portDeadline(_p: Port, c: Client): number {
  return clientNextDeadline(c, hostMillis());
}
