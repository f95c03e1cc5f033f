/**
 * The core at work over a link that sends and receives Lua strings: bytes both ways, events in between, the link opened and closed as the core
 * wishes. The same for NodeMCU's sockets and for LuaSocket's. Must not know: which of them, what the application does with an event.
 *
 * Read first: src/core/README.md, the port's loop.
 */
import type { Client } from '../../src/core/client.js';
import {
  clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientNextEvent, clientOutput, clientSent, clientWantsLink, Event, Time,
} from '../../src/core/index.js';
import { isIdleOutward, noteQuickLost, quickPacket, takeQuick } from './quick.js';
import { bytesText, createText, type MessageHandler, setText, type TextBytes, textFrom } from './text.js';

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
}

export interface Engine {
  c: Client;
  port: Link;
  link: LinkState;
  /** What arrived and has not been taken yet, from `at` on. */
  received: TextBytes;
  at: number;
  isHeld: boolean;
  /** A send is not confirmed yet: the next has to wait. */
  isSending: boolean;
  /** A send failed. */
  isBroken: boolean;
  /** The send in flight is a publish that the core knows nothing of. */
  isQuick: boolean;
  closeAt: number;
  isRunning: boolean;
  /** Something was asked for while running. */
  isAgain: boolean;
  /** The loop of a link that calls the engine runs: a serial link's. */
  isLinkRunning: boolean;
  event: (this: void, event: Event) => void;
  /** A message that took the quick way. */
  message: MessageHandler;
  /** The link is closed, and the client has been told. */
  closed: (this: void) => void;
  /** All is done that can be done now. */
  idle: (this: void) => void;
}

/** `closed` and `idle` may be set later. */
export function createEngine(c: Client, port: Link, event: (this: void, event: Event) => void, message: MessageHandler): Engine {
  return {
    c: c, port: port, link: LinkState.Closed, received: createText(), at: 0, isHeld: false, isSending: false, isBroken: false, isQuick: false, closeAt: 0,
    isRunning: false, isAgain: false, isLinkRunning: false, event: event, message: message, closed: () => undefined, idle: () => undefined,
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
  const c = e.c;
  if (e.at >= e.received.length) {
    const at = takeQuick(c, data, e.message);
    c.receivedAt = c.now;
    if (at === data.length) return;
    setText(e.received, at > 0 ? textFrom(data, at) : data);
  } else setText(e.received, textFrom(e.received.text, e.at) + data);
  e.at = 0;
  engineRun(e);
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
  if (!e.isRunning) sendOutput(e);
  if (e.isBroken) engineRun(e);
}

/** Sends a plain publish of QoS 0 past the core. False: it is not plain, or something is under way; the core takes it. */
export function engineQuickPublish(e: Engine, topic: string, payload: string, retain: number): boolean {
  const c = e.c;
  if (e.isSending || e.link !== LinkState.Up || !isIdleOutward(c)) return false;
  const packet = quickPacket(topic, payload, retain);
  if (packet === '') return false;
  const sent = e.port.send(packet);
  c.sentAt = c.now;
  e.isSending = sent !== Sent.Done;
  e.isQuick = e.isSending;
  if (sent !== Sent.Gone) return true;
  e.isBroken = true;
  engineRun(e);
  return true;
}

/** After an error that a handler raised, which is the application's to deal with: the engine goes on. */
export function engineResume(e: Engine): void {
  e.isRunning = false;
  e.isLinkRunning = false;
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
  e.isRunning = true;
  while (isMore) {
    e.isAgain = false;
    isMore = takeReceived(e);
    if (tellEvents(e)) isMore = true;
    if (sendOutput(e)) isMore = true;
    // Something moved, and something is left: bytes that had no room, an event, a packet that could not be answered before, output beyond one send.
    isMore = e.isAgain || (isMore && (e.at < e.received.length || c.attention || c.inFrom < c.inTo || c.outFrom < c.outTo));
  }
  e.isRunning = false;
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
  setText(e.received, '');
  e.at = 0;
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
