/**
 * Inbound QoS 1 and 2 messages that are not settled, in order of receipt, and their acknowledgements, which leave in
 * that order whatever order the application answers in. [MQTT-4.6.0-2] [MQTT-4.6.0-3]
 * Must not know: how packets are read, what is in the messages.
 *
 * Read first: MQTT 5.0 section 4.3 and 4.6.
 */
import type { Client } from './client.js';
import { controlHasRoom, putAcknowledgement } from './control.js';
import { Packet, Publish, Reason, State, Status } from './codes.js';
import { reasonAllowed } from './reasons.js';
import { Profile } from './profile.js';

/** An entry of the table: the packet identifier in the lower 16 bits, then these. */
export const enum Entry {
  Id = 0xffff,
  Qos2 = 0x10000,
  /** The application has answered, with the reason code from bit 20 on. */
  Answered = 0x20000,
  /** QoS 2: PUBREC has gone out, PUBREL is awaited. */
  Recorded = 0x40000,
  ReasonShift = 20,
}

export const enum Ack {
  /** Longest acknowledgement in bytes. */
  Bytes = 5,
}

/** Place in the table of the message with this identifier, or -1. */
function findInbound(c: Client, packetId: number): number {
  for (let i = 0; i < c.inboundCount; i++) {
    if ((c.inbound[i] & Entry.Id) === packetId) return i;
  }
  return -1;
}

function removeInbound(c: Client, place: number): void {
  c.inboundCount -= 1;
  for (let i = place; i < c.inboundCount; i++) c.inbound[i] = c.inbound[i + 1];
}

/**
 * Notes a message that awaits its acknowledgement. Otherwise the reason to end the connection: the identifier is in use
 * [MQTT-2.2.1-4], or there are more messages than the client announced [MQTT-3.3.4-9], or than it can hold in 3.1.1.
 */
export function holdInbound(c: Client, packetId: number, isQos2: boolean): Reason {
  if (findInbound(c, packetId) >= 0) return Reason.ProtocolError;
  if (c.inboundCount >= c.inbound.length) return Reason.ReceiveMaximumExceeded;
  c.inbound[c.inboundCount] = isQos2 ? packetId | Entry.Qos2 : packetId;
  c.inboundCount += 1;
  c.attention = true;
  return Reason.Success;
}

/** Sends what the answered messages are owed, up to the first that is not answered or has no room. */
export function flushInbound(c: Client): void {
  let i = 0;
  while (i < c.inboundCount && c.state === State.Connected) {
    const entry = c.inbound[i];
    if ((entry & Entry.Recorded) !== 0) i++;
    else {
      if ((entry & Entry.Answered) === 0 || !controlHasRoom(c, Ack.Bytes)) return;
      const reason = entry >>> Entry.ReasonShift;
      const packetId = entry & Entry.Id;
      if ((entry & Entry.Qos2) === 0) {
        putAcknowledgement(c, Packet.Puback << 4, packetId, reason);
        removeInbound(c, i);
      } else {
        putAcknowledgement(c, Packet.Pubrec << 4, packetId, reason);
        // A refusal ends the handshake, in 5.0. [MQTT-4.3.3-9]
        if (reason >= Reason.Unspecified && c.v5 !== null) removeInbound(c, i);
        else {
          c.inbound[i] = packetId | Entry.Qos2 | Entry.Recorded;
          i++;
        }
      }
    }
  }
}

/** Answers a message and sends what can be sent. */
export function answerInbound(c: Client, packetId: number, reason: Reason): Status {
  const i = findInbound(c, packetId);
  if (i < 0 || (c.inbound[i] & (Entry.Answered | Entry.Recorded)) !== 0) return Status.Stale;
  c.inbound[i] |= Entry.Answered | (reason << Entry.ReasonShift);
  flushInbound(c);
  return Status.Ok;
}

/**
 * Whether a PUBLISH has been seen before. If PUBREC has gone out, it goes out again; the message is not delivered a second
 * time [MQTT-4.3.3-10]. At QoS 1 that is one which 3.1.1 servers repeat while the application has not answered.
 */
export function isDuplicate(c: Client, packetId: number, isQos2: boolean): boolean {
  const i = findInbound(c, packetId);
  if (i < 0 || isQos2 !== ((c.inbound[i] & Entry.Qos2) !== 0)) return false;
  if (!isQos2) return c.v5 === null && (c.flags & Publish.Dup) !== 0;
  if ((c.inbound[i] & Entry.Recorded) !== 0) putAcknowledgement(c, Packet.Pubrec << 4, packetId, Reason.Success);
  return true;
}

/** PUBREL: ends the handshake, answers PUBCOMP. False: PUBREC had not gone out, which breaks the protocol. [MQTT-4.3.3-11] */
export function releaseInbound(c: Client, packetId: number): boolean {
  const i = findInbound(c, packetId);
  if (i < 0) {
    putAcknowledgement(c, Packet.Pubcomp << 4, packetId, Reason.PacketIdentifierNotFound);
    return true;
  }
  if ((c.inbound[i] & Entry.Recorded) === 0) return false;
  removeInbound(c, i);
  putAcknowledgement(c, Packet.Pubcomp << 4, packetId, Reason.Success);
  return true;
}

/** The link is gone: the server sends QoS 1 again, and QoS 2 whose last byte had not arrived (`partial`, an identifier or -1). */
export function inboundLinkLost(c: Client, partial: number): void {
  let kept = 0;
  for (let i = 0; i < c.inboundCount; i++) {
    const entry = c.inbound[i];
    const isPartial = (entry & Entry.Id) === partial && (entry & (Entry.Answered | Entry.Recorded)) === 0;
    if ((entry & Entry.Qos2) !== 0 && !isPartial) {
      c.inbound[kept] = entry;
      kept++;
    }
  }
  c.inboundCount = kept;
}

/**
 * Answers the message of a Message or Chunk event (`handle` of the event), where the configuration leaves that to the
 * application. `reason` from 0x80 on refuses it (5.0; 3.1.1 knows only acceptance). Answers may come in any order.
 * BadFlags: not a reason code of PUBACK [MQTT-3.4.2-1]. Stale: nothing with that handle awaits an answer, as after a lost link.
 */
export function clientAcknowledge(c: Client, handle: number, reason: Reason): Status {
  if (Profile.Qos < 1) return Status.BadState;
  if (Profile.V5 > 0 && c.v5 !== null && !reasonAllowed(Packet.Puback, reason)) return Status.BadFlags;
  return answerInbound(c, handle & Entry.Id, reason);
}
