/**
 * What the link is to send next: the control queue first, then the outbox in order; a packet that has begun is
 * finished before another. Must not know: what is received.
 *
 * Read first: MQTT 5.0 section 4.4, 4.6, 4.9.
 */
import { putAliasHead } from './alias.js';
import { type Client, Ping, Run, Slot } from './client.js';
import { elapsedS } from './clock.js';
import { controlSent, tick } from './connection.js';
import { putAcknowledgement } from './control.js';
import { Packet, Publish, Reason, State, Status, Time } from './codes.js';
import { Ack } from './inbound.js';
import { freeMessage, Message, messageStart, nextMessage, Record, setMessage, settleMessage, topicLength } from './outbox.js';
import { Profile } from './profile.js';
import { serverForbids } from './publish.js';
import { sendSubscriptions } from './subscriptions.js';
import { putInt32, readVarint } from './wire.js';

/**
 * How many bytes the link is to send next: `out[outFrom … outFrom + count)`, valid until the next call with this client.
 * 0: nothing for now. Also does what is due at `now` (pings, time-outs, expiries), so call it after every input and
 * when `clientNextDeadline` has passed.
 */
export function clientOutput(c: Client, now: number): number {
  c.now = now;
  // Reached, written out: a call costs small interpreters more than the rest of this function.
  if (((now - c.deadline) & Time.Mask) < Time.Half) tick(c);
  if (c.outFrom >= c.outTo) chooseRun(c);
  return c.outTo - c.outFrom;
}

/** The link has taken `count` of the bytes that `clientOutput` offered; fewer are fine, the rest is offered again. */
export function clientSent(c: Client, count: number): void {
  if (c.outFrom >= c.outTo) return;
  c.sentAt = c.now;
  c.outFrom += count;
  if (c.outFrom >= c.outTo) endRun(c);
}

/**
 * Lends the next bytes of the stream that a StreamWanted event asked for: `bytes[from … to)`, the caller's until they
 * are sent, which the next StreamWanted, Published or Disconnected event tells (of the last at QoS 0: an output without them).
 * BadState: none was asked for. BadRange: more than is left of the stream, or nothing.
 */
export function clientStream(c: Client, bytes: Uint8Array, from: number, to: number): Status {
  if (c.outRun !== Run.StreamAsked && c.outRun !== Run.StreamWait) return Status.BadState;
  if (from < 0 || to <= from || to > bytes.length || to - from > c.streamTotal - c.streamAt) return Status.BadRange;
  setRun(c, Run.Stream, bytes, from, to);
  c.streamAt += to - from;
  return Status.Ok;
}

function setRun(c: Client, run: Run, bytes: Uint8Array, from: number, to: number): void {
  c.outRun = run;
  c.out = bytes;
  c.outFrom = from;
  c.outTo = to;
}

/** The bytes of a run are with the link. */
function endRun(c: Client): void {
  const slot = c.outSlot;
  if (c.outRun === Run.Direct) {
    c.outRun = Run.None;
    if (c.slotsUsed === 0) c.arenaTo = 0;
  } else if (c.outRun === Run.Message && c.streamSlot < 0) {
    c.outRun = Run.None;
    c.outSlot = -1;
    if (c.slots[slot] === Message.Sending) freeMessage(c, slot);
  } else endOtherRun(c, slot);
}

function endOtherRun(c: Client, slot: number): void {
  if (c.outRun <= Run.Head) {
    c.controlFrom = c.outTo;
    if (c.controlFrom === c.controlTo) {
      c.controlFrom = 0;
      c.controlTo = 0;
      if (c.ping !== Ping.None) controlSent(c);
    }
  }
  if (c.outRun === Run.Head) {
    setRun(c, Run.Message, c.arena, c.outRest, c.slots[slot + Slot.End]);
    if (c.outFrom < c.outTo) return;
  }
  const run = c.outRun;
  c.outRun = Run.None;
  if (run === Run.Control) return;
  if (Profile.Streaming > 0 && slot === c.streamSlot && c.streamAt < c.streamTotal) {
    c.outRun = Run.StreamWait;
    c.attention = true;
    return;
  }
  if (c.slots[slot] === Message.Sending) freeMessage(c, slot);
  c.outSlot = -1;
}

