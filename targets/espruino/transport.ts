/**
 * The link over `net` or `tls`, or over what a program lends: opened, written to, closed.
 * Must not know: MQTT. The module over the serial link has serial.ts in this file's place, with the same functions.
 */
import { clientLinkUp } from '../../src/core/index.js';
import { type Mqtt, Owed } from './client.js';
import { onData } from './direct.js';
import { require } from './globals.js';
import type { Socket } from './platform.js';
import { linkDown, now, run } from './pump.js';

/** Options may name a port and TLS. */
export const hasServer = true;

/** What a program lends, before anything is done with it. */
export function demandLink(lent: unknown): Socket {
  const link = lent as Socket;
  if (typeof link.write !== 'function' || typeof link.end !== 'function') throw new Error('MQTT link is ' + String(lent) + '; it must be an object with write and end');
  return link;
}

/** Opens the link to the server. False: it failed at once. */
export function openLink(m: Mqtt): boolean {
  const server = m.linkOptions['host'];
  try {
    // Without a name the engine would connect to itself. A program that lends its links need not name any.
    if (typeof server !== 'string' || server === '') throw new Error('MQTT server is ' + String(server) + '; it must be a host name or an address');
    attach(m, require(m.isSecure ? 'tls' : 'net').connect(m.linkOptions, onConnected));
    return true;
  } catch (thrown) {
    m.emit('error', (thrown as Error).message);
    linkDown(m);
    return false;
  }
}

/** A link that is open. */
export function attach(m: Mqtt, socket: Socket): void {
  socket.client = m;
  m.socket = socket;
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('error', onError);
}

/** Hears no more of the link: what it still brings belongs to no connection, and one that was lent may be lent again. */
export function detach(m: Mqtt): void {
  const socket = m.socket;
  m.socket = null;
  if (socket === null) return;
  socket.removeListener('data', onData);
  socket.removeListener('end', onEnd);
  socket.removeListener('error', onError);
}

export function closeLink(m: Mqtt): void {
  const socket = m.socket;
  detach(m);
  try {
    if (socket !== null) socket.end();
  } catch {
    // It is closed already.
  }
}

/** How much of it the link has taken; -1: it failed. */
export function writeLink(m: Mqtt, data: string): number {
  const socket = m.socket;
  try {
    if (socket !== null) socket.write(data);
  } catch {
    return -1;
  }
  if (socket !== null && !m.isLent) {
    m.owed += data.length;
    if (m.owed > Owed.Most) waitForDrain(m);
  }
  return data.length;
}

/** Whether it takes `count` more bytes. A socket has any number in its memory: it waits when what it was given has not left for the most part. */
export function hasRoom(m: Mqtt, _count: number): boolean {
  const unsent = m.socket!.dSnd;
  m.owed = 0;
  if (typeof unsent !== 'string' || unsent.length < Owed.Most) return true;
  m.isClear = false;
  m.isDirect = false;
  waitForDrain(m);
  return false;
}

/** No more until the socket has sent what it has, which is something: so `drain` will come. */
function waitForDrain(m: Mqtt): void {
  m.owed = Owed.Waiting;
  m.socket!.on('drain', onDrain);
}

function onConnected(this: Socket): void {
  const m = this.client;
  if (m.socket !== this) return;
  clientLinkUp(m, now(m));
  run(m);
}

function onEnd(this: Socket): void {
  const m = this.client;
  if (m.socket !== this) return;
  linkDown(m);
  run(m);
}

function onError(this: Socket, details: unknown): void {
  if (this.client.socket === this) this.client.emit('error', (details as Error).message);
}

function onDrain(this: Socket): void {
  const m = this.client;
  this.removeAllListeners('drain');
  if (m.socket !== this) return;
  m.owed = 0;
  run(m);
}
