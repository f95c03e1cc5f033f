/**
 * Two links in one program, each behind a line that flips and drops bytes, one of which is now and then reset: the same talk on every
 * engine, byte for byte, and the work that must allocate nothing. In the device subset.
 */
import { createBytes } from '../../src/core/bytes.js';
import {
  Connection, createLink, createLinkConfig, type Link, LinkChannel, linkAskTime, linkBaudSet, linkClose, LinkEvent, linkHolds, linkInput, linkNextDeadline,
  linkNextEvent, linkOpen, linkOpened, linkOutput, linkProposeBaud, linkRead, linkRestart, linkSent, LinkState, linkTake, linkTellTime, linkWrite,
} from '../../src/link/index.js';

const enum Talks {
  /** Bytes that one direction of the line carries in a millisecond. */
  PerStep = 12,
  Events = 11,
  /** Shortly before time begins anew. */
  Begin = 0x3ffffe00,
}

export interface Talk {
  board: Link;
  gateway: Link;
  /** What is on its way from one to the other in this step, and text to be written. */
  line: Uint8Array;
  text: Uint8Array;
  now: number;
  random: number;
  /** One of so many bytes is flipped, or lost; 0: none. */
  flips: number;
  drops: number;
  /** Steps between two resets of the board, 0: none; and between two ends of the connection. */
  resets: number;
  closes: number;
  step: number;
  /** Positions in the streams. */
  written: number;
  taken: number;
  /** Events by kind, of both. */
  events: Int32Array;
  faults: number;
  /** Depends on every byte that left, and its place. */
  digest: number;
}

export function createTalk(seed: number, frameBytes: number, events: Int32Array): Talk | null {
  const config = createLinkConfig();
  config.frameBytes = frameBytes;
  config.seed = seed;
  config.logFrames = 2;
  config.logSendBytes = 100;
  config.baudMax = 230400;
  const board = createLink(config);
  const other = createLinkConfig();
  other.seed = seed + 1;
  other.logFrames = 2;
  other.logSendBytes = 100;
  other.baudMax = 460800;
  const gateway = createLink(other);
  if (board === null || gateway === null) return null;
  return {
    board: board, gateway: gateway, line: createBytes(Talks.PerStep), text: createBytes(64), now: Talks.Begin, random: seed, flips: 0, drops: 0, resets: 0, closes: 0,
    step: 0, written: 0, taken: 0, events: events, faults: 0, digest: 1,
  };
}

/** 0 to `below` - 1, which is at most 65,536. */
function draw(t: Talk, below: number): number {
  let x = t.random;
  x ^= (x << 13) & 0x3fffffff;
  x ^= x >>> 17;
  x ^= (x << 5) & 0x3fffffff;
  t.random = x === 0 ? 1 : x;
  return (((x >>> 8) & 0x7fff) * below) >>> 15;
}

/** Carries what one side has to say to the other. */
function carry(t: Talk, from: Link, to: Link): void {
  let room: number = Talks.PerStep;
  let put = 0;
  let count = linkOutput(from, t.now);
  while (count > 0 && room > 0) {
    if (count > room) count = room;
    for (let n = 0; n < count; n++) {
      const byte = from.out[from.outFrom + n];
      t.digest = (t.digest * 31 + byte) % 16777213;
      if (t.drops === 0 || draw(t, t.drops) > 0) {
        t.line[put] = t.flips > 0 && draw(t, t.flips) === 0 ? byte ^ (1 << draw(t, 8)) : byte;
        put++;
      }
    }
    room -= count;
    linkSent(from, count);
    count = linkOutput(from, t.now);
  }
  if (put > 0) linkInput(to, t.line, 0, put, t.now);
}

function act(t: Talk, l: Link, event: LinkEvent): void {
  t.events[event] += 1;
  if (event === LinkEvent.OpenWanted) linkOpened(l);
  else if (event === LinkEvent.TimeWanted) linkTellTime(l, 20000, t.now % 86400000, t.now);
  else if (event === LinkEvent.Baud) linkBaudSet(l, t.now);
  if (event === LinkEvent.Opened || event === LinkEvent.Down) {
    t.written = 0;
    t.taken = 0;
  }
}

function look(t: Talk, l: Link): void {
  let event = linkNextEvent(l);
  while (event !== LinkEvent.None) {
    act(t, l, event);
    event = linkNextEvent(l);
  }
  let count = linkRead(l, LinkChannel.Mqtt);
  while (count > 0) {
    for (let n = 0; n < count; n++) {
      if (l === t.gateway && l.pool[l.readFrom + n] !== ((t.taken + n) & 255)) t.faults += 1;
    }
    if (l === t.gateway) t.taken += count;
    linkTake(l, LinkChannel.Mqtt, count);
    count = linkRead(l, LinkChannel.Mqtt);
  }
  count = linkRead(l, LinkChannel.Log);
  if (count > 0) linkTake(l, LinkChannel.Log, count);
  if (!linkHolds(l) || linkNextDeadline(l, t.now) < 0) t.faults += 1;
}

/** The board's program: a stream of bytes that count up, a log, sometimes the time, another baud rate, or another connection. */
function write(t: Talk, l: Link): void {
  const count = 1 + draw(t, 60);
  for (let n = 0; n < count; n++) t.text[n] = (t.written + n) & 255;
  const taken = linkWrite(l, LinkChannel.Mqtt, t.text, 0, count);
  if (taken > 0) t.written += taken;
  if (t.step % 20 === 0) linkWrite(l, LinkChannel.Log, t.text, 0, count);
  if (t.step % 200 === 0) linkAskTime(l);
  if (t.step % 300 === 0) linkProposeBaud(l, l.baud === 115200 ? 230400 : 115200);
  if (t.closes > 0 && t.step % t.closes === 0) linkClose(l, 32, draw(t, 2) === 0);
}

/** A millisecond. */
export function talkStep(t: Talk): void {
  const board = t.board;
  t.now = (t.now + 1) & 0x3fffffff;
  t.step = (t.step + 1) & 0xffffff;
  if (t.resets > 0 && t.step % t.resets === 0) linkRestart(board, t.now);
  if (board.state === LinkState.Up) {
    if (board.connection === Connection.Closed) linkOpen(board);
    else if (board.connection === Connection.Open) write(t, board);
  }
  carry(t, board, t.gateway);
  look(t, t.gateway);
  carry(t, t.gateway, board);
  look(t, board);
}

/** What has become of it. */
export function talkText(t: Talk): string {
  let text = 'faults ' + t.faults + ' taken ' + t.taken + ' digest ' + t.digest + ' damaged ' + (t.board.framesDamaged + t.gateway.framesDamaged);
  text += ' again ' + t.board.framesAgain + ' events';
  for (let n = 1; n < Talks.Events; n++) text += ' ' + t.events[n];
  return text;
}
