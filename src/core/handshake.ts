/**
 * The sender's handshakes of QoS 1 and 2 as a table: which acknowledgement moves a publish where.
 * Must not know: how packets are framed.
 *
 * Read first: MQTT 5.0 section 4.3. The diagram in README.md is drawn from the table.
 */
import { type Client, Slot } from './client.js';
import { putAcknowledgement } from './control.js';
import { violation } from './connection.js';
import { Event, Packet, Publish, Reason, Status, Time } from './codes.js';
import { findMessage, freeMessage, Message, setMessage } from './outbox.js';
import { Profile } from './profile.js';

const enum Move {
  Violation,
  /** The message is delivered, or refused by the reason code. */
  Done,
  /** PUBREL goes out, PUBCOMP is awaited. */
  Release,
}

/** Row: state from Release to AwaitPubcomp. Column: PUBACK, PUBREC, PUBREL (which a sender never gets), PUBCOMP. */
const moves: readonly number[] = [
  // PUBREC once more asks for PUBREL once more, also in the last row.
  /* Release      */ Move.Violation, Move.Release, Move.Violation, Move.Violation,
  /* AwaitPuback  */ Move.Done, Move.Violation, Move.Violation, Move.Violation,
  /* AwaitPubrec  */ Move.Violation, Move.Release, Move.Violation, Move.Violation,
  /* AwaitPubcomp */ Move.Violation, Move.Release, Move.Violation, Move.Done,
];

const enum Columns {
  Count = 4,
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
  const state: Message = c.slots[slot];
  let move: Move = Move.Violation;
  // Nothing acknowledges what has not been sent to its end.
  if (state >= Message.Release && state <= Message.AwaitPubcomp && slot !== c.outSlot) {
    move = moves[(state - Message.Release) * Columns.Count + packet - Packet.Puback];
  }
  if (move === Move.Violation) return violation(c, Reason.ProtocolError);
  if (move === Move.Release && reason < Reason.Unspecified) {
    putAcknowledgement(c, (Packet.Pubrel << 4) | 2, packetId, Reason.Success); // [MQTT-4.3.3-4]
    if (state === Message.AwaitPubrec) {
      // From here on only the identifier is needed: the bytes make room for others. [MQTT-4.3.3-6]
      c.slots[slot + Slot.End] = c.slots[slot + Slot.At];
      c.slots[slot + Slot.Extra] = c.sequence;
      c.sequence = (c.sequence + 1) & Time.Mask;
      if (slot === c.streamSlot) c.streamSlot = -1;
    }
    setMessage(c, slot, Message.AwaitPubcomp);
    return Event.None;
  }
  c.handle = c.slots[slot + Slot.Handle];
  c.flags = state === Message.AwaitPuback ? Publish.Qos1 : Publish.Qos2;
  c.reason = reason;
  c.status = Status.Ok;
  // PUBCOMP only ends what PUBREC decided: its codes tell of identifiers, not of the message. Of a stream before a reboot nobody knows what was decided.
  if (packet !== Packet.Pubcomp) {
    if (reason >= Reason.Unspecified) c.status = Status.Refused;
  } else if (Profile.Streaming > 0 && slot === c.streamSlot) c.status = Status.SessionLost;
  freeMessage(c, slot);
  if (c.quota < c.quotaMax) c.quota += 1; // [MQTT-4.9.0-2]
  if (c.status === Status.Ok) return Event.Published;
  c.topicTo = c.topicFrom;
  return Event.Dropped;
}

