/**
 * Moves bytes between a client and a serial port of the firmware, over the serial link: the gateway at its other end opens the connection. The
 * same functions as `port.ts`. Must not know: what the bytes are, the application's handlers.
 *
 * Read first: `host.ts`; targets/link/port.ts; src/link/README.md.
 */
import type { Client } from '../../src/core/index.js';
import { createBytes } from '../../src/core/bytes.js';
import {
  createLink, createLinkConfig, type Link, LinkEvent, linkInput, linkNextEvent, linkOutput, linkRestart, linkSent,
} from '../../src/link/index.js';
import { portCarry, portEvent, portNextDeadline } from '../link/port.js';
import { hostMillis, hostRandom, hostRead, hostWrite } from './host.js';

export interface Port {
  link: Link;
  /** Bytes just read; the link takes all of them. */
  held: Uint8Array;
}

export function createPort(): Port {
  const config = createLinkConfig();
  config.seed = hostRandom();
  const link = createLink(config)!;
  linkRestart(link, hostMillis());
  return { link: link, held: createBytes(64) };
}

/** The gateway knows the server: an address would not be followed. */
export function portAddress(_p: Port, host: string | undefined, number: number | undefined): void {
  if (host !== undefined || number !== undefined) throw new Error('midge: over a serial port the gateway knows the server; call connect() without an address');
}

export function portRun(p: Port, c: Client): boolean {
  const now = hostMillis();
  const l = p.link;
  const count = hostRead(p.held, 0, p.held.length);
  if (count > 0) linkInput(l, p.held, 0, count, now);
  let event = linkNextEvent(l);
  while (event !== LinkEvent.None) {
    portEvent(c, event, now);
    event = linkNextEvent(l);
  }
  const hasMoved = portCarry(c, l, now);
  let waiting = linkOutput(l, now);
  while (waiting > 0) {
    const taken = hostWrite(l.out, l.outFrom, l.outFrom + waiting);
    if (taken === 0) return hasMoved || count > 0;
    linkSent(l, taken);
    waiting = linkOutput(l, now);
  }
  return hasMoved || count > 0;
}

export function portDeadline(p: Port, c: Client): number {
  return portNextDeadline(c, p.link, hostMillis());
}
