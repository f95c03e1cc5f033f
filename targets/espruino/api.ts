/**
 * The module: what `require` returns has `create` and `connect`, and is the prototype of every client that they make.
 * Must not know: how packets are made. Read first: https://www.espruino.com/MQTT.
 */
import {
  type Client, type ClientConfig, clientConnect, clientDisconnect, clientLinkUp, clientPublish, createClient, Publish, Reason, State, Status,
} from '../../src/core/index.js';
import { encodeConnect } from '../../src/core/connect.js';
import { Profile } from '../../src/core/profile.js';
import { type Mqtt, Owed } from './client.js';
import { firstFields, tell } from './direct.js';
import { exports, Object } from './globals.js';
import { configOf, type LinkSettings, type Options, refuse } from './options.js';
import type { Socket } from './platform.js';
import { bytesOf, linkDown, now, run, send } from './pump.js';
import { restoreSession } from './session.js';
import { statusWords } from './report.js';
import { ask, tellRefused } from './subscriptions.js';
import { attach, closeLink, demandLink } from './transport.js';

export { publish } from './direct.js';

/** Drops from the configuration what only the creation of a client reads: a JsVar for each. */
function forgetSizes(config: Partial<ClientConfig>): void {
  delete config.receiveBytes;
  delete config.controlBytes;
  delete config.outboxBytes;
  delete config.subscriptions;
  delete config.filterBytes;
  delete config.seed;
  if (Profile.V5 < 1) {
    delete config.receiveMaximum;
    delete config.v5;
  }
}

/** A client of this server; it connects when `connect` is called. */
export function create(server: string, options?: Options): Mqtt {
  const link: LinkSettings = { server: server, port: 0, tls: false, canReconnect: true, sessionName: '' };
  const config = configOf(options === undefined ? {} : options, link);
  const m = Object.assign(firstFields(), createClient(config) as Client) as Mqtt;
  if (encodeConnect(m) !== Status.Ok) refuse('control_bytes', config.controlBytes, 'CONNECT with its will and credentials needs more');
  m.controlTo = 0;
  forgetSizes(config);
  const isSecure = link.tls !== false;
  // The program may make another client of the same options.
  m.linkOptions = isSecure && link.tls !== true ? Object.assign({}, link.tls as Options) as Options : {};
  m.linkOptions['host'] = server;
  m.linkOptions['port'] = link.port > 0 ? link.port : isSecure ? 8883 : 1883;
  m.isSecure = isSecure;
  m.canReconnect = link.canReconnect;
  m.isLent = false;
  m.alarmAt = -1;
  m.epoch = 0;
  m.requests = [];
  m.asked = {};
  m.granted = {};
  m.isRestoring = false;
  m.isSaved = false;
  m.connected = false;
  m.__proto__ = exports;
  if (Profile.Qos > 0 && link.sessionName !== '') restoreSession(m, link.sessionName);
  return m;
}

/**
 * Of a client: connects to its server, or speaks over `lent`, which is open. Of the module: makes a client of `lent`, which then
 * are its options, and connects it.
 */
export function connect(this: Mqtt, lent?: Socket | Options): Mqtt {
  // Null, as a callback for errors is given it, is as good as nothing.
  if (this.connected !== undefined) return connectClient(this, lent ? demandLink(lent) : undefined);
  const options = lent as Options | undefined;
  return connectClient(create((options ? options['host'] : options) as string, options), undefined);
}

function connectClient(m: Mqtt, lent: Socket | undefined): Mqtt {
  delete m.isWantedAgain;
  if (lent !== undefined && m.state > State.Waiting) {
    closeLink(m);
    linkDown(m);
  }
  const status = clientConnect(m, now(m));
  if (status === Status.Ok) {
    m.isLent = lent !== undefined;
    if (lent !== undefined) {
      attach(m, lent);
      clientLinkUp(m, m.now);
    }
  } else if (status !== Status.BadState) m.emit('error', statusWords(status));
  // On its way already: nothing else is wanted, and its link is what it was. One that is ending has its last bytes to leave.
  else if (m.state >= State.Retiring) m.isWantedAgain = true;
  run(m);
  return m;
}

/** The message that is being handled counts as handled: its acknowledgement goes ahead of DISCONNECT, and so does what waits for a socket to drain. */
export function disconnect(this: Mqtt): void {
  tell(this);
  flush(this);
  delete this.isWantedAgain;
  const status = clientDisconnect(this, Reason.Success, null, now(this));
  if (status !== Status.Ok) this.emit('error', statusWords(status));
  run(this);
}

/** Nobody may come back for what waits: a socket takes any number of bytes, and the outbox has only so many. */
function flush(m: Mqtt): void {
  let isTaken = true;
  while (isTaken && m.owed === Owed.Waiting) {
    m.owed = 0;
    isTaken = send(m);
  }
}

/** What `publish` does, for every message. */
export function publishAny(m: Mqtt, topic: string, message: unknown, options?: Options): number {
  demandText('topic', topic);
  if (message === undefined || message === null) demandText('message', message);
  if (m.awaited !== '') tell(m);
  m.passedMost = 0;
  const text = bytesOf(typeof message === 'string' ? message : String(message));
  const handle = clientPublish(m, topic, text, 0, text.length, options ? flagsOf(options) : 0, now(m));
  if (handle < 0) {
    m.emit('error', 'publish refused: ' + statusWords(handle), topic);
    return handle;
  }
  run(m);
  return handle & 0xffff;
}

/** `dup` is the protocol's own business: a message is sent again, and marked, when its connection was lost. */
export function flagsOf(options: Options): number {
  let flags = 0;
  if (typeof options !== 'object') refuse('options', options, 'they must be an object');
  for (const name of Object.keys(options)) {
    const value = options[name];
    if (value === undefined) continue;
    if (name === 'qos') flags |= value === 0 || value === 1 || value === 2 ? value << 1 : refuse(name, value, 'it must be 0, 1 or 2');
    else if (name === 'retain') flags |= value ? Publish.Retain : 0;
    else if (name !== 'dup' || value) refuse(name, value, 'there is no such option');
  }
  return flags;
}

/** A filter, a list of filters, or an object of filters and their QoS. */
export function subscribe(this: Mqtt, filters: string | string[] | Record<string, number>, options?: Options): void {
  const qos = options ? qosOf(options) : 0;
  if (typeof filters !== 'object' || filters === null) subscribeOne(this, filters, qos);
  else if (Array.isArray(filters)) for (const filter of filters) subscribeOne(this, filter, qos);
  else for (const filter of Object.keys(filters)) subscribeOne(this, filter, filters[filter]);
  run(this);
}

function qosOf(options: Options): number {
  const qos = flagsOf(options) >>> 1;
  for (const name of Object.keys(options)) if (name !== 'qos' && options[name]) refuse(name, options[name], 'a subscription has no such option');
  return qos;
}

function subscribeOne(m: Mqtt, filter: string, qos: number): void {
  demandText('filter', filter);
  const status = ask(m, filter, qos);
  if (status !== Status.Ok) tellRefused(m, filter, status, false);
}

export function unsubscribe(this: Mqtt, filter: string): void {
  demandText('filter', filter);
  const status = ask(this, filter, -1);
  if (status !== Status.Ok) tellRefused(this, filter, status, true);
  run(this);
}

function demandText(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new Error('MQTT ' + what + ' is ' + String(value) + '; it must be a string');
}
