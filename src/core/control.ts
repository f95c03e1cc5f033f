/**
 * The control queue: acknowledgements, requests and CONNECT, whole packets in the order of their going out.
 * Must not know: publishes, states.
 *
 * Read first: MQTT 5.0 section 2.1.
 */
import { moveBytes } from './bytes.js';
import { type Client, Run } from './client.js';
import { type Packet, Reason, Status } from './codes.js';
import { Profile } from './profile.js';
import type { Properties } from './properties.js';
import { putByte, putBytes, putVarint, varintSize } from './wire.js';

const enum Header {
  /** First byte and the longest remaining length. */
  Max = 5,
}

/** Moves what has not been sent to the front. */
function controlCompact(c: Client): void {
  const gone = c.controlFrom;
  if (gone > 0) {
    moveBytes(c.control, 0, gone, c.controlTo);
    c.controlFrom = 0;
    c.controlTo -= gone;
    if (c.outRun === Run.Control || c.outRun === Run.Head) {
      c.outFrom -= gone;
      c.outTo -= gone;
    }
  }
}

/** Whether `count` more bytes fit. */
export function controlHasRoom(c: Client, count: number): boolean {
  if (c.controlTo + count > c.control.length) controlCompact(c);
  return c.controlTo + count <= c.control.length;
}

/** Queues a packet without a body. The caller has asked for the room of 2 bytes. */
export function putEmptyPacket(c: Client, first: number): void {
  c.control[c.controlTo] = first & 255;
  c.control[c.controlTo + 1] = 0;
  c.controlTo += 2;
}

/** Queues an acknowledgement with its packet identifier. The caller has asked for the room of 5 bytes. */
export function putAcknowledgement(c: Client, first: number, packetId: number, reason: Reason): void {
  const bytes = c.control;
  const at = c.controlTo;
  bytes[at] = first & 255;
  bytes[at + 1] = 2;
  bytes[at + 2] = (packetId >>> 8) & 255;
  bytes[at + 3] = packetId & 255;
  c.controlTo = at + 4;
  if (c.v5 !== null && reason !== Reason.Success) {
    bytes[at + 1] = 3;
    bytes[at + 4] = reason & 255;
    c.controlTo = at + 5;
  }
}

/** Where the body of a longer packet is to be written; `packetEnd` puts the header before it. */
export function packetBegin(c: Client): number {
  controlCompact(c);
  return c.controlTo + Header.Max;
}

/**
 * Queues the packet whose body was written to `control[packetBegin … to)`; false, and nothing queued, when `to` is -1 or
 * the packet larger than the server accepts. [MQTT-3.2.2-15]
 */
export function packetEnd(c: Client, first: number, to: number): boolean {
  if (to < 0) return false;
  const body = c.controlTo + Header.Max;
  const at = c.controlTo;
  const size = varintSize(to - body);
  const v5 = c.v5;
  if (Profile.V5 > 0 && v5 !== null && v5.maximumPacketBytes > 0 && 1 + size + to - body > v5.maximumPacketBytes) return false;
  putVarint(c.control, at + 1, to - body);
  c.control[at] = first & 255;
  moveBytes(c.control, at + 1 + size, body, to);
  c.controlTo = at + 1 + size + to - body;
  return true;
}

/** Queues a packet of a reason code and properties (or null), which have been checked. NoControlRoom: nothing is queued. */
export function putReasonPacket(c: Client, packet: Packet, reason: Reason, properties: Properties | null): Status {
  let put = putByte(c.control, packetBegin(c), reason);
  if (properties !== null) {
    put = putBytes(c.control, putVarint(c.control, put, properties.limit), properties.bytes, 0, properties.limit);
  }
  return packetEnd(c, packet << 4, put) ? Status.Ok : Status.NoControlRoom;
}

/** Writes properties (length and bytes) at `at` of the control buffer, none for null; returns the next position or -1. */
export function putProperties(c: Client, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return putByte(c.control, at, 0);
  return putBytes(c.control, putVarint(c.control, at, bytes.length), bytes, 0, bytes.length);
}
