/**
 * One client on a link that a script holds in its hands, and the trace of what it does: a port as the core's contract wants it, for
 * every engine. Must not know the commands.
 */
import {
  type Client, type ClientConfig, type ConfigV5, clientInput, clientNextDeadline, clientNextEvent, clientOutput, clientSent,
  clientSkip, clientWantsLink, createConfig, createConfigV5, createProperties, Event, type Properties, Property, propertyNext, Version,
} from '../../src/core/index.js';
import { createBytes } from '../../src/core/bytes.js';
import { eventName, handleText, resultName, stateName } from './names.js';
import { bufferHolds, digitsOf, printable } from './text.js';

export const enum Room {
  /** The longest run of bytes that one line of a script may name or cause. */
  Bytes = 20000,
  PropertyBytes = 2048,
  /** Turns of the port without an end: the client hangs. */
  Turns = 30000,
}

export interface Stage {
  config: ClientConfig;
  v5: ConfigV5;
  client: Client | null;
  now: number;
  /** What a line of a script names; lent to the client as a stream too. */
  bytes: Uint8Array;
  properties: Properties;
  /** What the link has taken since it was last told. */
  taken: Uint8Array;
  takenTo: number;
  /** The most bytes the link takes per write and before it blocks; -1: no limit. */
  writeMax: number;
  budget: number;
  /** The next `in` is fed in two parts, cut here (-1: whole), or byte by byte. */
  cutAt: number;
  byteByByte: boolean;
  /** A field of the configuration that each `create` sets to `roomValue` instead; '' for none. */
  roomField: string;
  roomValue: number;
  /** Answer to the next Chunk event; -1: none. */
  skipReason: number;
  /** Whether each line that moves the client ends with a look at its buffers, which takes long where they are large. */
  looksAtBuffers: boolean;
  trace: string;
}

export function createStage(): Stage {
  return {
    config: createConfig('c'), v5: createConfigV5(), client: null, now: 0, bytes: createBytes(Room.Bytes),
    properties: createProperties(Room.PropertyBytes), taken: createBytes(Room.Bytes), takenTo: 0,
    writeMax: -1, budget: -1, cutAt: -1, byteByByte: false, roomField: '', roomValue: 0, skipReason: -1, looksAtBuffers: true, trace: '',
  };
}

/** Everything of a script's beginning, except how its input is cut. */
export function resetStage(s: Stage): void {
  s.client = null;
  s.now = 1000;
  s.takenTo = 0;
  s.writeMax = -1;
  s.budget = -1;
  s.skipReason = -1;
  s.properties.at = 0;
  s.properties.limit = 0;
}

export function say(s: Stage, text: string): void {
  s.trace += text + '\n';
}

/** Tells what the link has taken since the last event. */
function sayTaken(s: Stage): void {
  if (s.takenTo > 0) say(s, 'out ' + digitsOf(s.taken, 0, s.takenTo));
  s.takenTo = 0;
}

/** Properties whose value is an integer; the others are text, or data. */
function isNumber(id: number): boolean {
  if (id <= Property.MessageExpiryInterval || id >= Property.MaximumPacketSize) return true;
  if (id >= Property.ReceiveMaximum) return id !== Property.UserProperty;
  return id === Property.SubscriptionIdentifier || id === Property.SessionExpiryInterval || id === Property.ServerKeepAlive;
}

function propertiesText(p: Properties): string {
  let text = '';
  let id = propertyNext(p);
  while (id > 0) {
    text += ' p' + id + '=';
    if (id === Property.UserProperty) text += printable(p.bytes, p.nameFrom, p.nameTo) + ':';
    text += isNumber(id) ? '' + p.value : printable(p.bytes, p.valueFrom, p.valueTo);
    id = propertyNext(p);
  }
  return id < 0 ? text + ' p?' : text;
}

/** An event with all its valid fields. */
function eventText(c: Client, event: Event): string {
  let text = eventName(event);
  switch (event) {
    case Event.Connected:
      text += c.sessionPresent ? ' session=present' : ' session=absent';
      break;
    case Event.Disconnected:
      text += ' status=' + resultName(c.status) + ' reason=' + c.reason;
      break;
    case Event.Message:
    case Event.Chunk:
      text += ' flags=' + c.flags + ' handle=' + (c.handle & 0xffff) + ' route=' + c.route;
      text += ' topic=' + printable(c.topic, c.topicFrom, c.topicTo) + ' payload=' + digitsOf(c.input, c.payloadFrom, c.payloadTo);
      if (event === Event.Chunk) text += ' offset=' + c.offset + ' total=' + c.total;
      break;
    case Event.Published:
      text += ' handle=' + handleText(c.handle) + ' reason=' + c.reason;
      break;
    case Event.Dropped:
      text += ' handle=' + handleText(c.handle) + ' status=' + resultName(c.status) + ' reason=' + c.reason;
      text += ' topic=' + printable(c.topic, c.topicFrom, c.topicTo);
      break;
    case Event.Subscribed:
    case Event.Unsubscribed:
      text += ' subscription=' + c.handle + ' route=' + c.route + ' reason=' + c.reason;
      break;
    case Event.Authenticate:
      text += ' reason=' + c.reason;
      break;
    case Event.StreamWanted:
      text += ' at=' + c.streamAt + ' total=' + c.streamTotal;
      break;
    default:
  }
  return text;
}

