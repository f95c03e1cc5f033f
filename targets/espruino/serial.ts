/**
 * The link over a UART and the serial gateway at its other end, in the place of transport.ts in the module `midge-serial`: the same functions.
 * `create` takes the port, such as Serial1, in place of a server; the program sets it up. The frames go on while nobody is connected, so that the
 * gateway knows that the board lives.
 *
 * Must not know: MQTT, frames. Read first: src/link/README.md.
 */
import { clientLinkUp } from '../../src/core/index.js';
import {
  CloseReason, Connection, createLink, createLinkConfig, type Link, LinkChannel, LinkEvent, LinkState, LinkTime, linkClose, linkHasRest, linkInput, linkNextDeadline,
  linkNextEvent, linkOpen, linkOutput, linkRead, linkRoom, linkSent, linkTake, linkWrite,
} from '../../src/link/index.js';
import { type Mqtt, Owed } from './client.js';
import { onData } from './direct.js';
import { clearTimeout, E, getTime, setTimeout } from './globals.js';
import type { Socket, Timer } from './platform.js';
import { bytesOf, linkDown, now, run } from './pump.js';

/** There is no server to name here. */
export const hasServer = false;

/** What stands between a port and its client: the client's `socket` while it has a connection, and the owner of the frames all the time. */
export interface WireFields {
  frames: Link;
  port: Socket;
  client: Mqtt;
  timer: Timer;
  isTimed: boolean;
}

type Wire = WireFields & { write(data: string): void };

const enum Wait {
  /** The clock may be set: the frames look again at least this often. */
  MostMs = 1000,
}

/** Ports that have a wire: one each, for as long as the program runs. */
const wires: Wire[] = [];

function linkNow(): number {
  return getTime() * 1000 & LinkTime.Mask;
}

function wireOf(m: Mqtt): Wire {
  const port = m.linkOptions['host'] as Socket;
  for (const wire of wires) {
    if (wire.port === port) {
      wire.client = m;
      return wire;
    }
  }
  const config = createLinkConfig();
  config.seed = E.hwRand() & 0x3fffffff;
  const made: Wire = { frames: createLink(config) as Link, port: port, client: m, timer: 0, isTimed: false, write: writeAll };
  wires.push(made);
  port.on('data', onBytes);
  return made;
}

/** A port is the only link that there is. */
export function demandLink(_lent: unknown): Socket {
  throw new Error('MQTT over a serial link takes no other: call connect without arguments');
}

/** Why the port cannot be had; empty: it can. There is one client of it at a time. */
function portFault(m: Mqtt): string {
  const port = m.linkOptions['host'];
  if (!port || typeof (port as Socket).write !== 'function') return 'MQTT port is ' + String(port) + '; it must be a serial port, such as Serial1';
  for (const wire of wires) {
    if (wire.port === port && wire.client !== m && wire.client.socket !== null) return 'another client uses this port: disconnect it first';
  }
  return '';
}

/** Asks for a connection; `handle` does where the gateway is not there yet. False: the port cannot be had. */
export function openLink(m: Mqtt): boolean {
  const fault = portFault(m);
  if (fault !== '') {
    m.emit('error', fault);
    linkDown(m);
    return false;
  }
  const wire = wireOf(m);
  m.socket = wire as unknown as Socket;
  m.owed = Owed.Most;
  if (wire.frames.state === LinkState.Up && wire.frames.connection === Connection.Closed) linkOpen(wire.frames);
  transmit(wire);
  return true;
}

/** Nothing is lent here. */
export function attach(_m: Mqtt, _socket: Socket): void {
  // As demandLink has said.
}

/** The wire stays: what a connection before has sent, its frames do not bring to the next. */
export function detach(m: Mqtt): void {
  m.socket = null;
}

export function closeLink(m: Mqtt): void {
  const wire = wireOf(m);
  detach(m);
  linkClose(wire.frames, CloseReason.Done, false);
  transmit(wire);
}

export function writeLink(m: Mqtt, data: string): number {
  const wire = m.socket as unknown as Wire;
  const taken = linkWrite(wire.frames, LinkChannel.Mqtt, bytesOf(data), 0, data.length);
  transmit(wire);
  if (taken < 0) return 0;
  m.owed += taken;
  return taken;
}

/** What direct.ts writes cannot be parted. It has asked for the room: without it the connection is gone. */
function writeAll(this: Wire, data: string): void {
  if (linkRoom(this.frames, LinkChannel.Mqtt) < data.length) throw new Error('no connection');
  linkWrite(this.frames, LinkChannel.Mqtt, bytesOf(data), 0, data.length);
  transmit(this);
}

/**
 * Whether the frames take `count` more bytes. What they have room for becomes the count up to which they need not be asked; without room the core's way is
 * open, which parts its packets.
 */
export function hasRoom(m: Mqtt, count: number): boolean {
  const left = linkRoom((m.socket as unknown as Wire).frames, LinkChannel.Mqtt) - count;
  m.owed = left < 0 || left > Owed.Most ? Owed.Most : Owed.Most - left;
  return left >= 0;
}

function onBytes(this: Socket, data: string): void {
  for (const wire of wires) {
    if (wire.port === this) {
      linkInput(wire.frames, bytesOf(data), 0, data.length, linkNow());
      handle(wire);
    }
  }
}

/** What the frames have brought, to the client; and the connection as the client wishes it. */
function handle(wire: Wire): void {
  const m = wire.client;
  const frames = wire.frames;
  // What came last is read before Closed is told, and before there is another one: it may say why.
  if (m.socket !== null && frames.connection === Connection.Closed && linkHasRest(frames)) receive(wire);
  let event = linkNextEvent(frames);
  let isNews = false;
  while (event !== LinkEvent.None) {
    isNews = true;
    if (event === LinkEvent.Opened && m.socket !== null) clientLinkUp(m, now(m));
    else if ((event === LinkEvent.Closed || event === LinkEvent.Down) && m.socket !== null) linkDown(m);
    event = linkNextEvent(frames);
  }
  if (m.socket !== null && frames.state === LinkState.Up && frames.connection === Connection.Closed && !linkHasRest(frames)) linkOpen(frames);
  if (m.socket !== null && frames.connection === Connection.Open) receive(wire);
  if (isNews || frames.connection === Connection.Open) run(m);
  transmit(wire);
}

/** Bytes of the server; what the client has no room for stays, and so does its credit. */
function receive(wire: Wire): void {
  const m = wire.client;
  const frames = wire.frames;
  let count = m.unread === '' ? linkRead(frames, LinkChannel.Mqtt) : 0;
  while (count > 0) {
    const data = E.toString(frames.pool.subarray(frames.readFrom, frames.readFrom + count));
    linkTake(frames, LinkChannel.Mqtt, count);
    onData.call(wire as unknown as Socket, data);
    count = m.unread === '' && m.socket !== null ? linkRead(frames, LinkChannel.Mqtt) : 0;
  }
}

function transmit(wire: Wire): void {
  const frames = wire.frames;
  let count = linkOutput(frames, linkNow());
  while (count > 0) {
    wire.port.write(E.toString(frames.out.subarray(frames.outFrom, frames.outFrom + count)));
    linkSent(frames, count);
    count = linkOutput(frames, linkNow());
  }
  if (wire.isTimed) clearTimeout(wire.timer);
  const wait = linkNextDeadline(frames, linkNow());
  wire.isTimed = true;
  wire.timer = setTimeout(onWireTimer, wait < Wait.MostMs ? wait : Wait.MostMs, wire);
}

function onWireTimer(wire: Wire): void {
  wire.isTimed = false;
  transmit(wire);
  handle(wire);
}
