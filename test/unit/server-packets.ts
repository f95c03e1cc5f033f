/**
 * A second opinion on what a server sends: written from the specification alone, slowly and in words, to judge the core's
 * reading of mutated packets. It finds every fault of a packet, since two readers may stop at different ones.
 * Must not know: the core.
 *
 * Read first: MQTT 5.0 section 2 and 3; 3.1.1 section 2 and 3.
 */
import { Properties5, readProperties } from './server-properties.js';

/** Reason codes of 5.0 for what is wrong; 3.1.1 has the same faults without a way to say them. */
export const malformed = 0x81;
export const protocolError = 0x82;
const implementationSpecific = 0x83;
const aliasInvalid = 0x94;
const packetTooLarge = 0x95;
const quotaExceeded = 0x97;

export interface Message {
  topic: string;
  payload: Buffer;
}

/** What the reader knows of the client it judges. */
export interface Situation {
  level: 4 | 5;
  isConnected: boolean;
  /** The method that CONNECT named, or ''. */
  method: string;
  aliasMaximum: number;
  aliasTopicBytes: number;
  assignedBytes: number;
  maximumPacketBytes: number;
  receiveBytes: number;
  /** What the server takes: its Maximum Packet Size. */
  serverPacketBytes: number;
  aliases: Map<number, string>;
  /** Publishes on their way: the type of the acknowledgement each awaits. */
  awaited: Map<number, number>;
  /** Inbound QoS 2 identifiers that were answered with PUBREC. */
  recorded: Set<number>;
}

export interface Judgement {
  /** Codes of the faults found; empty: nothing is wrong. */
  faults: Set<number>;
  /** The reader may also let it pass: the specification leaves it open. */
  isLenient: boolean;
  /** The server ends the connection by it. */
  isEnd: boolean;
  message: Message | null;
}

export interface Frame {
  first: number;
  body: Buffer;
  /** Of the whole packet, header included. */
  size: number;
  isWhole: boolean;
  /** The remaining length cannot be read: -1 malformed, 0 not all there yet. */
  lengthFault: 'none' | 'malformed' | 'short' | 'too long form';
}

/** The packet at the front of a stream; null when there is no byte. */
export function frameAt(stream: Buffer, at: number): Frame | null {
  if (at >= stream.length) return null;
  let length = 0;
  let size = 0;
  let byte = 128;
  while (byte > 127 && size < 4) {
    if (at + 1 + size >= stream.length) return { first: stream[at], body: Buffer.alloc(0), size: 0, isWhole: false, lengthFault: 'short' };
    byte = stream[at + 1 + size];
    length += (byte & 127) * 128 ** size;
    size += 1;
  }
  const from = at + 1 + size;
  const body = stream.subarray(from, from + length);
  const lengthFault = byte > 127 ? 'malformed' : size > 1 && byte === 0 ? 'too long form' : 'none';
  return { first: stream[at], body, size: 1 + size + length, isWhole: from + length <= stream.length, lengthFault };
}

function text(bytes: Buffer): string | null {
  try {
    const found = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return found.includes('\u0000') ? null : found;
  } catch {
    return null;
  }
}

const names = ['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK', 'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'];

/** Faults of the first byte. */
function firstByteFaults(s: Situation, first: number): number[] {
  const name = names[first >> 4];
  const flags = first & 15;
  const allowed = s.isConnected ? ['PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBACK', 'UNSUBACK', 'PINGRESP'] : ['CONNACK'];
  if (s.level === 5 && s.isConnected) allowed.push('DISCONNECT', 'AUTH');
  if (s.level === 5 && s.method !== '') allowed.push('AUTH');
  const faults: number[] = [];
  if (name === '') return [malformed];
  if (!allowed.includes(name)) faults.push(protocolError);
  const prescribed = ['PUBREL', 'SUBSCRIBE', 'UNSUBSCRIBE'].includes(name) ? 2 : 0;
  if (name === 'PUBLISH') {
    if ((flags & 6) === 6 || ((flags & 6) === 0 && (flags & 8) !== 0)) faults.push(malformed);
  } else if (flags !== prescribed) faults.push(malformed);
  return faults;
}

