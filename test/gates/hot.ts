/**
 * The work that must allocate nothing: a round publishes and receives one message of each QoS, lets PINGREQ fall due, and in its turn
 * loses the link in the middle of handshakes, resumes the session, and streams a large payload either way. In the device subset.
 */
import { createBytes, createInts } from '../../src/core/bytes.js';
import {
  type Client, clientConnect, clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientNextEvent, clientOutput, clientPublish,
  clientPublishStream, clientPublishWith, clientSent, clientStream, clientWantsLink, createClient, createConfig, createConfigV5, Event, Publish,
  State, Version,
} from '../../src/core/index.js';
import { createServer, type Server, serverLinkDown, serverTakes } from './server.js';

const enum Round {
  /** One round in so many loses the link, another one streams. */
  LinkLost = 8,
  Streams = 4,
  StreamBytes = 300,
  Turns = 64,
}

export interface Work {
  client: Client | null;
  server: Server;
  now: number;
  round: number;
  payload: Uint8Array;
  /** PUBLISH from the server, QoS 0, 1 and 2 and one larger than the receive buffer, with room for the identifier in place. */
  inbound0: Uint8Array;
  inbound1: Uint8Array;
  inbound2: Uint8Array;
  large: Uint8Array;
  identifier: number;
  /** Events by type; messages by QoS. */
  events: Int32Array;
  messages: Int32Array;
  /** Publishes refused, and rounds that left something unsettled. */
  faults: number;
}

/** Topic `in`, payload of `count` bytes; the identifier, where there is one, at the seventh byte (the eighth of a large packet). */
function createPublish(isV5: boolean, first: number, count: number): Uint8Array {
  let head = (first & 6) > 0 ? 6 : 4;
  if (isV5) head++;
  const remaining = head + count;
  const bytes = createBytes(remaining + (remaining > 127 ? 3 : 2));
  let at = 0;
  bytes[at] = first;
  at++;
  if (remaining > 127) {
    bytes[at] = (remaining & 127) | 128;
    at++;
    bytes[at] = remaining >>> 7;
  } else bytes[at] = remaining;
  bytes[at + 2] = 2;
  bytes[at + 3] = 105;
  bytes[at + 4] = 110;
  return bytes;
}

function createConnack(isV5: boolean): Uint8Array {
  const bytes = createBytes(isV5 ? 8 : 4);
  bytes[0] = 0x20;
  bytes[1] = isV5 ? 6 : 2;
  bytes[2] = 1;
  if (isV5) {
    // Topic Alias Maximum 2: of three topics one loses its alias at every use.
    bytes[4] = 3;
    bytes[5] = 34;
    bytes[7] = 2;
  }
  return bytes;
}

export function createWork(version: Version): Work {
  const isV5 = version === Version.V5;
  const config = createConfig('gate');
  config.version = version;
  config.cleanStart = false;
  config.keepAliveS = 10;
  config.receiveBytes = 128;
  if (isV5) {
    config.v5 = createConfigV5();
    config.v5.sessionExpiryS = -1;
    config.v5.topicAliasesOut = 2;
  }
  return {
    client: createClient(config), server: createServer(createConnack(isV5), createInts(16)), now: 1000, round: 0, payload: createBytes(20),
    inbound0: createPublish(isV5, 0x30, 20), inbound1: createPublish(isV5, 0x32, 20), inbound2: createPublish(isV5, 0x34, 20),
    large: createPublish(isV5, 0x32, Round.StreamBytes), identifier: 0, events: createInts(11), messages: createInts(3), faults: 0,
  };
}

function readEvents(w: Work, c: Client): void {
  let event: Event = clientNextEvent(c);
  while (event !== Event.None) {
    w.events[event]++;
    if (event === Event.Message) w.messages[(c.flags >>> 1) & 3]++;
    else if (event === Event.StreamWanted) {
      const left = c.streamTotal - c.streamAt;
      clientStream(c, w.payload, 0, left < w.payload.length ? left : w.payload.length);
    }
    event = clientNextEvent(c);
  }
}