/** Begins the next run, if there is any. */
function chooseRun(c: Client): void {
  if (c.state === State.Connected && c.outRun === Run.None) {
    if (Profile.Routing > 0 && c.subsPending > 0) sendSubscriptions(c);
    let isMore = c.controlTo === 0 && c.slotsUsed > 0;
    while (isMore) isMore = beginMessage(c);
  }
  if (c.outRun === Run.None && c.controlTo > 0) setRun(c, Run.Control, c.control, c.controlFrom, c.controlTo);
}

/**
 * Takes one step with the row that is to be sent next: begins it, queues its PUBREL, or drops it. True: there may be
 * another step to take.
 */
function beginMessage(c: Client): boolean {
  const slots = c.slots;
  const slot = nextMessage(c);
  if (slot < 0) return false;
  const start = messageStart(c, slot);
  if ((c.arena[start] & Publish.QosMask) !== 0 || c.v5 !== null || c.special > 0 || c.streamSlot >= 0) {
    return beginOtherMessage(c, slot, start);
  }
  slots[slot] = Message.Sending;
  c.outSlot = slot;
  setRun(c, Run.Message, c.arena, start, slots[slot + Slot.End]);
  return false;
}

/** As above, for what is not a plain QoS 0 publish of 3.1.1. */
function beginOtherMessage(c: Client, slot: number, start: number): boolean {
  const slots = c.slots;
  const v5 = c.v5;
  const first = c.arena[start];
  const qos = first & Publish.QosMask;
  const isResend = slots[slot] === Message.Resend;
  let total = 0;
  if (Profile.Qos > 0) {
    if (slots[slot] === Message.Release) {
      putAcknowledgement(c, (Packet.Pubrel << 4) | 2, slots[slot + Slot.Handle] & 0xffff, Reason.Success);
      setMessage(c, slot, Message.AwaitPubcomp);
      // Its PUBCOMP will give a place back that the PUBLISH took on an earlier connection. [MQTT-3.3.4-7]
      c.quota -= 1;
      return c.controlTo + Ack.Bytes < c.control.length;
    }
    // PUBRELs leave first; and with no quota nothing with QoS does. [MQTT-3.3.4-8]
    if (c.controlTo > 0 || (qos !== 0 && c.quota <= 0)) return false;
    if (isResend) c.arena[start] = first | Publish.Dup; // [MQTT-3.3.1-1]
    else c.arena[start] = first & ~Publish.Dup & 255;
  }
  if (Profile.Streaming > 0 && slot === c.streamSlot) {
    total = c.streamTotal;
    c.streamAt = 0;
  }
  if (Profile.V5 > 0 && v5 !== null) {
    const forbidden = serverForbids(v5, first, slots[slot + Slot.End] - start + total);
    if (forbidden !== Status.Ok) {
      settleMessage(c, slot, forbidden);
      return true;
    }
    if (Profile.Policy > 0 && !isResend && slots[slot + Slot.Extra] >= 0) patchExpiry(c, slot, qos);
  }
  if (qos !== 0) c.quota -= 1;
  if (!isResend) {
    slots[slot + Slot.Extra] = c.sequence;
    c.sequence = (c.sequence + 1) & Time.Mask;
  }
  setMessage(c, slot, qos === 0 ? Message.Sending : qos === Publish.Qos1 ? Message.AwaitPuback : Message.AwaitPubrec);
  c.outSlot = slot;
  setRun(c, Run.Message, c.arena, start, slots[slot + Slot.End]);
  if (Profile.V5 > 0 && v5 !== null) {
    c.outRest = putAliasHead(c, v5, slot, total);
    if (c.outRest >= 0) setRun(c, Run.Head, c.control, c.controlFrom, c.controlTo);
  }
  return false;
}

/** Writes what is left of a message's expiry into its property, which stands first. Not 0: a server may drop that at once. */
function patchExpiry(c: Client, slot: number, qos: number): void {
  let at = c.slots[slot + Slot.At] + Record.Topic + topicLength(c, slot);
  if (qos !== 0) at += 2;
  at += readVarint(c.arena, at, c.arenaSize, true) & 7;
  const left = elapsedS(c.now, c.slots[slot + Slot.Extra]);
  putInt32(c.arena, at + 1, left > 0 ? left : 1);
}
