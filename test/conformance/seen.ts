/**
 * Events as tests compare them: a copy of everything an event says, and one line of words.
 * Must not know: links, time.
 */
import { type Client, Event, type Properties, propertyNext, Publish, Status } from '../../src/core/index.js';
import { int16 } from './hex.js';

export interface Seen {
  event: Event;
  status: Status;
  reason: number;
  handle: number;
  route: number;
  flags: number;
  topic: string;
  payload: Uint8Array;
  offset: number;
  total: number;
  sessionPresent: boolean;
  streamAt: number;
  /** `identifier=value`, strings as text, data and integers as hex digits; a user property as `38=name:value`. */
  properties: string[];
}

const statusWords = new Map<Status, string>([
  [Status.Ok, 'Ok'], [Status.ByApplication, 'ByApplication'], [Status.NoRoom, 'NoRoom'], [Status.NoSlot, 'NoSlot'],
  [Status.TooLarge, 'TooLarge'], [Status.InboundTooLarge, 'InboundTooLarge'], [Status.InboundTooMany, 'InboundTooMany'],
  [Status.Replaced, 'Replaced'], [Status.Expired, 'Expired'], [Status.Evicted, 'Evicted'], [Status.Malformed, 'Malformed'],
  [Status.ProtocolError, 'ProtocolError'], [Status.Refused, 'Refused'], [Status.ServerClosed, 'ServerClosed'],
  [Status.SessionLost, 'SessionLost'], [Status.NotSupported, 'NotSupported'], [Status.LinkLost, 'LinkLost'],
  [Status.LinkFailed, 'LinkFailed'], [Status.NoConnack, 'NoConnack'], [Status.NoPingresp, 'NoPingresp'],
]);

/** Properties whose value is text. */
const textProperties = new Set([3, 8, 18, 21, 26, 28, 31]);

function part(from: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.from({ length: end - start }, (_, n) => from[start + n]);
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('utf8');
}

/** Every property of a list, in words; the list is left where it was. */
export function propertyTexts(p: Properties): string[] {
  const out: string[] = [];
  const from = p.at;
  for (let id = propertyNext(p); id !== 0; id = propertyNext(p)) {
    if (id < 0) throw new Error('an event came with malformed properties');
    const value = part(p.bytes, p.valueFrom, p.valueTo);
    if (id === 38) out.push(`38=${text(part(p.bytes, p.nameFrom, p.nameTo))}:${text(value)}`);
    else out.push(`${id}=${textProperties.has(id) ? text(value) : Buffer.from(value).toString('hex')}`);
  }
  p.at = from;
  return out;
}

const withTopic = new Set([Event.Message, Event.Chunk, Event.Dropped]);
const withPayload = new Set([Event.Message, Event.Chunk]);
const withProperties = new Set([Event.Connected, Event.Disconnected, Event.Message, Event.Chunk, Event.Authenticate]);

/** A copy of what the client says of the event it has just returned. */
export function seenEvent(c: Client, event: Event): Seen {
  return {
    event, status: c.status, reason: c.reason, handle: c.handle, route: c.route, flags: c.flags,
    topic: withTopic.has(event) ? text(part(c.topic, c.topicFrom, c.topicTo)) : '',
    payload: withPayload.has(event) ? part(c.input, c.payloadFrom, c.payloadTo) : new Uint8Array(0),
    offset: c.offset, total: c.total, sessionPresent: c.sessionPresent, streamAt: c.streamAt,
    properties: c.v5 !== null && withProperties.has(event) ? propertyTexts(c.v5.properties) : [],
  };
}

function code(reason: number): string {
  return int16(reason).slice(2);
}

function messageText(seen: Seen): string {
  const retain = (seen.flags & Publish.Retain) !== 0 ? ' retain' : '';
  const id = seen.handle > 0 ? ` #${seen.handle & 0xffff}` : '';
  return `${seen.topic} "${text(seen.payload)}" q${(seen.flags & Publish.QosMask) / 2}${retain}${id}`;
}

/** One line: the event and what is valid with it. Reason codes are two hex digits. */
export function eventText(seen: Seen): string {
  const status = statusWords.get(seen.status) ?? String(seen.status);
  const id = `#${seen.handle & 0xffff}`;
  switch (seen.event) {
    case Event.Connected: return seen.sessionPresent ? 'Connected present' : 'Connected';
    case Event.Disconnected: return `Disconnected ${status} ${code(seen.reason)}`;
    case Event.Message: return `Message ${messageText(seen)}`;
    case Event.Chunk: return `Chunk ${messageText(seen)} ${seen.offset}/${seen.total}`;
    case Event.Published: return `Published ${id} ${code(seen.reason)}`;
    case Event.Dropped: return `Dropped ${id} ${status} ${code(seen.reason)}`;
    case Event.Subscribed: return `Subscribed ${seen.route} ${code(seen.reason)}`;
    case Event.Unsubscribed: return `Unsubscribed ${seen.route} ${code(seen.reason)}`;
    case Event.Authenticate: return `Authenticate ${code(seen.reason)}`;
    case Event.StreamWanted: return `StreamWanted ${seen.streamAt}`;
    default: return `event ${String(seen.event)}`;
  }
}