/** Client and server talk until neither has anything to say. */
function talk(w: Work, c: Client): void {
  const s = w.server;
  let busy = true;
  for (let turn = 0; busy && turn < Round.Turns; turn++) {
    busy = false;
    readEvents(w, c);
    let count = clientOutput(c, w.now);
    while (count > 0) {
      busy = true;
      serverTakes(s, c.out, c.outFrom, c.outFrom + count);
      clientSent(c, count);
      count = clientOutput(c, w.now);
    }
    if (s.replyTo > 0) {
      busy = true;
      deliver(w, c, s.reply, s.replyTo);
      s.replyTo = 0;
    }
  }
}

function deliver(w: Work, c: Client, bytes: Uint8Array, to: number): void {
  let at = 0;
  while (at < to) {
    at += clientInput(c, bytes, at, to, w.now);
    readEvents(w, c);
  }
}

/** The server publishes, with the next identifier at `at`. */
function receive(w: Work, c: Client, bytes: Uint8Array, at: number): void {
  if (at > 0) {
    w.identifier = w.identifier < 65535 ? w.identifier + 1 : 1;
    bytes[at] = w.identifier >>> 8;
    bytes[at + 1] = w.identifier & 255;
  }
  deliver(w, c, bytes, bytes.length);
  talk(w, c);
}

function connect(w: Work, c: Client): void {
  if (c.state === State.Idle) clientConnect(c, w.now);
  else w.now = (w.now + clientNextDeadline(c, w.now)) & 0x3fffffff;
  talk(w, c);
  // The deadline may have been that of another timer.
  if (c.state === State.Waiting) clientConnect(c, w.now);
  if (clientWantsLink(c)) clientLinkUp(c, w.now);
  talk(w, c);
}

/** The link is lost with a message of each QoS on its way, and the session goes on. */
function loseLink(w: Work, c: Client): void {
  w.server.answers = false;
  clientPublish(c, 'a/lost', w.payload, 0, 20, Publish.Qos1, w.now);
  clientPublish(c, 'b/lost', w.payload, 0, 20, Publish.Qos2, w.now);
  talk(w, c);
  clientLinkDown(c, w.now);
  serverLinkDown(w.server);
  w.server.answers = true;
  connect(w, c);
}

/** Whether a round has left nothing behind: everything accepted was settled. */
function isSettled(c: Client): boolean {
  return c.state === State.Connected && clientOutput(c, c.now) === 0;
}

export function workRound(w: Work): void {
  const c = w.client;
  if (c === null) return;
  if (c.state !== State.Connected) connect(w, c);
  w.round = (w.round + 1) & 0xffff;
  if (clientPublish(c, 'a/topic', w.payload, 0, 20, 0, w.now) < 0) w.faults++;
  talk(w, c);
  if (clientPublish(c, 'b/topic', w.payload, 0, 20, Publish.Qos1, w.now) < 0) w.faults++;
  if (clientPublishWith(c, 'c/topic', w.payload, 0, 20, Publish.Qos2, 60, null, w.now) < 0) w.faults++;
  talk(w, c);
  receive(w, c, w.inbound0, 0);
  receive(w, c, w.inbound1, 6);
  receive(w, c, w.inbound2, 6);
  if (w.round % Round.Streams === 0) {
    if (clientPublishStream(c, 'd/stream', Round.StreamBytes, Publish.Qos1, null, w.now) < 0) w.faults++;
    talk(w, c);
    receive(w, c, w.large, 7);
  }
  if (w.round % Round.LinkLost === 0) loseLink(w, c);
  // Both directions are silent, so PINGREQ is due.
  w.now = (w.now + 8750) & 0x3fffffff;
  talk(w, c);
  if (!isSettled(c)) w.faults++;
}
