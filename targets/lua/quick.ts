/**
 * The most frequent packets, whole ones with less than 130 bytes: PUBLISH both ways and what acknowledges it, between strings and the link without the core's
 * byte tables: a byte of a table costs Lua some 40 instructions each time it is touched, one of a string next to none. Whatever is not plain goes the core's
 * way, and what is plain is what the core would do, which takes note of it at QoS 1 and 2: nothing is before the packet, the topic is ASCII without wildcards
 * and control characters. Must not know: links, what the application does with a message.
 *
 * Read first: 3.1.1 section 3.3; src/core/passing.ts.
 */
import { putText } from '../../src/core/bytes.js';
import type { Client } from '../../src/core/client.js';
import { holdInbound } from '../../src/core/inbound.js';
import { Acknowledge, Packet, Publish, Reason, State, Status } from '../../src/core/index.js';
import { Message } from '../../src/core/outbox.js';
import { isQuietOut, noteAcknowledged, noteAnswered, noteIdentifier, noteLeft, noteReleased, noteReleasing, rowsToNote } from '../../src/core/passing.js';
import { Profile } from '../../src/core/profile.js';
import type { Engine } from './engine.js';
import { answerPacket, plainTopic, publishPacket, takeWithId } from './text.js';

const enum Short {
  /** Longest packet whose remaining length takes one byte. */
  Packet = 129,
  /** Bytes of a PUBLISH beside topic and payload, at QoS 0 and above. */
  Header = 4,
  HeaderWithId = 6,
  /** Bytes before a packet in the arena, whose header there might be longer. */
  Gap = 3,
  /** Bytes of answers that may wait until what came with their questions is dealt with. */
  Answers = 256,
}

/** The packet of a plain publish of QoS 0, or '' where it is not plain. */
export function quickPacket(topic: string, payload: string, flags: number): string {
  if (topic.length + payload.length > Short.Packet - Short.Header || !plainTopic(topic)) return '';
  return publishPacket((Packet.Publish << 4) + flags, topic, payload, 0);
}

/** Makes the packet of a plain publish of QoS 1 or 2, which leaves now. Returns its handle, or -1 where it is not plain or the client has no room. */
export function keepPacket(e: Engine, topic: string, payload: string, flags: number): number {
  const c = e.c;
  const size = topic.length + payload.length + Short.HeaderWithId;
  if (size > Short.Packet || flags > Publish.Qos2 + Publish.Retain || !plainTopic(topic)) return -1;
  if (c.arenaTo + Short.Gap + size > c.arenaSize || rowsToNote(c) <= 0) return -1;
  if (c.slotsUsed === 0) e.keptCount = 0;
  if (e.keptCount === 0) e.keptAt = c.arenaTo;
  e.kept[e.keptCount] = publishPacket((Packet.Publish << 4) + flags, topic, payload, noteIdentifier(c));
  e.keptCount += 1;
  return noteLeft(c, flags < Publish.Qos2 ? Message.AwaitPuback : Message.AwaitPubrec, size);
}

/**
 * Brings the packets that were kept as strings into the client's arena, where it looks for them: copying costs as much as all else that a publish does, and
 * seldom is one needed again. Before the client is asked to publish, to lose its link, or for its session.
 */
export function putKept(e: Engine): void {
  const c = e.c;
  let at = e.keptAt;
  // An outbox that was empty since has begun anew at its front.
  if (c.slotsUsed === 0) e.keptCount = 0;
  for (let n = 0; n < e.keptCount; n++) at = putText(c.arena, at + Short.Gap, c.arenaSize, e.kept[n]);
  e.keptCount = 0;
}

/** Whether the next packet can be taken before the client sees it: it has seen all others. In 5.0 packets have properties: the core's way. */
export function isOpenInward(c: Client): boolean {
  return c.state === State.Connected && (Profile.V5 < 1 || c.v5 === null) && c.inFrom === c.inTo && c.chunkLeft === 0 && c.inputSize >= Short.Packet;
}

/** Deals with the next packet of what arrived if it is a plain PUBLISH of QoS 1 or 2, or acknowledges one, and its answer may be the next that leaves. */
export function takeOther(e: Engine, text: string): boolean {
  return e.answers.length < Short.Answers && isQuietOut(e.c) && takeWithId(e, text, e.at, 0, takeMessage, takeAnswer);
}

/** A message. False: nothing has been done, and the core's way is to find out why. */
export function takeMessage(e: Engine, topic: string, payload: string, flags: number, packetId: number, to: number): boolean {
  const c = e.c;
  if (c.config.acknowledge !== Acknowledge.AtEnd || holdInbound(c, packetId, (flags & Publish.Qos2) !== 0) !== Reason.Success) return false;
  e.at = to;
  c.handle = packetId;
  c.settleHandle = packetId;
  c.settleReason = Reason.Success;
  e.message(topic, payload, (flags & Publish.QosMask) >>> 1, (flags & Publish.Retain) > 0, packetId);
  // The handler may have done anything: where this is not the next that leaves any more, the core answers in its turn.
  if (!e.isAgain && !e.isSending && isQuietOut(c) && noteAnswered(c, packetId)) {
    answer(e, (flags & Publish.Qos2) === 0 ? Packet.Puback << 4 : Packet.Pubrec << 4, packetId);
  }
  return true;
}

/** An acknowledgement. False: nothing has been done. */
export function takeAnswer(e: Engine, first: number, packetId: number, to: number): boolean {
  const c = e.c;
  const packet: Packet = first >>> 4;
  if (packet === Packet.Pubrec || packet === Packet.Pubrel) {
    if (packet === Packet.Pubrec ? !noteReleasing(c, packetId) : !noteReleased(c, packetId)) return false;
    answer(e, packet === Packet.Pubrec ? (Packet.Pubrel << 4) + 2 : Packet.Pubcomp << 4, packetId);
    e.at = to;
  } else {
    const handle = noteAcknowledged(c, packet === Packet.Puback ? Message.AwaitPuback : Message.AwaitPubcomp, packetId);
    if (handle === 0) return false;
    e.at = to;
    e.published(handle);
  }
  return true;
}

/** What is answered to packets that came together leaves together. */
function answer(e: Engine, first: number, packetId: number): void {
  const packet = answerPacket(first, packetId);
  e.answers = e.answers === '' ? packet : e.answers + packet;
}

/** Reports that a plain publish was lost with its link, as the core would. */
export function noteQuickLost(c: Client): void {
  c.handle = 0;
  c.status = Status.LinkLost;
  c.reason = Reason.Success;
  c.topicTo = c.topicFrom;
}
