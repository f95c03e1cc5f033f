/**
 * NodeMCU's `mqtt` module over Midge's core: the same constructor, methods, events, constants and codes. What it has besides stands in README.md.
 * Must not know: how bytes move.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware.
 */
import type { Client } from '../../../src/core/client.js';
import {
  clientConnect, clientDisconnect, clientNextEvent, clientPublish, ConfigFault, configFault, createClient, createConfig, Event, Reason, State, Status,
} from '../../../src/core/index.js';
import { createEngine, type Engine, engineFlush, engineQuickPublish, engineRun, LinkState } from '../engine.js';
import { Profile } from '../../../src/core/profile.js';
import { textView } from '../capacities.js';
import { error, setmetatable } from '../lua.js';
import { sessionFilters } from '../session.js';
import { createText, setText } from '../text.js';
import { both } from '../values.js';
import { guard } from './alarm.js';
import { connectArguments, flagOf, isTopic, isWhole } from './arguments.js';
import { ConnFail, handleEvent, tellEnd, tellSent } from './events.js';
import { callHandler, type Handler, type Mqtt, setHandler } from './handlers.js';
import { createPort, portFlush, portRest } from './port.js';
import {
  applyOptions, defaultFilterBytes, defaultInboundMessages, defaultMessageMax, defaultReceiveBytes, defaultSubscriptions, faultText, type Options,
} from './options.js';
import { type Filters, requestAll } from './requests.js';
import { putKept } from '../quick.js';
import { loadSession, storeSession } from './session-file.js';

/** `mqtt.Client(clientid, keepalive[, username, password, cleansession, max_message_length[, options]])` */
function createMqtt(
  clientId: unknown, keepAliveS: unknown, userName?: unknown, password?: unknown, cleanSession?: unknown, messageMax?: unknown, options?: unknown,
): Mqtt {
  // Programs give node.chipid().
  const name = typeof clientId === 'number' ? '' + clientId : clientId;
  if (typeof name !== 'string') error('mqtt.Client: clientid must be a string', 2);
  if (!isWhole(keepAliveS)) error('mqtt.Client: keepalive must be a whole number of seconds', 2);
  if (userName !== undefined && typeof userName !== 'string') error('mqtt.Client: username must be a string', 2);
  if (password !== undefined && typeof password !== 'string') error('mqtt.Client: password must be a string', 2);
  if (messageMax !== undefined && !isWhole(messageMax)) error('mqtt.Client: max_message_length must be a whole number of bytes', 2);
  if (options !== undefined && typeof options !== 'object') error('mqtt.Client: the options behind max_message_length must be a table', 2);
  const config = createConfig(name);
  config.keepAliveS = keepAliveS;
  // As in the firmware's module: an empty one is none.
  if (userName !== undefined && userName !== '') config.userName = userName;
  if (password !== undefined && password !== '') config.password = textView(password);
  config.cleanStart = flagOf(cleanSession, true, 'mqtt.Client: cleansession');
  const most = messageMax === undefined ? defaultMessageMax : messageMax;
  config.receiveBytes = most < defaultReceiveBytes ? most : defaultReceiveBytes;
  const m: Mqtt = {
    config: config, messageMax: most, handlers: {}, engine: undefined, link: createPort(), isPersistent: false, sessionFile: '', isSessionRefused: false,
    isConnected: false, isClosing: false, endCode: ConnFail.None, payload: createText(), unsent: 0, filters: {}, calls: {}, open: {}, refused: {}, openCalls: 0, callsMade: 0,
    topic: '', parts: '', partsMax: 0,
  };
  config.seed = m.link.alarm.lastUs;
  config.receiveMaximum = defaultInboundMessages;
  config.subscriptions = defaultSubscriptions;
  config.filterBytes = defaultFilterBytes;
  if (options !== undefined) applyOptions(m, options as Options);
  const fault = configFault(config);
  if (fault !== ConfigFault.None) error('mqtt.Client: ' + faultText(fault), 2);
  return setmetatable(m, methods);
}

/** Bytes of a CONNECT for this configuration, so that the control queue can hold it. */
function connectBytes(m: Mqtt): number {
  const { clientId, userName, password, will } = m.config;
  // In 5.0 properties stand before the payload.
  let bytes = (Profile.V5 > 0 ? 49 : 17) + clientId.length;
  if (userName !== null) bytes += 2 + userName.length;
  if (password !== null) bytes += 2 + password.length;
  if (will !== null) bytes += 4 + will.topic.length + will.payload.length;
  return bytes;
}