/** Judges a packet, and notes what it changes. */
export function judge(s: Situation, frame: Frame): Judgement {
  const found: Judgement = { faults: new Set(firstByteFaults(s, frame.first)), isLenient: false, isEnd: false, message: null };
  const name = names[frame.first >> 4];
  if (frame.lengthFault === 'malformed' || (frame.lengthFault === 'too long form' && s.level === 5)) {
    found.faults.add(malformed);
    return found;
  }
  if (frame.lengthFault === 'short') {
    found.isLenient = name === 'PUBLISH';
    return found;
  }
  const isTooLarge = (s.level === 5 && frame.size > s.maximumPacketBytes) || (name !== 'PUBLISH' && frame.size > s.receiveBytes);
  if (isTooLarge) found.faults.add(packetTooLarge);
  if (!frame.isWhole && !isTooLarge && name === 'PUBLISH' && frame.size > s.receiveBytes) {
    // Read as far as it goes: any fault of its header, or that the header is too large, may be seen by now.
    found.isLenient = true;
    for (const code of [malformed, protocolError, aliasInvalid, packetTooLarge, quotaExceeded]) found.faults.add(code);
  }
  // What is wrong with the flags of a PUBLISH may be found with the rest of it.
  if (!frame.isWhole && !isTooLarge && name === 'PUBLISH') found.isLenient = true;
  if (!frame.isWhole || (found.faults.size > 0 && name !== 'PUBLISH')) return found;
  bodyFaults(s, name, frame, found);
  return found;
}

function bodyFaults(s: Situation, name: string, frame: Frame, found: Judgement): void {
  const { body } = frame;
  if (name === 'CONNACK') judgeConnack(s, body, found);
  else if (name === 'PUBLISH') judgePublish(s, frame, found);
  else if (name === 'PINGRESP') {
    if (body.length > 0) found.faults.add(malformed);
  } else if (name === 'SUBACK' || name === 'UNSUBACK') judgeAnswer(s, name, body, found);
  else if (name === 'DISCONNECT' || name === 'AUTH') judgeEnd(s, name, body, found);
  else judgeAcknowledgement(s, name, body, found);
}

function properties(s: Situation, name: string, bytes: Buffer, found: Judgement): Properties5 {
  const list = s.level === 5 ? readProperties(name, bytes) : new Properties5();
  for (const fault of list.faults) found.faults.add(fault);
  return list;
}

function methodFault(s: Situation, list: Properties5, found: Judgement): void {
  if (list.text(21) !== (s.method === '' ? undefined : s.method)) found.faults.add(protocolError);
}

function judgeConnack(s: Situation, body: Buffer, found: Judgement): void {
  if (body.length < 2 || (s.level === 4 && body.length !== 2)) {
    found.faults.add(malformed);
    return;
  }
  const [flags, code] = body;
  if (flags > 1) found.faults.add(malformed);
  else if (s.level === 5 && body.length === 2 && code === 1) {
    // A server that knows 3.1.1 only refuses in its own words: unacceptable protocol version. [MQTT-3.1.2-2] of 3.1.1
    found.isEnd = true;
    return;
  }
  if (s.level === 4 ? code > 5 : code > 0 && code < 0x80) found.faults.add(protocolError);
  // The clients here ask for a clean session.
  if (flags === 1) found.faults.add(protocolError);
  const list = properties(s, 'CONNACK', body.subarray(2), found);
  if (list.end !== body.length - 2 && s.level === 5) found.faults.add(malformed);
  if (code === 0 && s.level === 5) {
    if (s.method !== '') methodFault(s, list, found);
    else if (list.text(21) !== undefined) found.isLenient = true;
  }
  // Longer than the client has room for.
  if (code === 0 && Buffer.byteLength(list.text(18) ?? '') > s.assignedBytes) found.faults.add(implementationSpecific);
  if (found.faults.size > 0) return;
  if (code > 0) found.isEnd = true;
  else {
    s.isConnected = true;
    s.serverPacketBytes = list.number(39) ?? s.serverPacketBytes;
  }
}

