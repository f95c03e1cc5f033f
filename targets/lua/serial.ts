/**
 * The engine's link over the serial link of src/link: frames as Lua strings on one side, channel Mqtt on the other.
 * Must not know: what carries the frames, MQTT.
 *
 * Read first: src/link/README.md; targets/link/port.ts does the same without strings.
 */
import { createBytes, copyBytes } from '../../src/core/bytes.js';
import {
  CloseReason, Connection, createLink, createLinkConfig, type Link as SerialLink, LinkChannel, linkClose, LinkEvent, linkHasRest, linkInput, linkNextDeadline,
  linkNextEvent, linkOpen, linkOutput, linkRead, linkSent, LinkState, linkTake, linkWrite,
} from '../../src/link/index.js';
import { type Engine, engineLost, engineNextDeadline, engineReceived, engineRun, engineSent, engineUp, type Link, Sent } from './engine.js';
import { bytesText, createText, setText, type TextBytes } from './text.js';

const enum Chunk {
  Bytes = 64,
}

export interface Serial {
  l: SerialLink;
  /** What the engine sees. */
  link: Link;
  engine: Engine | undefined;
  write: (this: void, text: string) => void;
  /** The engine wants a connection. */
  isWanted: boolean;
  isHeld: boolean;
  /** What the engine sends, and how much of it the link has taken. */
  unsent: TextBytes;
  at: number;
  /** Bytes on their way in, and as a table for either way. */
  arrived: TextBytes;
  bytes: Uint8Array;
}

/** `seed` must differ from boot to boot. */
export function createSerial(seed: number, now: (this: void) => number, write: (this: void, text: string) => void): Serial {
  const config = createLinkConfig();
  config.seed = seed;
  const s: Serial = {
    l: createLink(config) as SerialLink, engine: undefined, write: write, isWanted: false, isHeld: false, unsent: createText(), at: 0,
    arrived: createText(), bytes: createBytes(Chunk.Bytes),
    link: {
      now: now,
      open: () => {
        s.isWanted = true;
        // What came last for a connection before is for nobody.
        if (linkHasRest(s.l)) linkOpen(s.l);
      },
      close: () => { close(s); },
      send: (text) => {
        setText(s.unsent, text);
        s.at = 0;
        return Sent.InFlight;
      },
      hold: (isHeld) => { s.isHeld = isHeld; },
    },
  };
  return s;
}

/** The connection is over: nothing is left of what was to be sent, and the next one is not held because this one was. */
function forget(s: Serial): void {
  s.isWanted = false;
  s.isHeld = false;
  setText(s.unsent, '');
  s.at = 0;
}

function close(s: Serial): void {
  forget(s);
  if (s.l.connection !== Connection.Closed) linkClose(s.l, CloseReason.Done, false);
}

/** Bytes came over the wire. */
export function serialReceived(s: Serial, data: string): void {
  const arrived = s.arrived;
  setText(arrived, data);
  for (let at = 0; at < arrived.length; at += Chunk.Bytes) {
    let to = at + Chunk.Bytes;
    if (to > arrived.length) to = arrived.length;
    copyBytes(s.bytes, 0, arrived, at, to);
    linkInput(s.l, s.bytes, 0, to - at, s.link.now());
  }
}

/** Does all that can be done: between link and engine, and out to the wire. */
export function serialRun(s: Serial): void {
  const e = s.engine as Engine;
  if (e.isLinkRunning) return;
  let isMore = true;
  // Kept with the engine's own: an error that a handler raises leaves both behind, and `engineResume` ends both.
  e.isLinkRunning = true;
  engineRun(e);
  while (isMore) {
    isMore = false;
    let event = linkNextEvent(s.l);
    while (event !== LinkEvent.None) {
      if (event === LinkEvent.Opened) engineUp(e);
      else if (event === LinkEvent.Closed || event === LinkEvent.Down) lose(s, e);
      isMore = true;
      event = linkNextEvent(s.l);
    }
    if (s.isWanted && s.l.state === LinkState.Up && s.l.connection === Connection.Closed && !linkHasRest(s.l)) {
      linkOpen(s.l);
      isMore = true;
    }
    if (carryIn(s, e) || carryOut(s, e)) isMore = true;
    writeOut(s);
  }
  e.isLinkRunning = false;
}

function lose(s: Serial, e: Engine): void {
  forget(s);
  engineLost(e);
}

function carryIn(s: Serial, e: Engine): boolean {
  const l = s.l;
  if (s.isHeld) return false;
  const count = linkRead(l, LinkChannel.Mqtt);
  if (count <= 0) return false;
  const data = bytesText(l.pool, l.readFrom, l.readTo);
  linkTake(l, LinkChannel.Mqtt, count);
  if (s.isWanted) engineReceived(e, data);
  return true;
}

function carryOut(s: Serial, e: Engine): boolean {
  const unsent = s.unsent;
  if (s.at >= unsent.length || s.l.connection !== Connection.Open) return false;
  let to = s.at + Chunk.Bytes;
  if (to > unsent.length) to = unsent.length;
  copyBytes(s.bytes, 0, unsent, s.at, to);
  const taken = linkWrite(s.l, LinkChannel.Mqtt, s.bytes, 0, to - s.at);
  if (taken <= 0) return false;
  s.at += taken;
  if (s.at < unsent.length) return true;
  setText(unsent, '');
  s.at = 0;
  engineSent(e);
  return true;
}

function writeOut(s: Serial): void {
  const l = s.l;
  let count = linkOutput(l, s.link.now());
  while (count > 0) {
    s.write(bytesText(l.out, l.outFrom, l.outFrom + count));
    linkSent(l, count);
    count = linkOutput(l, s.link.now());
  }
}

/** Milliseconds until `serialRun` must be called, unless bytes come. */
export function serialNextDeadline(s: Serial): number {
  const wait = engineNextDeadline(s.engine as Engine);
  const other = linkNextDeadline(s.l, s.link.now());
  return wait < other ? wait : other;
}