/** The core's client, made at its first use. */
function engineOf(m: Mqtt): Engine {
  if (m.engine !== undefined) return m.engine;
  const bytes = connectBytes(m);
  if (bytes > m.config.controlBytes) m.config.controlBytes = bytes;
  const c = createClient(m.config) as Client;
  if (m.sessionFile !== '') m.isSessionRefused = !loadSession(m.sessionFile, c);
  m.filters = sessionFilters(c);
  const e = createEngine(c, m.link, (event) => { handleEvent(m, e, event); }, (handle) => { callHandler(m, 'puback', handle); });
  e.message = (topic, payload, qos, isRetained) => { callHandler(m, 'message', topic, payload === '' ? undefined : payload, isRetained ? qos * 2 + 1 : qos * 2); };
  e.closed = () => { afterClose(m, e); };
  e.idle = () => { afterRun(m, e); };
  m.link.engine = e;
  m.engine = e;
  return e;
}

/** Also called when an error in a handler may have left some of this undone. */
function afterClose(m: Mqtt, e: Engine): void {
  e.isRunning = true;
  let event = clientNextEvent(e.c);
  while (event !== Event.None) {
    handleEvent(m, e, event);
    event = clientNextEvent(e.c);
  }
  e.isRunning = false;
  if (e.c.state === State.Waiting && (!m.isPersistent || m.isClosing)) {
    // Whether to try again is the program's to say, and `close` says no; that the core's client ends its attempts is no news.
    clientDisconnect(e.c, Reason.Success, null, e.port.now());
    e.c.endStatus = Status.Ok;
  }
  if (e.c.state === State.Idle) tellEnd(m);
}

function afterRun(m: Mqtt, e: Engine): void {
  tellSent(m, e);
  const c = e.c;
  if (m.isClosing && c.state === State.Connected && c.slotsUsed + c.subsPending + c.inboundCount === 0 && m.openCalls === 0) {
    clientDisconnect(c, Reason.Success, null, e.port.now());
    engineRun(e);
    return;
  }
  portRest(m.link);
}

/** `m:connect(host[, port[, secure[, autoreconnect]]][, function(client)[, function(client, reason)]])` */
function mqttConnect(m: Mqtt, ...rest: unknown[]): void {
  const e = engineOf(m);
  const c = e.c;
  if (c.state !== State.Idle && c.state !== State.Waiting) error('mqtt: connect: already connected or connecting', 2);
  const target = connectArguments(rest);
  m.link.host = target.host;
  m.link.portNumber = target.portNumber;
  m.link.isSecure = target.isSecure;
  if (target.isPersistent !== undefined) m.isPersistent = target.isPersistent;
  setHandler(m, 'connect', target.connected, 'connect');
  setHandler(m, 'connfail', target.failed, 'connect');
  m.isClosing = false;
  guard(m.link.alarm);
  const status = clientConnect(c, e.port.now());
  if (status !== Status.Ok) error('mqtt: connect: clientid, username or the topic of lwt is not valid', 2);
  engineRun(e);
  if (!m.isSessionRefused) return;
  // Not before, since its handler may be set until now.
  m.isSessionRefused = false;
  callHandler(m, 'drop', 0, Status.SessionLost);
}

/** `m:close()`: when what was asked for is done; `m:close(true)`: at once. */
function mqttClose(m: Mqtt, isAtOnce?: unknown): void {
  if (isAtOnce !== undefined && typeof isAtOnce !== 'boolean') error('mqtt: close: the argument must be true or false', 2);
  const e = m.engine;
  if (e === undefined || e.c.state === State.Idle) return;
  m.isClosing = true;
  guard(m.link.alarm);
  if (isAtOnce === true || e.c.state === State.Waiting) clientDisconnect(e.c, Reason.Success, null, e.port.now());
  engineRun(e);
  if (m.isClosing && e.link === LinkState.Closed) tellEnd(m);
}

/** `m:lwt(topic, message[, qos[, retain]])` */
function mqttLwt(m: Mqtt, topic: unknown, message: unknown, qos?: unknown, retain?: unknown): void {
  if (typeof topic !== 'string' || typeof message !== 'string') error('mqtt: lwt: topic and message must be strings', 2);
  if (!isTopic(topic)) error('mqtt: lwt: topic must be UTF-8, not empty, without + and #', 2);
  const level = qos === undefined ? 0 : qos;
  if (level !== 0 && level !== 1 && level !== 2) error('mqtt: lwt: qos must be 0, 1 or 2', 2);
  const before = m.config.will;
  m.config.will = { topic: topic, payload: textView(message), qos: level, retain: flagOf(retain, false, 'mqtt: lwt: retain'), properties: null };
  if (m.engine === undefined || connectBytes(m) <= m.config.controlBytes) return;
  m.config.will = before;
  error('mqtt: lwt: too long now: the room for it was made by the first connect, publish or subscribe, so call it before them', 2);
}

/** All that `on` takes: the documented ones, then Midge's own. */
const eventNames: Record<string, boolean> = {
  'connect': true, 'connfail': true, 'suback': true, 'unsuback': true, 'puback': true, 'message': true, 'overflow': true, 'offline': true,
  'stream': true, 'drop': true, 'subfail': true,
};