function judgePublish(s: Situation, frame: Frame, found: Judgement): void {
  const { body } = frame;
  const qos = (frame.first >> 1) & 3;
  const topicTo = body.length < 2 ? Infinity : 2 + body.readUInt16BE(0);
  const listFrom = topicTo + (qos > 0 ? 2 : 0);
  if (listFrom > body.length) {
    found.faults.add(malformed);
    if (frame.size > s.receiveBytes) found.faults.add(packetTooLarge);
    // The topic may have been looked at before.
    if (topicTo <= body.length && /[+#]/.test(text(body.subarray(2, topicTo)) ?? '')) found.faults.add(protocolError);
    return;
  }
  let topic = text(body.subarray(2, topicTo));
  if (topic === null) found.faults.add(malformed);
  else if (/[+#]/.test(topic)) found.faults.add(protocolError);
  const id = qos > 0 ? body.readUInt16BE(topicTo) : 0;
  if (qos > 0 && id === 0) found.faults.add(protocolError);
  const list = properties(s, 'PUBLISH', body.subarray(listFrom), found);
  const alias = list.number(35);
  if (alias !== undefined && (alias === 0 || alias > s.aliasMaximum)) found.faults.add(aliasInvalid);
  if (topic === '') {
    topic = alias === undefined ? null : s.aliases.get(alias) ?? null;
    if (topic === null) found.faults.add(protocolError);
  } else if (alias !== undefined && topicTo - 2 > s.aliasTopicBytes) found.faults.add(quotaExceeded);
  // A header that the receive buffer cannot hold, whatever else is wrong with it.
  const isOverlong = frame.size > s.receiveBytes;
  if (isOverlong && (found.faults.size > 0 || frame.size - body.length + listFrom + list.end >= s.receiveBytes)) found.faults.add(packetTooLarge);
  // An identifier that is in use already is the server's fault; a QoS 2 message may come again.
  const isRepeated = qos === 2 && s.recorded.has(id);
  if (qos === 1 && s.recorded.has(id)) found.faults.add(protocolError);
  if (found.faults.size > 0 || topic === null) return;
  if (alias !== undefined) s.aliases.set(alias, topic);
  if (qos === 2) s.recorded.add(id);
  if (!isRepeated) found.message = { topic, payload: Buffer.from(body.subarray(listFrom + list.end)) };
}

const answerCodes: Record<string, readonly number[]> = {
  SUBACK: [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  UNSUBACK: [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
};

function judgeAnswer(s: Situation, name: string, body: Buffer, found: Judgement): void {
  if (s.level === 4) {
    if (body.length !== (name === 'SUBACK' ? 3 : 2)) found.faults.add(malformed);
    else if (name === 'SUBACK' && ![0, 1, 2, 0x80].includes(body[2])) found.faults.add(protocolError);
    return;
  }
  if (body.length < 3) {
    found.faults.add(malformed);
    return;
  }
  const list = properties(s, name, body.subarray(2), found);
  const codes = body.subarray(2 + list.end);
  // Each request is for one filter.
  if (codes.length !== 1) found.faults.add(malformed);
  codeFaults(answerCodes[name], codes[0] ?? 0, found);
}

/** A code that no table lists: a fault below 0x80; above, a reader may take it for the failure that it is. */
function codeFaults(listed: readonly number[], code: number, found: Judgement): void {
  if (listed.includes(code)) return;
  if (code >= 0x80 && found.faults.size === 0) found.isLenient = true;
  found.faults.add(protocolError);
}

const disconnectCodes = [
  0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e,
  0x9f, 0xa0, 0xa1, 0xa2,
];

function judgeEnd(s: Situation, name: string, body: Buffer, found: Judgement): void {
  const isAuth = name === 'AUTH';
  const code = body[0] ?? 0;
  const list = body.length > 1 ? properties(s, name, body.subarray(1), found) : new Properties5();
  if (body.length > 1 && list.end !== body.length - 1) found.faults.add(malformed);
  if (isAuth) {
    if (s.method === '') found.faults.add(protocolError);
    else methodFault(s, list, found);
    codeFaults(s.isConnected ? [0, 0x18] : [0x18], code, found);
    if (code >= 0x80) found.isLenient = false;
    return;
  }
  codeFaults(disconnectCodes, code, found);
  found.isEnd = true;
}

const acknowledgementCodes: Record<string, readonly number[]> = {
  PUBACK: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99], PUBREC: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  PUBREL: [0, 0x92], PUBCOMP: [0, 0x92],
};

function judgeAcknowledgement(s: Situation, name: string, body: Buffer, found: Judgement): void {
  if (body.length < 2 || (s.level === 4 && body.length !== 2)) {
    found.faults.add(malformed);
    return;
  }
  const id = body.readUInt16BE(0);
  const code = body[2] ?? 0;
  if (id === 0) found.faults.add(protocolError);
  const list = body.length > 3 ? properties(s, name, body.subarray(3), found) : new Properties5();
  if (body.length > 3 && list.end !== body.length - 3) found.faults.add(malformed);
  codeFaults(acknowledgementCodes[name], code, found);
  if (name === 'PUBREL') {
    if (found.faults.size === 0 || found.isLenient) s.recorded.delete(id);
    return;
  }
  const awaited = s.awaited.get(id);
  if (awaited === undefined) return;
  const isTold = name === 'PUBREC' && awaited === 7;
  if (names[awaited] !== name && !isTold) {
    found.faults.add(protocolError);
    found.isLenient = false;
  } else if (name === 'PUBREC' && code < 0x80) s.awaited.set(id, 7);
  else s.awaited.delete(id);
}