/** Reads and tells all events, and returns how many there were. */
function readEvents(s: Stage, c: Client): number {
  let count = 0;
  let event: Event = clientNextEvent(c);
  while (event !== Event.None && count < Room.Turns) {
    count++;
    sayTaken(s);
    let text = eventText(c, event);
    if (c.v5 !== null && event !== Event.StreamWanted) text += propertiesText(c.v5.properties);
    say(s, text);
    if (event === Event.Chunk && s.skipReason >= 0) {
      say(s, 'skip ' + resultName(clientSkip(c, s.skipReason)));
      s.skipReason = -1;
    }
    event = clientNextEvent(c);
  }
  return count;
}

/** Reads all events and lets the link take all bytes it takes, until neither gives anything. What is due may end the connection, so events come last. */
export function settle(s: Stage): void {
  const c = s.client;
  if (c === null) return;
  let turns = 0;
  let busy = true;
  while (busy && turns < Room.Turns) {
    readEvents(s, c);
    busy = write(s, c);
    if (readEvents(s, c) > 0) busy = true;
    turns++;
  }
  sayTaken(s);
  if (busy) say(s, 'HANGS');
}

/** Lets the link take bytes; whether it took any. */
function write(s: Stage, c: Client): boolean {
  let took = false;
  let count = clientOutput(c, s.now);
  while (count > 0) {
    if (s.writeMax >= 0 && count > s.writeMax) count = s.writeMax;
    if (s.budget >= 0 && count > s.budget) count = s.budget;
    if (count > Room.Bytes - s.takenTo) count = Room.Bytes - s.takenTo;
    if (count === 0) return took;
    for (let n = 0; n < count; n++) s.taken[s.takenTo + n] = c.out[c.outFrom + n];
    s.takenTo += count;
    if (s.budget >= 0) s.budget -= count;
    clientSent(c, count);
    took = true;
    count = clientOutput(c, s.now);
  }
  return took;
}

/** Where the client stands when all is settled, and whether its buffers hold what buffers can. */
export function sayState(s: Stage): void {
  const c = s.client;
  if (c === null) return;
  say(s, '= ' + stateName(c.state) + (clientWantsLink(c) ? ' wants link' : ' wants none') + ' next ' + clientNextDeadline(c, s.now));
  if (!s.looksAtBuffers) return;
  if (!bufferHolds(c.input) || !bufferHolds(c.control) || !bufferHolds(c.arena) || !bufferHolds(c.filters)) say(s, 'BUFFER BROKEN');
  const v5 = c.v5;
  if (v5 !== null && (!bufferHolds(v5.aliasesIn) || !bufferHolds(v5.aliasesOut) || !bufferHolds(v5.assignedClientId))) say(s, 'BUFFER BROKEN');
}

/** Offers `bytes[from … to)` to the client until it has taken all of them, or refuses twice. */
function feed(s: Stage, c: Client, from: number, to: number): void {
  let at = from;
  let refusals = 0;
  while (at < to && refusals < 2) {
    const count = clientInput(c, s.bytes, at, to, s.now);
    at += count;
    settle(s);
    refusals = count === 0 ? refusals + 1 : 0;
  }
  if (at < to) say(s, 'takes none of ' + (to - at));
}

/** The link delivers `count` bytes of `s.bytes`: whole, in two parts, or byte by byte. */
export function arrive(s: Stage, c: Client, count: number): void {
  if (s.byteByByte) {
    for (let at = 0; at < count; at++) feed(s, c, at, at + 1);
  } else if (s.cutAt > 0 && s.cutAt < count) {
    feed(s, c, 0, s.cutAt);
    feed(s, c, s.cutAt, count);
  } else feed(s, c, 0, count);
}

/** The configuration's part for this version as a script's `set` lines made it. */
export function chosenV5(s: Stage): ConfigV5 | null {
  return s.config.version === Version.V5 ? s.v5 : null;
}

/** What no link has received yet is in buffers that begin as noise, so that nothing rests on zeros. */
export function poison(c: Client): void {
  fillBytes(c.input);
  fillBytes(c.control);
  fillBytes(c.arena);
  fillBytes(c.filters);
}

function fillBytes(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = 0xa5;
}
