/**
 * The core at work over a link that sends and receives Lua strings: bytes both ways, events in between, the link opened and closed as the core
 * wishes. The same for NodeMCU's sockets and for LuaSocket's. Must not know: which of them, what the application does with an event.
 *
 * Read first: src/core/README.md, the port's loop.
 */
import type { Client } from '../../src/core/client.js';
import {
  clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientNextEvent, clientOutput, clientSent, clientWantsLink, Event, Publish, Time,
} from '../../src/core/index.js';
import { isQuietOut } from '../../src/core/passing.js';
import { Profile } from '../../src/core/profile.js';
import { isOpenInward, keepPacket, noteQuickLost, putKept, quickPacket, takeAnswer, takeMessage, takeOther } from './quick.js';
import { bytesText, createText, type MessageHandler, setText, takePlain, takePlainAt, takeWithId, type TextBytes, textFrom } from './text.js';

/** How a port's link looks to the engine. Handlers must not call the engine; what they find out they tell it later, or return. */
export interface Link {
  /** Milliseconds modulo 2^30. */
  now: (this: void) => number;
  /** Begins to open it: `engineUp` or `engineLost` follow, perhaps at once. */
  open: (this: void) => void;
  close: (this: void) => void;
  /** Sends a string of at most 1,460 bytes. */
  send: (this: void, text: string) => Sent;
  /** Asks it to stop receiving, or to go on. */
  hold: (this: void, isHeld: boolean) => void;
}

export const enum Sent {
  /** It cannot be sent: the link is gone. */
  Gone,
  /** `engineSent` follows when it is confirmed. */
  InFlight,
  /** The link has it. */
  Done,
}

export const enum LinkState {
  Closed,
  Opening,
  Up,
  /** To be closed when its last send is confirmed, or after a while. */
  Closing,
}

const enum Limit {
  /** A frame of Ethernet: more in one send would be confirmed in parts. */
  SendBytes = 1460,
  /** Plain messages that are handed over before the engine runs again: time brings pings, also where each step of the program finds a message. */
  Passes = 32,
}

export interface Engine {
  c: Client;
  port: Link;
  link: LinkState;
  /** What arrived and has not been taken yet, from `at` on. */
  received: TextBytes;
  at: number;
  isHeld: boolean;
  /** How many plain messages may still be handed over at once: nothing waits to be done in client and engine. */
  passes: number;
  /** A send is not confirmed yet: the next has to wait. */
  isSending: boolean;
  /** A send failed. */
  isBroken: boolean;
  /** The send in flight is a publish that the core knows nothing of. */
  isQuick: boolean;
  /** Acknowledgements that the core takes to have left, and that leave before anything else. */
  answers: string;
  /** Packets of QoS 1 and 2 that left and are not in the client's arena yet, in which they follow each other from `keptAt` on. */
  kept: string[];
  keptCount: number;
  keptAt: number;
  closeAt: number;
  isRunning: boolean;
  /** Something was asked for while running. */
  isAgain: boolean;
  event: (this: void, event: Event) => void;
  /** A message that took the quick way. */
  message: MessageHandler;
  /** A publish of QoS 1 or 2 has come to its end on the quick way. */
  published: (this: void, handle: number) => void;
  /** The link is closed, and the client has been told. */
  closed: (this: void) => void;
  /** All is done that can be done now. */
  idle: (this: void) => void;
}

/** `message`, `closed` and `idle` may be set later. */
export function createEngine(c: Client, port: Link, event: (this: void, event: Event) => void, published: (this: void, handle: number) => void): Engine {
  return {
    c: c, port: port, link: LinkState.Closed, received: createText(), at: 0, isHeld: false, passes: 0, isSending: false, isBroken: false, isQuick: false, answers: '', kept: [], keptCount: 0, keptAt: 0, closeAt: 0,
    isRunning: false, isAgain: false, event: event, message: () => undefined, published: published, closed: () => undefined, idle: () => undefined,
  };
}

/** The link is open. */
export function engineUp(e: Engine): void {
  if (e.link !== LinkState.Opening) return;
  e.link = LinkState.Up;
  clientLinkUp(e.c, e.port.now());
  engineRun(e);
}

/** The link could not be opened, was lost, or was closed by the other side. */
export function engineLost(e: Engine): void {
  if (e.link === LinkState.Closed) return;
  // What arrived before the end counts.
  work(e);
  forgetLink(e);
  engineRun(e);
}

/** The last send is confirmed. */
export function engineSent(e: Engine): void {
  e.isSending = false;
  e.isQuick = false;
  engineRun(e);
}

