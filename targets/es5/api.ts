/**
 * The client as a script sees it: an object with methods and handlers, over the core and a port. Nothing is allocated after `create`, except the
 * strings that a handler asks a message for. Must not know: how bytes travel (`port.ts`), which engine runs it.
 *
 * Read first: README.md, "The client".
 */
import {
  type Client, clientCancelStream, type ClientConfig, clientConnect, clientDisconnect, clientNextEvent, clientPublish, clientPublishStream, clientPublishWith,
  clientStream, clientSubscribe, clientUnsubscribe, configFault, ConfigFault, createClient, createConfig, createConfigV5, Event, Packet, type Properties, Publish,
  Reason, State, Status,
} from '../../src/core/index.js';
import { createBytes, putText } from '../../src/core/bytes.js';
import { Run } from '../../src/core/client.js';
import { Profile } from '../../src/core/profile.js';
import { authenticate, connectWith, reauthenticate } from './authentication.js';
import { hostMillis, hostRandom } from './host.js';
import { createMessage, type Message, readMessage, textOf } from './message.js';
import { createPort, type Port, portAddress, portDeadline, portRun } from './port.js';
import { findProperty, foundValue, listBytes, nextProperty, type PropertyList, type Reader } from './properties.js';

export { properties } from './properties.js';

export interface MidgeClient extends Reader {
  core: Client;
  port: Port;
  message: Message;
  /** `onStream` runs. */
  isAsked: boolean;
  /** Where a payload that is given as text becomes bytes: `textBytes` of the options. */
  text: Uint8Array;
  // Handlers: null until the script sets them.
  onConnect: ((sessionPresent: boolean) => void) | null;
  /** `willRetry`: another attempt follows by itself. */
  onClose: ((status: Status, reason: Reason, willRetry: boolean) => void) | null;
  onMessage: ((message: Message) => void) | null;
  /** A part of a message larger than the receive buffer; without streaming in the profile, its beginning without any payload. */
  onChunk: ((message: Message) => void) | null;
  onPublish: ((handle: number, reason: Reason) => void) | null;
  onDrop: ((handle: number, status: Status, reason?: Reason) => void) | null;
  onSubscribe: ((handle: number, reason: Reason) => void) | null;
  onUnsubscribe: ((handle: number, reason: Reason) => void) | null;
  /** AUTH from the server: `ContinueAuthentication` wants `authenticate`, `Success` ends what `reauthenticate` began. */
  onAuthenticate: ((reason: Reason) => void) | null;
  /** The stream wants bytes from `offset` of its payload on, of which so many are left. */
  onStream: ((offset: number, left: number) => void) | null;
  connect: (host?: string, port?: number) => Status;
  disconnect: () => Status;
  publish: (topic: string, payload: string | Uint8Array, qos?: number, retain?: boolean, list?: PropertyList) => number;
  publishBytes: (topic: string, bytes: Uint8Array, from: number, to: number, qos?: number, retain?: boolean, list?: PropertyList) => number;
  publishStream: (topic: string, total: number, qos?: number, retain?: boolean, list?: PropertyList) => number;
  stream: (bytes: Uint8Array, from?: number, to?: number) => Status;
  cancelStream: () => Status;
  isStreaming: () => boolean;
  connectWith: (list: PropertyList) => Status;
  authenticate: (list: PropertyList) => Status;
  reauthenticate: (list: PropertyList) => Status;
  find: (name: string) => boolean;
  findNext: () => boolean;
  property: (name: string) => number | string | Uint8Array | null;
  userProperty: (name: string) => string | null;
  subscribe: (filter: string, qos?: number, route?: number) => number;
  unsubscribe: (filter: string) => number;
  poll: () => number;
}

/** Names and values as the script gives them: fields of ClientConfig, and `textBytes`. */
export type Options = Readonly<Record<string, unknown>>;

/** Copies each option to the field of its name. */
function setFields(fields: Record<string, unknown>, options: Options, skipped: string): void {
  for (const name in options) {
    if (name !== skipped) {
      if (!(name in fields)) throw new Error('midge: there is no option ' + name);
      // Null and objects stand where values of more than one kind may be given.
      const kind = typeof fields[name];
      if (kind !== 'object' && kind !== typeof options[name]) throw new Error('midge: option ' + name + ' must be a ' + kind);
      fields[name] = options[name];
    }
  }
}

function configOf(options: Options): ClientConfig {
  const config = createConfig('');
  const fields = config as unknown as Record<string, unknown>;
  config.seed = hostRandom();
  setFields(fields, options, 'textBytes');
  if (typeof fields['password'] === 'string') config.password = bytesOf(fields['password']);
  if (config.will !== null) {
    const will = { topic: '', payload: createBytes(0), qos: 0, retain: false, properties: null };
    setFields(will, config.will as unknown as Options, '');
    if (typeof will.payload === 'string') will.payload = bytesOf(will.payload);
    if (Profile.V5 > 0) (will as { properties: unknown }).properties = listBytes(will.properties, Packet.Will, 'option will.properties');
    config.will = will;
  }
  if (Profile.V5 > 0 && config.v5 !== null) {
    const v5 = createConfigV5();
    setFields(v5 as unknown as Record<string, unknown>, config.v5 as unknown as Options, '');
    v5.connectProperties = listBytes(v5.connectProperties, Packet.Connect, 'option v5.connectProperties');
    v5.requestProperties = listBytes(v5.requestProperties, Packet.Unsubscribe, 'option v5.requestProperties');
    config.v5 = v5;
  }
  return config;
}

