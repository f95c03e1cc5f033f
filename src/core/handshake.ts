/**
 * The sender's handshakes of QoS 1 and 2 as a table: which acknowledgement moves a publish where.
 * Must not know: how packets are framed.
 *
 * Read first: MQTT 5.0 section 4.3. The diagram in README.md is drawn from the table.
 */
import { type Client, Slot } from './client.js';
import { putAcknowledgement } from './control.js';
import { fail } from './connection.js';
import { Event, Packet, Reason, Status } from './codes.js';
import { findMessage, freeMessage, Message } from './outbox.js';

const enum Move {
  Violation,
  /** The message is delivered, or refused by the reason code. */
  Done,
  /** PUBREL goes out, PUBCOMP is awaited. */
  Release,
}

/** Row: state from AwaitPuback on. Column: PUBACK, PUBREC, PUBCOMP. */
const moves: readonly number[] = [
  /* AwaitPuback  */ Move.Done, Move.Violation, Move.Violation,
  /* AwaitPubrec  */ Move.Violation, Move.Release, Move.Violation,
  /* Release      */ Move.Violation, Move.Release, Move.Violation,
  // PUBREC once more asks for PUBREL once more.
  /* AwaitPubcomp */ Move.Violation, Move.Release, Move.Done,
];

const enum Columns {
  Count = 3,
}

/** Column of an acknowledgement: PUBACK 0, PUBREC 1, PUBCOMP 2. */
function columnOf(packet: Packet): number {
  return packet === Packet.Puback ? 0 : packet === Packet.Pubrec ? 1 : 2;
}

/**
 * Moves the publish with this identifier. Returns the event to report, or None. An unknown identifier is answered where
 * the specification has an answer (PUBREL after PUBREC) and otherwise ignored: the handshake may have ended with a lost session.
 */
export function acknowledgePublish(c: Client, packet: Packet, packetId: number, reason: Reason): Event {
  const slot = findMessage(c, packetId);
  if (slot < 0) {
    if (packet === Packet.Pubrec && reason < Reason.Unspecified) {
      putAcknowledgement(c, (Packet.Pubrel << 4) | 2, packetId, Reason.PacketIdentifierNotFound);
    }
    return Event.None;
  }
  const state = c.slots[slot + Slot.State];
  let move: Move = Move.Violation;
  // Nothing acknowledges what has not been sent to its end.
  if (state >= Message.AwaitPuback && state <= Message.AwaitPubcomp && slot !== c.outSlot) {
    move = moves[(state - Message.AwaitPuback) * Columns.Count + columnOf(packet)];
  }
  if (move === Move.Violation) {
    fail(c, Status.ProtocolError, Reason.ProtocolError);
    return Event.None;
  }
  if (move === Move.Release && reason < Reason.Unspecified) {
    putAcknowledgement(c, (Packet.Pubrel << 4) | 2, packetId, Reason.Success); // [MQTT-4.3.3-4]
    if (state === Message.AwaitPubrec) {
      // From here on only the identifier is needed: the bytes make room for others. [MQTT-4.3.3-6]
      c.slots[slot + Slot.End] = c.slots[slot + Slot.At];
      c.slots[slot + Slot.Extra] = c.releases;
      c.releases = (c.releases + 1) & 0x3fffffff;
      if (slot === c.streamSlot) c.streamSlot = -1;
    }
    c.slots[slot + Slot.State] = Message.AwaitPubcomp;
    return Event.None;
  }
  // PUBCOMP only ends what PUBREC decided: its codes tell of identifiers, not of the message.
  const isRefused = reason >= Reason.Unspecified && packet !== Packet.Pubcomp;
  c.handle = c.slots[slot + Slot.Handle];
  c.reason = reason;
  c.status = isRefused ? Status.Refused : Status.Ok;
  freeMessage(c, slot);
  if (c.quota < c.quotaMax) c.quota += 1; // [MQTT-4.9.0-2]
  if (!isRefused) return Event.Published;
  c.topicTo = c.topicFrom;
  return Event.Dropped;
}