/** Bytes arrived. A link that is held may still deliver what was on its way. */
export function engineReceived(e: Engine, data: string): void {
  if (e.passes > 0) {
    if (takePlain(data, e.message)) {
      e.passes -= 1;
      return;
    }
    if (Profile.Qos > 0 && takeAlone(e, data)) return;
  }
  setText(e.received, e.at < e.received.length ? textFrom(e.received.text, e.at) + data : data);
  e.at = 0;
  engineRun(e);
}

/** Deals with what arrived if it is one short packet of QoS 1 or 2, or acknowledges one. */
function takeAlone(e: Engine, data: string): boolean {
  const c = e.c;
  const passes = e.passes;
  e.isRunning = true;
  e.isAgain = false;
  e.passes = 0;
  e.at = 0;
  const isTaken = takeWithId(e, data, 0, data.length, takeMessage, takeAnswer);
  e.isRunning = false;
  if (!isTaken) return false;
  if (e.answers !== '') sendPacket(e, '', false);
  if (e.isAgain || c.settleHandle > 0) engineRun(e);
  else {
    if (!e.isSending) e.passes = passes - 1;
    e.idle();
  }
  return true;
}

/** Does all that can be done now. Within an event's handler it leaves a note instead. */
export function engineRun(e: Engine): void {
  if (e.isRunning) {
    e.isAgain = true;
    return;
  }
  work(e);
  settleLink(e);
  e.idle();
}

/** After a publish: nothing but sending has to be done, unless a handler made it. */
export function engineFlush(e: Engine): void {
  e.passes = 0;
  if (e.isRunning) e.isAgain = true;
  else sendOutput(e);
  if (e.isBroken) engineRun(e);
}

/**
 * Sends a plain publish past the core, which takes note of it at QoS 1 and 2. Returns its handle (0 at QoS 0), or -1: it is not plain, or something is under
 * way; the core takes it.
 */
export function engineQuickPublish(e: Engine, topic: string, payload: string, flags: number): number {
  if (e.passes === 0 || flags > Publish.Retain) return publishBetween(e, topic, payload, flags);
  const packet = quickPacket(topic, payload, flags);
  if (packet === '') return -1;
  const sent = e.port.send(packet);
  e.c.sentAt = e.c.now;
  if (sent !== Sent.Done) noteUnsent(e, sent, true);
  return 0;
}

/** As above, also while the engine runs, and with QoS 1 and 2. */
function publishBetween(e: Engine, topic: string, payload: string, flags: number): number {
  const c = e.c;
  if (e.passes === 0 && (e.isSending || e.link !== LinkState.Up || !isQuietOut(c))) return -1;
  const isQos0 = Profile.Qos < 1 || flags <= Publish.Retain;
  const packet = isQos0 ? quickPacket(topic, payload, flags) : '';
  const handle = isQos0 ? 0 : keepPacket(e, topic, payload, flags);
  if (packet === '' && handle <= 0) return -1;
  sendPacket(e, isQos0 ? packet : e.kept[e.keptCount - 1], isQos0);
  return handle;
}

/** Sends a packet that the core has no part in any more, behind the answers that wait. */
function sendPacket(e: Engine, packet: string, isQuick: boolean): void {
  const sent = e.port.send(e.answers === '' ? packet : e.answers + packet);
  e.answers = '';
  e.c.sentAt = e.c.now;
  if (sent !== Sent.Done) noteUnsent(e, sent, isQuick);
}

/** What was sent is on its way yet, or the link is gone. `isQuick`: it is a publish that the core knows nothing of. */
function noteUnsent(e: Engine, sent: Sent, isQuick: boolean): void {
  e.passes = 0;
  e.isSending = true;
  e.isQuick = isQuick;
  if (sent === Sent.Gone) {
    e.isBroken = true;
    engineRun(e);
  }
}

/** After an error that a handler raised, which is the application's to deal with: the engine goes on. */
export function engineResume(e: Engine): void {
  e.isRunning = false;
}

/** Milliseconds until `engineRun` must be called, if nothing else happens. */
export function engineNextDeadline(e: Engine): number {
  const now = e.port.now();
  const wait = clientNextDeadline(e.c, now);
  if (e.link !== LinkState.Closing) return wait;
  const left = (e.closeAt - now) & Time.Mask;
  return left < wait ? left : wait;
}