/** A text as UTF-8, in a buffer of its own. */
function bytesOf(text: string): Uint8Array {
  const bytes = createBytes(text.length * 3);
  return bytes.subarray(0, putText(bytes, 0, bytes.length, text));
}

/** A client that does nothing yet. Throws where an option is unknown, or a value is not allowed: `ConfigFault` says which. */
export function create(options: Options): MidgeClient {
  const config = configOf(options);
  const fault = configFault(config);
  if (fault !== ConfigFault.None) throw new Error('midge: an option is out of range, number ' + String(fault) + ' of the list in the README');
  const size = options['textBytes'];
  const core = createClient(config)!;
  return {
    properties: Profile.V5 > 0 ? shownBy(core) : null, hasPacket: false, sought: 0, soughtAt: 0, isAsked: false,
    core: core, port: createPort(), message: createMessage(), text: createBytes(size === undefined ? 128 : size as number),
    onConnect: null, onClose: null, onMessage: null, onChunk: null, onPublish: null, onDrop: null, onSubscribe: null, onUnsubscribe: null, onStream: null, onAuthenticate: null,
    connect: connect, disconnect: disconnect, publish: publish, publishBytes: publishBytes, subscribe: subscribe, unsubscribe: unsubscribe, poll: poll,
    publishStream: publishStream, stream: stream, cancelStream: cancelStream, isStreaming: isStreaming,
    connectWith: connectWith, authenticate: authenticate, reauthenticate: reauthenticate,
    find: find, findNext: findNext, property: property, userProperty: userProperty,
  };
}

/** Where the core shows the properties of the packet behind an event. */
function shownBy(c: Client): Properties | null {
  return c.v5 !== null ? c.v5.properties : null;
}

/** Starts connecting, and connects again after each loss. BadState: it is doing so already. */
function connect(this: MidgeClient, host?: string, port?: number): Status {
  portAddress(this.port, host, port);
  return clientConnect(this.core, hostMillis());
}

/** Leaves with DISCONNECT. What was accepted and not sent stays for the next `connect`. */
function disconnect(this: MidgeClient): Status {
  return clientDisconnect(this.core, Reason.Success, null, hostMillis());
}

/**
 * Accepts a message: a handle (0 at QoS 0), for `onPublish` and `onDrop` to name, or a Status below 0. A text longer than `textBytes` in UTF-8 is
 * refused with NoRoom.
 */
function publish(this: MidgeClient, topic: string, payload: string | Uint8Array, qos?: number, retain?: boolean, list?: PropertyList): number {
  if (typeof payload !== 'string') return this.publishBytes(topic, payload, 0, payload.length, qos, retain, list);
  const to = putText(this.text, 0, this.text.length, payload);
  return to < 0 ? Status.NoRoom : this.publishBytes(topic, this.text, 0, to, qos, retain, list);
}

/** The same with a part of a buffer, which is copied: the way that never allocates. */
function publishBytes(this: MidgeClient, topic: string, bytes: Uint8Array, from: number, to: number, qos?: number, retain?: boolean, list?: PropertyList): number {
  let flags = retain === true ? Publish.Retain : 0;
  if (qos !== undefined) flags |= qos * Publish.Qos1;
  if (Profile.V5 > 0 && list !== undefined) {
    return clientPublishWith(this.core, topic, bytes, from, to, flags, list.expiryS, list.list.limit > 0 ? list.list : null, hostMillis());
  }
  return clientPublish(this.core, topic, bytes, from, to, flags, hostMillis());
}

/**
 * Begins a publish whose payload of `total` bytes need not fit anywhere: `onStream` is asked for it, part by part, from offset 0 again after a lost
 * connection. One at a time. Returns what `publish` does; BadProperties: it cannot expire.
 */
function publishStream(this: MidgeClient, topic: string, total: number, qos?: number, retain?: boolean, list?: PropertyList): number {
  let flags = retain === true ? Publish.Retain : 0;
  let own: Properties | null = null;
  if (this.onStream === null) throw new Error('midge: publishStream needs the handler onStream, which is asked for the payload');
  if ((total | 0) !== total) throw new Error('midge: publishStream: total must be an integer, not ' + String(total));
  if (qos !== undefined) flags |= qos * Publish.Qos1;
  if (list !== undefined) {
    if (list.expiryS > 0) return Status.BadProperties;
    if (list.list.limit > 0) own = list.list;
  }
  return clientPublishStream(this.core, topic, total, flags, own, hostMillis());
}

