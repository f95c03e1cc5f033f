/**
 * The client for plain Lua: named options, handlers by event, `nil` and a reason where something cannot be had. Reconnects by itself.
 * Must not know: sockets, UARTs.
 *
 * Read first: README.md beside this folder.
 */
import type { Client } from '../../../src/core/client.js';
import {
  clientAcknowledge, clientCancelStream, clientConnect, clientDisconnect, clientPublish, clientPublishStream, clientPublishWith, clientSubscribe,
  clientUnsubscribe, createClient, Event, type Properties, Property, Publish, Reason, State, Status,
} from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { Subscription } from '../../../src/core/subscriptions.js';
import { createEngine, type Engine, engineFlush, engineQuickPublish, engineRun } from '../engine.js';
import { error, setmetatable, tostring } from '../lua.js';
import { putKept } from '../quick.js';
import { restoreSession, sessionFilters, sessionText } from '../session.js';
import { bytesText, createText, setText, type TextBytes } from '../text.js';
import { both } from '../values.js';
import { takeChunk } from './chunk.js';
import { configOf, listOf, type Options } from './options.js';
import { createPort, type Port, portRest, portStep } from './port.js';
import { readOptions } from './publish-options.js';
import { propertyOf, type PropertyTable, tableOf, valueIn } from './properties.js';
import { createOutflow, giveStream, type Outflow, type Source } from './stream.js';
import { reasonText } from './words.js';

const enum Owing {
  /** How soon a source that had no bytes is asked again. */
  LookS = 0.05,
}

