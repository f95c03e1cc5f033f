/**
 * The client for plain Lua: named options, handlers by event, `nil` and a reason where something cannot be had. Reconnects by itself.
 * Must not know: sockets, UARTs.
 *
 * Read first: README.md beside this folder.
 */
import type { Client } from '../../../src/core/client.js';
import {
  clientAcknowledge, clientConnect, clientDisconnect, clientPublish, clientPublishWith, clientSubscribe, clientUnsubscribe, createClient, Event, Publish,
  Reason, State, Status,
} from '../../../src/core/index.js';
import { createEngine, type Engine, engineFlush, engineQuickPublish, engineRun } from '../engine.js';
import { error, setmetatable } from '../lua.js';
import { restoreSession, sessionText } from '../session.js';
import { bytesText, createText, setText, type TextBytes } from '../text.js';
import { both } from '../values.js';
import { configOf, type Options } from './options.js';
import { createPort, type Port, portRest, portStep } from './port.js';
import { reasonText } from './words.js';

type Handler = (this: void, a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => void;

export interface Midge {
  engine: Engine;
  port: Port;
  handlers: Record<string, Handler | undefined>;
  payload: TextBytes;
  /** Filters by the core's handle, until they are answered. */
  filters: Record<number, string | undefined>;
  topic: string;
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
  const m: Midge = { engine: createEngine(c, port, (event) => { tell(m, event); }, (topic, payload, flags) => { call(m, 'message', topic, payload, 0, flags > 0, 0); }), port: port, handlers: {}, payload: createText(), filters: {}, topic: '' };
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
  switch (event) {
    case Event.Message:
      call(m, 'message', bytesText(c.topic, c.topicFrom, c.topicTo), bytesText(c.input, c.payloadFrom, c.payloadTo), (c.flags & Publish.QosMask) >>> 1, (c.flags & Publish.Retain) > 0, c.handle);
      break;
    case Event.Chunk:
      if (c.offset === 0) m.topic = bytesText(c.topic, c.topicFrom, c.topicTo);
      call(m, 'chunk', m.topic, bytesText(c.input, c.payloadFrom, c.payloadTo), c.offset, c.total, c.handle);
      break;
    case Event.Connected:
      call(m, 'connect', c.sessionPresent);
      break;
    case Event.Disconnected:
      call(m, 'disconnect', reasonText(c.status, c.reason), c.status, c.reason);
      break;
    case Event.Published:
      call(m, 'published', c.handle);
      break;
    case Event.Dropped:
      call(m, 'dropped', c.handle, reasonText(c.status, c.reason));
      break;
    case Event.Subscribed:
      if (c.reason >= Reason.Unspecified) call(m, 'refused', answered(m, c), c.reason);
      else call(m, 'subscribed', answered(m, c), c.reason);
      break;
    case Event.Unsubscribed:
      call(m, 'unsubscribed', answered(m, c));
      break;
    default:
  }
}

function answered(m: Midge, c: Client): string | undefined {
  const filter = m.filters[c.handle];
  m.filters[c.handle] = undefined;
  return filter;
}

/** `client:on(event, function(…))`; nil takes the handler away. */
function midgeOn(m: Midge, event: string, handler?: Handler): Midge {
  if (eventNames[event] !== true) {
    error("midge: on: event '" + event + "' is unknown; known are chunk, connect, disconnect, dropped, message, published, refused, subscribed, unsubscribed", 2);
  }
  if (handler !== undefined && typeof handler !== 'function') error('midge: on: the second argument must be a function or nil', 2);
  m.handlers[event] = handler;
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

/** `client:publish(topic, payload[, options])`; options: qos, retain, latest, priority, expires (seconds). Returns a handle (0 at QoS 0), or nil and why. */
function midgePublish(m: Midge, topic: string, payload: string, options?: Options): number | undefined {
  if (typeof topic !== 'string' || typeof payload !== 'string') error('midge: publish: topic and payload must be strings', 2);
  const c = m.engine.c;
  const view = m.payload;
  let flags = 0;
  let expires = 0;
  if (options !== undefined) {
    for (const name in options) {
      const value = options[name];
      if (name === 'qos' && (value === 0 || value === 1 || value === 2)) flags += value * 2;
      else if (name === 'expires' && typeof value === 'number') expires = value;
      else if (name === 'retain' && typeof value === 'boolean') flags += value ? Publish.Retain : 0;
      else if (name === 'latest' && typeof value === 'boolean') flags += value ? Publish.KeepLatest : 0;
      else if (name === 'priority' && typeof value === 'boolean') flags += value ? Publish.Priority : 0;
      else error("midge: publish: option '" + name + "' is unknown or has a wrong value; known are expires (s), latest, priority, qos (0 to 2), retain", 2);
    }
  }
  if (flags <= Publish.Retain && expires === 0 && engineQuickPublish(m.engine, topic, payload, flags)) return 0;
  setText(view, payload);
  const now = m.port.now();
  const handle = expires > 0 ? clientPublishWith(c, topic, view, 0, view.length, flags, expires, null, now) : clientPublish(c, topic, view, 0, view.length, flags, now);
  if (handle < 0) return both(undefined, reasonText(handle, Reason.Success));
  engineFlush(m.engine);
  return handle;
}

/** `client:subscribe(filter[, qos])` */
function midgeSubscribe(m: Midge, filter: string, qos?: number): boolean | undefined {
  return request(m, filter, clientSubscribe(m.engine.c, filter, qos === undefined ? 0 : qos, 0));
}

/** `client:unsubscribe(filter)` */
function midgeUnsubscribe(m: Midge, filter: string): boolean | undefined {
  return request(m, filter, clientUnsubscribe(m.engine.c, filter));
}

function request(m: Midge, filter: string, handle: number): boolean | undefined {
  if (handle < 0) return both(undefined, reasonText(handle, Reason.Success));
  m.filters[handle] = filter;
  engineRun(m.engine);
  return true;
}

/** `client:acknowledge(handle)`: of a message, where the client was made with manual_ack. */
function midgeAcknowledge(m: Midge, handle: number): boolean | undefined {
  const status = clientAcknowledge(m.engine.c, handle, Reason.Success);
  if (status !== Status.Ok) return both(undefined, reasonText(status, Reason.Success));
  engineRun(m.engine);
  return true;
}

/** `client:step([seconds])`: waits for the link or the time, and does what there is to do. False: there is nothing more to do. */
function midgeStep(m: Midge, seconds?: number): boolean {
  portStep(m.port, seconds === undefined ? 1 : seconds);
  return m.engine.c.state !== State.Idle;
}

/** `client:run()`: until the client was closed. */
function midgeRun(m: Midge): void {
  while (midgeStep(m, 10));
}

/** `client:session()`: text for the option of that name, after a restart. */
function midgeSession(m: Midge): string {
  return sessionText(m.engine.c);
}

const methods = {
  __index: {
    on: midgeOn, connect: midgeConnect, close: midgeClose, publish: midgePublish, subscribe: midgeSubscribe, unsubscribe: midgeUnsubscribe,
    acknowledge: midgeAcknowledge, step: midgeStep, run: midgeRun, session: midgeSession,
  },
};

/** What `require` gives. */
export const midge = { client: createMidge };
