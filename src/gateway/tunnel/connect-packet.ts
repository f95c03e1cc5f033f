/**
 * A board's CONNECT: what is in it, and the same with the gateway's identity put in, so that secrets need not live on the
 * board. Strict: what is no CONNECT of 3.1.1 or 5.0 to the last byte is not touched. Must not know: links.
 *
 * Read first: MQTT 5.0 section 3.1, MQTT 3.1.1 section 3.1.
 */
export interface Identity {
  readonly userName?: string;
  readonly password?: string;
  /** Goes before the client identifier, unless that is empty: the server then makes one. */
  readonly clientIdPrefix?: string;
}

export interface ConnectPacket {
  readonly version: 4 | 5;
  readonly clientId: string;
  readonly userName: string | null;
  readonly keepAliveSeconds: number;
}

/** Sections of a CONNECT, as offsets: what is between two is copied, never understood. */
interface Sections extends ConnectPacket {
  readonly flagsAt: number;
  readonly idFrom: number;
  readonly idTo: number;
  readonly willTo: number;
  readonly userTo: number;
  readonly passwordTo: number;
}

const enum Flag {
  Reserved = 1,
  Will = 4,
  Password = 64,
  UserName = 128,
}

const protocolName = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54]);

/** Whether CONNECT begins at `from`: 1 yes, 0 no, -1 as far as the bytes go. */
export function beginsConnect(bytes: Uint8Array, from: number, to: number): 1 | 0 | -1 {
  if (from >= to) return -1;
  if (bytes[from] !== 0x10) return 0;
  let at = from + 1;
  while (at < to && at < from + 4 && (bytes[at] & 128) !== 0) at += 1;
  if (at >= to) return -1;
  if ((bytes[at] & 128) !== 0) return 0;
  at += 1;
  for (const byte of protocolName) {
    if (at >= to) return -1;
    if (bytes[at] !== byte) return 0;
    at += 1;
  }
  if (at >= to) return -1;
  return bytes[at] === 4 || bytes[at] === 5 ? 1 : 0;
}

/** The length of the packet that begins at `from`, header included; 0: the header is not whole yet. */
export function packetLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from + 1, scale = 1; at < to; at += 1, scale *= 128) {
    length += (bytes[at] & 127) * scale;
    if ((bytes[at] & 128) === 0) return at + 1 - from + length;
  }
  return 0;
}

/** Reads a whole CONNECT; null: it is none to the last byte. */
export function readConnect(packet: Buffer): ConnectPacket | null {
  return sectionsOf(packet);
}

/** The packet with the identity in it; null where `packet` is no valid CONNECT, or the result would be none. */
export function withIdentity(packet: Buffer, identity: Identity): Buffer | null {
  const sections = sectionsOf(packet);
  if (sections === null) return null;
  const { flagsAt, idFrom, idTo, willTo, userTo, passwordTo } = sections;
  const prefix = sections.clientId === '' ? '' : identity.clientIdPrefix ?? '';
  const id = field(Buffer.concat([Buffer.from(prefix), packet.subarray(idFrom + 2, idTo)]));
  const user = identity.userName === undefined ? packet.subarray(willTo, userTo) : field(Buffer.from(identity.userName));
  const password = identity.password === undefined ? packet.subarray(userTo, passwordTo) : field(Buffer.from(identity.password));
  if (id === null || user === null || password === null) return null;
  // In 3.1.1 a password needs a user name. [MQTT-3.1.2-22]
  if (sections.version === 4 && password.length > 0 && user.length === 0) return null;
  const flags = (packet[flagsAt] & 0x3f) | (user.length > 0 ? Flag.UserName : 0) | (password.length > 0 ? Flag.Password : 0);
  const body = Buffer.concat([
    packet.subarray(flagsAt - protocolName.length - 1, flagsAt), Buffer.from([flags]), packet.subarray(flagsAt + 1, idFrom), id,
    packet.subarray(idTo, willTo), user, password,
  ]);
  return Buffer.concat([Buffer.from([0x10, ...variable(body.length)]), body]);
}

function field(bytes: Buffer): Buffer | null {
  return bytes.length > 65535 ? null : Buffer.concat([Buffer.from([bytes.length >>> 8, bytes.length & 255]), bytes]);
}

function variable(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function sectionsOf(packet: Buffer): Sections | null {
  if (beginsConnect(packet, 0, packet.length) !== 1 || packetLength(packet, 0, packet.length) !== packet.length) return null;
  const versionAt = packet.indexOf(protocolName) + protocolName.length;
  const version = packet[versionAt] as 4 | 5;
  const flagsAt = versionAt + 1;
  const flags = packet[flagsAt];
  if (flagsAt + 3 > packet.length || (flags & Flag.Reserved) !== 0) return null;
  const bodyFrom = flagsAt + 3;
  const idFrom = version === 5 ? propertiesTo(packet, bodyFrom) : bodyFrom;
  const idTo = fieldTo(packet, idFrom);
  let willTo = idTo;
  if ((flags & Flag.Will) !== 0) {
    if (version === 5) willTo = propertiesTo(packet, willTo);
    willTo = fieldTo(packet, fieldTo(packet, willTo));
  }
  const userTo = (flags & Flag.UserName) !== 0 ? fieldTo(packet, willTo) : willTo;
  const passwordTo = (flags & Flag.Password) !== 0 ? fieldTo(packet, userTo) : userTo;
  if (passwordTo !== packet.length) return null;
  return {
    version, flagsAt, idFrom, idTo, willTo, userTo, passwordTo,
    clientId: packet.toString('utf8', idFrom + 2, idTo),
    userName: userTo === willTo ? null : packet.toString('utf8', willTo + 2, userTo),
    keepAliveSeconds: packet.readUInt16BE(flagsAt + 1),
  };
}

/** Where a field of two length bytes and so many more ends; NaN, which no comparison holds for, where it does not fit. */
function fieldTo(packet: Buffer, from: number): number {
  if (!(from + 2 <= packet.length)) return NaN;
  const to = from + 2 + packet.readUInt16BE(from);
  return to <= packet.length ? to : NaN;
}

function propertiesTo(packet: Buffer, from: number): number {
  let length = 0;
  for (let at = from, scale = 1; at < packet.length && at < from + 4; at += 1, scale *= 128) {
    length += (packet[at] & 127) * scale;
    if ((packet[at] & 128) === 0) return at + 1 + length <= packet.length ? at + 1 + length : NaN;
  }
  return NaN;
}