function work(e: Engine): void {
  const c = e.c;
  let isMore = true;
  // What passed came after the client was last told the time.
  if (e.passes > 0 && e.passes < Limit.Passes) c.receivedAt = c.now;
  e.isRunning = true;
  e.passes = 0;
  while (isMore) {
    e.isAgain = false;
    isMore = takeShort(e);
    if (takeReceived(e)) isMore = true;
    if (tellEvents(e)) isMore = true;
    if (sendOutput(e)) isMore = true;
    // Something moved, and something is left: bytes that had no room, an event, a packet that could not be answered before, output beyond one send.
    isMore = e.isAgain || (isMore && (e.at < e.received.length || c.attention || c.inFrom < c.inTo || c.outFrom < c.outTo));
  }
  e.isRunning = false;
  if (e.at < e.received.length) return;
  setText(e.received, '');
  if (e.link === LinkState.Up && !e.isSending && isOpenInward(c) && isQuietOut(c)) e.passes = Limit.Passes;
}

/** Deals with what arrived as far as it is short packets, as strings. A handler that wants something sent comes first. */
function takeShort(e: Engine): boolean {
  const c = e.c;
  const from = e.at;
  let isTaken = true;
  while (isTaken && e.at < e.received.length && !e.isAgain) {
    // As between any two packets: the last message is answered, what happened meanwhile is told.
    if (c.settleHandle > 0 || c.reports > 0) tellEvents(e);
    const text = e.received.text;
    isTaken = isOpenInward(c) && (takePlainAt(e, text, e.at, e.message) || (Profile.Qos > 0 && !e.isSending && takeOther(e, text)));
  }
  if (e.answers !== '' && !e.isSending) sendPacket(e, '', false);
  if (e.at === from) return false;
  c.receivedAt = c.now;
  return true;
}

function tellEvents(e: Engine): boolean {
  let event = clientNextEvent(e.c);
  if (event === Event.None) return false;
  while (event !== Event.None) {
    e.event(event);
    event = clientNextEvent(e.c);
  }
  return true;
}

/** Hands over what arrived, as far as the client takes it. */
function takeReceived(e: Engine): boolean {
  const received = e.received;
  if (e.at >= received.length) return false;
  const taken = clientInput(e.c, received, e.at, received.length, e.port.now());
  e.at += taken;
  const isHeld = e.at < received.length && taken === 0;
  if (isHeld !== e.isHeld) {
    e.isHeld = isHeld;
    e.port.hold(isHeld);
  }
  return taken > 0;
}

/** Sends what there is in one string; also lets the client do what is due. */
function sendOutput(e: Engine): boolean {
  const c = e.c;
  const now = e.port.now();
  let count = clientOutput(c, now);
  if (count === 0 || e.isSending || e.link !== LinkState.Up) return false;
  if (count > Limit.SendBytes) count = Limit.SendBytes;
  let text = bytesText(c.out, c.outFrom, c.outFrom + count);
  clientSent(c, count);
  let room = Limit.SendBytes - count;
  count = clientOutput(c, now);
  while (count > 0 && room > 0) {
    if (count > room) count = room;
    text = text + bytesText(c.out, c.outFrom, c.outFrom + count);
    clientSent(c, count);
    room -= count;
    count = clientOutput(c, now);
  }
  const sent = e.port.send(text);
  e.isSending = sent !== Sent.Done;
  if (sent === Sent.Gone) e.isBroken = true;
  return true;
}

function settleLink(e: Engine): void {
  const c = e.c;
  if (e.isBroken && e.link !== LinkState.Closed) {
    e.port.close();
    forgetLink(e);
    engineRun(e);
  } else if (clientWantsLink(c)) {
    if (e.link !== LinkState.Closed) return;
    e.link = LinkState.Opening;
    e.isSending = false;
    e.isBroken = false;
    e.port.open();
  } else if (e.link !== LinkState.Closed) {
    if (e.link === LinkState.Up && e.isSending) {
      // The packet that ends the connection is on its way.
      e.link = LinkState.Closing;
      e.closeAt = (e.port.now() + c.config.pingTimeoutMs) & Time.Mask;
      return;
    }
    if (e.link === LinkState.Closing && e.isSending && ((e.port.now() - e.closeAt) & Time.Mask) >= Time.Half) return;
    e.port.close();
    forgetLink(e);
    engineRun(e);
  }
}

function forgetLink(e: Engine): void {
  e.link = LinkState.Closed;
  e.isHeld = false;
  e.answers = '';
  setText(e.received, '');
  e.at = 0;
  if (Profile.Qos > 0) putKept(e);
  clientLinkDown(e.c, e.port.now());
  e.isRunning = true;
  if (e.isQuick) {
    e.isQuick = false;
    noteQuickLost(e.c);
    e.event(Event.Dropped);
  }
  tellEvents(e);
  e.isRunning = false;
  e.closed();
}