/** Lends the next bytes of the stream, in `onStream` or later: they must stay as they are until the next call of a handler. BadState: none are wanted. */
function stream(this: MidgeClient, bytes: Uint8Array, from?: number, to?: number): Status {
  return clientStream(this.core, bytes, from === undefined ? 0 : from, to === undefined ? bytes.length : to);
}

/** Gives the stream up: `onDrop` follows. A packet that has begun cannot be taken back, and ends the connection. */
function cancelStream(this: MidgeClient): Status {
  return clientCancelStream(this.core, hostMillis());
}

/** Whether bytes of a stream may still be wanted, or are on their way. */
function isStreaming(this: MidgeClient): boolean {
  return this.core.streamSlot >= 0;
}

/** Looks for a property of the packet behind this handler; what it is stands in `properties`. Allocates nothing. */
function find(this: MidgeClient, name: string): boolean {
  return findProperty(this, name);
}

/** Looks for the next one of that name. */
function findNext(this: MidgeClient): boolean {
  return nextProperty(this);
}

/** A property of the packet behind this handler, or null: a number, a string, or a copy of data. */
function property(this: MidgeClient, name: string): number | string | Uint8Array | null {
  return findProperty(this, name) ? foundValue(this) : null;
}

/** The value of the first user property of that name, or null. */
function userProperty(this: MidgeClient, name: string): string | null {
  let isThere = findProperty(this, 'userProperty');
  while (isThere && textOf(this.properties!.bytes, this.properties!.nameFrom, this.properties!.nameTo) !== name) isThere = nextProperty(this);
  return isThere ? foundValue(this) as string : null;
}

/** Returns a handle, for `onSubscribe` to name, or a Status below 0. `route` comes back with each message that the filter matched. */
function subscribe(this: MidgeClient, filter: string, qos?: number, route?: number): number {
  return clientSubscribe(this.core, filter, qos === undefined ? 0 : qos, route === undefined ? 0 : route);
}

function unsubscribe(this: MidgeClient, filter: string): number {
  return clientUnsubscribe(this.core, filter);
}

/** Does what is to be done now. Returns how many milliseconds nothing will be, unless bytes come; 0: call again at once. */
function poll(this: MidgeClient): number {
  const c = this.core;
  // A handler that threw left it as it was, and a stream that it was asked for without bytes.
  if (Profile.V5 > 0) this.hasPacket = false;
  if (Profile.Streaming > 0 && this.isAsked) abandonStream(this);
  let event = clientNextEvent(c);
  while (event !== Event.None) {
    // Nothing of the server is behind a stream's wish for bytes.
    if (Profile.V5 > 0) this.hasPacket = event !== Event.StreamWanted;
    tell(this, event);
    event = clientNextEvent(c);
  }
  if (Profile.V5 > 0) this.hasPacket = false;
  return portRun(this.port, c) ? 0 : portDeadline(this.port, c);
}

/** The handler `onStream` threw: unless somebody has given bytes since, nobody will, and all other messages wait for them. */
function abandonStream(m: MidgeClient): void {
  m.isAsked = false;
  if (m.core.outRun === Run.StreamAsked) clientCancelStream(m.core, hostMillis());
}

function tell(m: MidgeClient, event: Event): void {
  const c = m.core;
  switch (event) {
    case Event.Connected:
      if (m.onConnect !== null) m.onConnect(c.sessionPresent);
      break;
    case Event.Disconnected:
      if (m.onClose !== null) m.onClose(c.status, c.reason, c.state !== State.Idle && c.state !== State.Stopping);
      break;
    case Event.Message:
      if (m.onMessage !== null) m.onMessage(readMessage(m.message, c, false));
      break;
    case Event.Chunk:
      if (m.onChunk !== null) m.onChunk(readMessage(m.message, c, true));
      break;
    case Event.Published:
      if (m.onPublish !== null) m.onPublish(c.handle, c.reason);
      break;
    case Event.Dropped:
      if (m.onDrop !== null) {
        // A server that refuses a publish says why in 5.0 only.
        if (Profile.V5 > 0) m.onDrop(c.handle, c.status, c.reason);
        else m.onDrop(c.handle, c.status);
      }
      break;
    case Event.Subscribed:
      if (m.onSubscribe !== null) m.onSubscribe(c.handle, c.reason);
      break;
    case Event.Unsubscribed:
      if (m.onUnsubscribe !== null) m.onUnsubscribe(c.handle, c.reason);
      break;
    case Event.StreamWanted:
      if (Profile.Streaming > 0 && m.onStream !== null) {
        m.isAsked = true;
        m.onStream(c.streamAt, c.streamTotal - c.streamAt);
        m.isAsked = false;
      }
      break;
    default:
      if (Profile.V5 > 0 && event === Event.Authenticate && m.onAuthenticate !== null) m.onAuthenticate(c.reason);
  }
}