type Handler = (this: void, a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => void;

export interface Midge {
  engine: Engine;
  port: Port;
  handlers: Record<string, Handler | undefined>;
  payload: TextBytes;
  /** Filters by the core's handle, as long as it has one: it asks again by itself where the server lost the session. */
  filters: Record<number, string | undefined>;
  /** Of a message larger than the receive buffer: its topic, and its parts where no handler takes them. */
  topic: string;
  parts: string[];
  /** Where the properties of a publish become bytes; undefined: the client speaks 3.1.1. */
  list: Properties | undefined;
  outflow: Outflow;
  /** A handler runs that a packet is behind. */
  hasPacket: boolean;
  /** Of the publish whose options were read last: seconds (0: never), and its properties, if it has any. */
  expires: number;
  given: Properties | null;
}

/** All that `on` takes. */
const eventNames: Record<string, boolean> = {
  'connect': true, 'disconnect': true, 'message': true, 'chunk': true, 'published': true, 'dropped': true, 'subscribed': true, 'refused': true,
  'unsubscribed': true,
};

/** `midge.client{ host = …, id = …, … }` */
function createMidge(options?: Options): Midge {
  if (typeof options !== 'object') error('midge.client: takes a table of options', 2);
  const port = createPort();
  const c = createClient(configOf(options, port)) as Client;
  const session = options['session'];
  if (session !== undefined && !restoreSession(c, session as string)) error("midge.client: option 'session' is damaged, of another id, or larger than this client's buffers", 2);
  // The clock is the wall's: what was not sent still has the time at which it expires. Of this the core counts anew, when it looks, what has such a time.
  if (Profile.Policy > 0) c.expiring = c.slotsUsed;
  const m: Midge = { engine: createEngine(c, port, (event) => { tell(m, event); }, (handle) => { call(m, 'published', handle, Reason.Success); }), port: port, handlers: {}, payload: createText(), filters: sessionFilters(c), topic: '', parts: [], list: Profile.V5 > 0 ? listOf(options, c) : undefined, outflow: createOutflow(), hasPacket: false, expires: 0, given: null };
  port.engine = m.engine;
  m.engine.idle = () => { portRest(port); };
  return setmetatable(m, methods);
}

function call(m: Midge, event: string, a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown): void {
  const handler = m.handlers[event];
  if (handler !== undefined) handler(a, b, c, d, e);
}

function tell(m: Midge, event: Event): void {
  const c = m.engine.c;
  if (Profile.V5 > 0) {
    if (event === Event.StreamWanted) {
      giveStream(m.outflow, c, m.port.now());
      return;
    }
    if (event === Event.Disconnected) m.outflow.isOwing = false;
    m.hasPacket = true;
  }
  switch (event) {
    case Event.Message:
      m.engine.message(bytesText(c.topic, c.topicFrom, c.topicTo), bytesText(c.input, c.payloadFrom, c.payloadTo), (c.flags & Publish.QosMask) >>> 1, (c.flags & Publish.Retain) > 0, c.handle);
      break;
    case Event.Chunk:
      takeChunk(m, c);
      break;
    case Event.Connected:
      call(m, 'connect', c.sessionPresent);
      break;
    case Event.Disconnected:
      call(m, 'disconnect', reasonText(c.status, c.reason), c.status, c.reason);
      break;
    case Event.Published:
      call(m, 'published', c.handle, c.reason);
      break;
    case Event.Dropped:
      call(m, 'dropped', c.handle, reasonText(c.status, c.reason), c.status, c.reason);
      break;
    case Event.Subscribed:
      if (c.reason >= Reason.Unspecified) call(m, 'refused', answered(m, c), c.reason);
      else call(m, 'subscribed', answered(m, c), c.reason);
      break;
    case Event.Unsubscribed:
      call(m, 'unsubscribed', answered(m, c), c.reason);
      break;
    default:
  }
  if (Profile.V5 > 0) m.hasPacket = false;
}

function answered(m: Midge, c: Client): string | undefined {
  const filter = m.filters[c.handle];
  if (Profile.Routing < 1 || c.subs[c.handle] === Subscription.Free) m.filters[c.handle] = undefined;
  return filter;
}

function ignore(): void {}

/** `client:on(event, function(…))`; nil takes the handler away. */
function midgeOn(m: Midge, event: string, handler?: Handler): Midge {
  if (eventNames[event] !== true) {
    error("midge: on: event '" + tostring(event) + "' is unknown; known are chunk, connect, disconnect, dropped, message, published, refused, subscribed, unsubscribed", 2);
  }
  if (handler !== undefined && typeof handler !== 'function') error('midge: on: the second argument must be a function or nil', 2);
  if (event === 'message') m.engine.message = handler === undefined ? ignore : handler;
  else m.handlers[event] = handler;
  return m;
}

/** `client:connect()`: begins, and goes on for as long as it takes. */
function midgeConnect(m: Midge): boolean | undefined {
  const status = clientConnect(m.engine.c, m.port.now());
  if (status !== Status.Ok) return both(undefined, reasonText(status, Reason.Success));
  engineRun(m.engine);
  return true;
}

/** `client:close()`: sends DISCONNECT; `disconnect` follows. */
function midgeClose(m: Midge): boolean | undefined {
  const status = clientDisconnect(m.engine.c, Reason.Success, null, m.port.now());
  if (status !== Status.Ok) return both(undefined, reasonText(status, Reason.Success));
  engineRun(m.engine);
  return true;
}

const tooManyProperties = "the properties are larger than the client's option 'properties'";

/** `client:publish(topic, payload[, options])`; options: qos, retain, latest, priority, expires (seconds), properties. Returns a handle (0 at QoS 0), or nil and why. */
function midgePublish(m: Midge, topic: string, payload: string, options?: Options): number | undefined {
  if (typeof topic !== 'string' || typeof payload !== 'string') error('midge: publish: topic and payload must be strings', 2);
  // What most publishes are.
  if (options === undefined && engineQuickPublish(m.engine, topic, payload, 0) === 0) return 0;
  const c = m.engine.c;
  const view = m.payload;
  const flags = readOptions(m, options);
  if (Profile.V5 > 0 && flags < 0) return both(undefined, tooManyProperties);
  const isPlain = m.expires === 0 && (Profile.V5 < 1 || m.given === null);
  let handle = isPlain && flags > 0 ? engineQuickPublish(m.engine, topic, payload, flags) : -1;
  if (handle >= 0) return handle;
  setText(view, payload);
  if (Profile.Qos > 0) putKept(m.engine);
  const now = m.port.now();
  handle = isPlain ? clientPublish(c, topic, view, 0, view.length, flags, now) : clientPublishWith(c, topic, view, 0, view.length, flags, m.expires, Profile.V5 > 0 ? m.given : null, now);
  if (handle < 0) return both(undefined, reasonText(handle, Reason.Success));
  engineFlush(m.engine);
  return handle;
}

/**
 * `client:publish_stream(topic, total, source[, options])`: a payload of `total` bytes that `source(offset, most)` is asked for, part by part, from offset 0
 * again after a lost connection. One at a time. Returns what `publish` does.
 */
function midgePublishStream(m: Midge, topic: string, total: number, source: Source, options?: Options): number | undefined {
  if (typeof topic !== 'string' || typeof total !== 'number' || total % 1 !== 0 || typeof source !== 'function') {
    error('midge: publish_stream: takes a topic, the number of bytes, and a function that returns them', 2);
  }
  const c = m.engine.c;
  const flags = readOptions(m, options);
  if (flags < 0) return both(undefined, tooManyProperties);
  if (m.expires > 0) error("midge: publish_stream: option 'expires' is not possible with a stream", 2);
  if (Profile.Qos > 0) putKept(m.engine);
  const handle = clientPublishStream(c, topic, total, flags, m.given, m.port.now());
  if (handle < 0) return both(undefined, reasonText(handle, Reason.Success));
  m.outflow.source = source;
  engineRun(m.engine);
  return handle;
}

/** `client:cancel_stream()`: gives it up; a packet that has begun cannot be taken back, and ends the connection. */
function midgeCancelStream(m: Midge): boolean | undefined {
  const status = clientCancelStream(m.engine.c, m.port.now());
  if (status !== Status.Ok) return both(undefined, reasonText(status, Reason.Success));
  m.outflow.isOwing = false;
  engineRun(m.engine);
  return true;
}

/** The properties behind the handler that runs; undefined: the client speaks 3.1.1, which has none. */
function shownBy(m: Midge, name: string): Properties | undefined {
  const v5 = m.engine.c.v5;
  if (v5 === null) return undefined;
  if (!m.hasPacket) error('midge: ' + name + ': there are properties only while a handler runs', 3);
  return v5.properties;
}

/** `client:property(name)`, within a handler: a number or a string, or nil. */
function midgeProperty(m: Midge, name: string): unknown {
  const id = propertyOf('property', name);
  const shown = shownBy(m, 'property');
  return shown === undefined ? undefined : valueIn(shown, id, undefined);
}

/** `client:user_property(name)`, within a handler: the value of the first of that name, or nil. */
function midgeUserProperty(m: Midge, name: string): unknown {
  if (typeof name !== 'string') error('midge: user_property: the name must be a string', 2);
  const shown = shownBy(m, 'user_property');
  return shown === undefined ? undefined : valueIn(shown, Property.UserProperty, name);
}

/** `client:properties()`, within a handler: a table of all. */
function midgeProperties(m: Midge): PropertyTable {
  const shown = shownBy(m, 'properties');
  return shown === undefined ? {} : tableOf(shown);
}

/** `client:subscribe(filter[, qos])` */
function midgeSubscribe(m: Midge, filter: string, qos?: number): boolean | undefined {
  mustBeFilter('subscribe', filter);
  if (qos !== undefined && (typeof qos !== 'number' || qos % 1 !== 0)) error('midge: subscribe: qos must be 0, 1 or 2', 2);
  return request(m, filter, clientSubscribe(m.engine.c, filter, qos === undefined ? 0 : qos, 0));
}

/** `client:unsubscribe(filter)` */
function midgeUnsubscribe(m: Midge, filter: string): boolean | undefined {
  mustBeFilter('unsubscribe', filter);
  return request(m, filter, clientUnsubscribe(m.engine.c, filter));
}

function mustBeFilter(method: string, filter: unknown): void {
  if (typeof filter !== 'string') error('midge: ' + method + ': the filter must be a string', 3);
}

function request(m: Midge, filter: string, handle: number): boolean | undefined {
  if (handle < 0) return both(undefined, reasonText(handle, Reason.Success));
  m.filters[handle] = filter;
  engineRun(m.engine);
  return true;
}

/** `client:acknowledge(handle)`: of a message, where the client was made with manual_ack. */
function midgeAcknowledge(m: Midge, handle: number): boolean | undefined {
  if (typeof handle !== 'number' || handle % 1 !== 0) error("midge: acknowledge: the handle must be that of a message, its handler's fifth argument", 2);
  const status = clientAcknowledge(m.engine.c, handle, Reason.Success);
  if (status !== Status.Ok) return both(undefined, reasonText(status, Reason.Success));
  engineRun(m.engine);
  return true;
}

/** `client:step([seconds])`: waits for the link or the time, and does what there is to do. False: there is nothing more to do. */
function midgeStep(m: Midge, seconds?: number): boolean {
  if (seconds !== undefined && typeof seconds !== 'number') error('midge: step: the seconds must be a number', 2);
  let wait = seconds === undefined ? 1 : seconds;
  // A handler that raised an error ended the last step before this was done.
  if (Profile.V5 > 0) m.hasPacket = false;
  if (Profile.V5 > 0 && m.outflow.isOwing) {
    giveStream(m.outflow, m.engine.c, m.port.now());
    if (m.outflow.isOwing && wait > Owing.LookS) wait = Owing.LookS;
  }
  portStep(m.port, wait);
  return m.engine.c.state !== State.Idle;
}

/** `client:run()`: until the client was closed. */
function midgeRun(m: Midge): void {
  while (midgeStep(m, 10));
}

/** `client:session()`: text for the option of that name, after a restart. */
function midgeSession(m: Midge): string | undefined {
  if (Profile.V5 > 0 && m.engine.c.streamSlot >= 0) return both(undefined, 'a stream is under way, whose payload is not here to be kept');
  if (Profile.Qos > 0) putKept(m.engine);
  return sessionText(m.engine.c);
}

const methods = {
  __index: {
    on: midgeOn, connect: midgeConnect, close: midgeClose, publish: midgePublish, subscribe: midgeSubscribe, unsubscribe: midgeUnsubscribe,
    acknowledge: midgeAcknowledge, step: midgeStep, run: midgeRun, session: midgeSession,
    // In `full` alone: who has no room for 5.0 has none for these.
    publish_stream: Profile.V5 > 0 ? midgePublishStream : undefined, cancel_stream: Profile.V5 > 0 ? midgeCancelStream : undefined,
    property: Profile.V5 > 0 ? midgeProperty : undefined, user_property: Profile.V5 > 0 ? midgeUserProperty : undefined,
    properties: Profile.V5 > 0 ? midgeProperties : undefined,
  },
};

/** What `require` gives. */
export const midge = { client: createMidge };