/** `m:on(event, function(client[, …]))` */
function mqttOn(m: Mqtt, event: unknown, handler?: unknown): void {
  if (typeof event !== 'string') error('mqtt: on: event must be a string', 2);
  if (eventNames[event] !== true) {
    error("mqtt: on: event '" + event + "' is unknown; known are connect, connfail, drop, message, offline, overflow, puback, stream, suback, subfail, unsuback", 2);
  }
  if (typeof handler !== 'function') error('mqtt: on: the second argument must be a function', 2);
  m.handlers[event] = handler as Handler;
}

/** `m:publish(topic, payload, qos, retain[, function(client)])`; returns a handle besides, or the core's status. */
function mqttPublish(m: Mqtt, topic: unknown, payload: unknown, qos?: unknown, retain?: unknown, done?: unknown): boolean {
  const e = engineOf(m);
  const level = qos === undefined ? 0 : qos;
  if (typeof topic !== 'string') error('mqtt: publish: topic must be a string', 2);
  if (typeof payload !== 'string' && typeof payload !== 'number') error('mqtt: publish: payload must be a string', 2);
  if (level !== 0 && level !== 1 && level !== 2) error('mqtt: publish: qos must be 0, 1 or 2', 2);
  const isRetained = flagOf(retain, false, 'mqtt: publish: retain');
  setHandler(m, 'puback', done, 'publish');
  const text = typeof payload === 'string' ? payload : '' + payload;
  const flags = isRetained ? level * 2 + 1 : level * 2;
  // Before it is accepted: a link that fails meanwhile takes it off again.
  if (level === 0) m.unsent += 1;
  let handle = engineQuickPublish(e, topic, text, flags);
  if (handle >= 0) {
    portFlush(m.link);
    return both(true, handle);
  }
  const view = m.payload;
  setText(view, text);
  if (Profile.Qos > 0) putKept(e);
  handle = clientPublish(e.c, topic, view, 0, view.length, flags, e.port.now());
  if (handle >= 0) {
    engineFlush(e);
    portFlush(m.link);
  } else if (level === 0) m.unsent -= 1;
  return both(handle >= 0, handle);
}

/** `m:subscribe(topic, qos[, function(client)])`, `m:subscribe(table[, function(client)])` */
function mqttSubscribe(m: Mqtt, topic: unknown, qos?: unknown, done?: unknown): boolean {
  if (typeof topic !== 'string' && typeof topic !== 'object') error('mqtt: subscribe: topic must be a string, or a table of topics', 2);
  // A conditional expression would cut off the second result.
  if (typeof topic === 'object') return requestAll(m, engineOf(m), topic as Filters, true, qos);
  return requestAll(m, engineOf(m), { [topic]: qos === undefined ? 0 : qos }, true, done);
}

/** `m:unsubscribe(topic[, function(client)])`, `m:unsubscribe(table[, function(client)])` */
function mqttUnsubscribe(m: Mqtt, topic: unknown, done?: unknown): boolean {
  if (typeof topic !== 'string' && typeof topic !== 'object') error('mqtt: unsubscribe: topic must be a string, or a table of topics', 2);
  return requestAll(m, engineOf(m), typeof topic === 'object' ? topic as Filters : { [topic]: 0 }, false, done);
}

/** `m:save()`: writes the session to its file, as before deep sleep. False: it could not be written. */
function mqttSave(m: Mqtt): boolean {
  if (m.sessionFile === '') error("mqtt: save: the client was made without option 'session', the name of a file", 2);
  const e = engineOf(m);
  if (Profile.Qos > 0) putKept(e);
  return storeSession(m.sessionFile, e.c);
}

const methods = {
  __index: {
    connect: mqttConnect, close: mqttClose, lwt: mqttLwt, on: mqttOn, publish: mqttPublish, subscribe: mqttSubscribe, unsubscribe: mqttUnsubscribe,
    save: mqttSave,
  },
};

/** What `require` gives. */
export const mqtt = {
  Client: createMqtt,
  CONN_FAIL_SERVER_NOT_FOUND: -5, CONN_FAIL_NOT_A_CONNACK_MSG: -4, CONN_FAIL_DNS: -3, CONN_FAIL_TIMEOUT_RECEIVING: -2, CONN_FAIL_TIMEOUT_SENDING: -1,
  CONNACK_ACCEPTED: 0, CONNACK_REFUSED_PROTOCOL_VER: 1, CONNACK_REFUSED_ID_REJECTED: 2, CONNACK_REFUSED_SERVER_UNAVAILABLE: 3,
  CONNACK_REFUSED_BAD_USER_OR_PASS: 4, CONNACK_REFUSED_NOT_AUTHORIZED: 5,
};
