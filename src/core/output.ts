/**
 * What the link is to send next: the control queue first, then the outbox in order; a packet that has begun is
 * finished before another. Must not know: what is received.
 *
 * Read first: MQTT 5.0 section 4.4, 4.6, 4.9.
 */
import { putAliasHead } from './alias.js';
import { type Client, Run, Slot } from './client.js';
import { reached } from './clock.js';
import { tick } from './connection.js';
import { controlHasRoom, putAcknowledgement } from './control.js';
import { Packet, Property, Publish, Reason, State, Status } from './codes.js';
import { bringUrgentForward, dropMessage, freeMessage, Message, messageStart, topicLength } from './outbox.js';
import { Ack } from './inbound.js';
import { expiryLeftS, serverForbids } from './publish.js';
import { Profile } from './profile.js';
import { sendSubscription } from './subscriptions.js';
import { putInt32 } from './wire.js';

/**
 * How many bytes the link is to send next: `out[outFrom … outFrom + count)`, valid until the next call with this client.
 * 0: nothing for now. Also does what is due at `now` (pings, time-outs, expiries), so call it after every input and
 * when `clientNextDeadline` has passed.
 */
export function clientOutput(c: Client, now: number): number {
  c.now = now;
  if (reached(now, c.deadline)) tick(c);
  if (c.outFrom >= c.outTo) chooseRun(c);
  return c.outTo - c.outFrom;
}

/** The link has taken `count` of the bytes that `clientOutput` offered; fewer are fine, the rest is offered again. */
export function clientSent(c: Client, count: number): void {
  c.sentAt = c.now;
  c.outFrom += count;
  if (c.outFrom >= c.outTo) endRun(c);
}

/**
 * Lends the next bytes of the stream that a StreamWanted event asked for: `bytes[from … to)`, the caller's until they
 * are sent, which the next StreamWanted, Published or Disconnected event tells.
 * BadState: none was asked for. BadRange: more than is left of the stream, or nothing.
 */
export function clientStream(c: Client, bytes: Uint8Array, from: number, to: number): Status {
  if (c.outRun !== Run.StreamAsked && c.outRun !== Run.StreamWait) return Status.BadState;
  if (from < 0 || to <= from || to > bytes.length || to - from > c.streamTotal - c.streamAt) return Status.BadRange;
  setRun(c, Run.Stream, bytes, from, to);
  return Status.Ok;
}

function setRun(c: Client, run: Run, bytes: Uint8Array, from: number, to: number): void {
  c.outRun = run;
  c.out = bytes;
  c.outFrom = from;
  c.outTo = to;
  if (run === Run.Stream) c.streamAt += to - from;
}

/** The bytes of a run are with the link. */
function endRun(c: Client): void {
  const run = c.outRun;
  if (run === Run.Control || run === Run.Head) c.controlFrom = c.outTo;
  c.outRun = Run.None;
  if (run === Run.Head) {
    const at = c.slots[c.outSlot + Slot.At];
    setRun(c, Run.Message, c.arena, at + c.slots[c.outSlot + Slot.Extra], c.slots[c.outSlot + Slot.End]);
    if (c.outFrom < c.outTo) return;
  }
  if (c.controlFrom === c.controlTo) {
    c.controlFrom = 0;
    c.controlTo = 0;
  }
  if (run === Run.Control) return;
  if (Profile.Streaming > 0 && c.outSlot === c.streamSlot && c.streamAt < c.streamTotal && c.outSlot >= 0) {
    c.outRun = Run.StreamWait;
    return;
  }
  if (c.outSlot >= 0) {
    if (c.slots[c.outSlot + Slot.State] === Message.Sending) freeMessage(c, c.outSlot);
    c.outSlot = -1;
  }
}

/** Begins the next run, if there is any. */
function chooseRun(c: Client): void {
  if (c.outRun === Run.StreamWait || c.outRun === Run.StreamAsked) return;
  if (c.state === State.Connected) {
    let isMore = c.subsPending > 0;
    while (isMore) isMore = sendSubscription(c);
    isMore = c.controlFrom === c.controlTo && c.slotsUsed > 0;
    while (isMore) isMore = beginMessage(c);
  }
  if (c.outRun === Run.None && c.controlFrom < c.controlTo) setRun(c, Run.Control, c.control, c.controlFrom, c.controlTo);
}

/** The released message whose PUBREC came first, or -1: PUBRELs leave in that order. [MQTT-4.6.0-4] */
function firstRelease(c: Client): number {
  let found = -1;
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    if (c.slots[i + Slot.State] === Message.Release) {
      if (found < 0 || c.slots[i + Slot.Extra] < c.slots[found + Slot.Extra]) found = i;
    }
  }
  return found;
}

/**
 * Takes one step with the first row that is to be sent: begins it, queues its PUBREL, or drops it. True: there may be
 * another step to take.
 */
function beginMessage(c: Client): boolean {
  const slots = c.slots;
  let slot = c.next;
  while (slot < c.slotsTo) {
    const state = slots[slot + Slot.State];
    if (state === Message.Queued || state === Message.Urgent || state === Message.Resend || state === Message.Release) break;
    slot += Slot.Size;
  }
  c.next = slot;
  if (slot >= c.slotsTo) return false;
  if (Profile.Qos > 0 && slots[slot + Slot.State] === Message.Release) {
    slot = firstRelease(c);
    if (!controlHasRoom(c, Ack.Bytes)) return false;
    putAcknowledgement(c, (Packet.Pubrel << 4) | 2, slots[slot + Slot.Handle] & 0xffff, Reason.Success);
    slots[slot + Slot.State] = Message.AwaitPubcomp;
    return true;
  }
  if (Profile.Policy > 0 && c.urgent > 0 && slots[slot + Slot.State] !== Message.Resend) bringUrgentForward(c, slot);

  const v5 = c.v5;
  const start = messageStart(c, slot);
  const first = c.arena[start];
  const qos = first & Publish.QosMask;
  const isResend = slots[slot + Slot.State] === Message.Resend;
  if (Profile.Qos > 0 && qos !== 0) {
    if (c.quota === 0) return false; // [MQTT-3.3.4-8]
    c.arena[start] = isResend ? first | Publish.Dup : first & ~Publish.Dup; // [MQTT-3.3.1-1]
  }
  const isStream = Profile.Streaming > 0 && slot === c.streamSlot;
  const to = slots[slot + Slot.End];
  if (Profile.V5 > 0 && v5 !== null) {
    const forbidden = serverForbids(v5, first, isStream ? to - start + c.streamTotal : to - start);
    if (forbidden !== Status.Ok) {
      dropMessage(c, slot, forbidden);
      return true;
    }
    if (Profile.Policy > 0 && !isResend && slots[slot + Slot.Extra] >= 0) patchExpiry(c, slot, qos);
  }
  if (qos !== 0) c.quota -= 1;
  if (isStream) c.streamAt = 0;
  c.outSlot = slot;
  c.next = slot + Slot.Size;
  slots[slot + Slot.State] = qos === 0 ? Message.Sending : qos === Publish.Qos1 ? Message.AwaitPuback : Message.AwaitPubrec;
  if (Profile.V5 > 0 && v5 !== null) {
    const rest = putAliasHead(c, v5, slot);
    if (rest >= 0) {
      slots[slot + Slot.Extra] = rest - slots[slot + Slot.At];
      setRun(c, Run.Head, c.control, c.controlFrom, c.controlTo);
      return false;
    }
  }
  setRun(c, Run.Message, c.arena, start, to);
  return false;
}

/** Writes what is left of a message's expiry into its property, which stands first. */
function patchExpiry(c: Client, slot: number, qos: number): void {
  let at = c.slots[slot + Slot.At] + 7 + topicLength(c, slot);
  if (qos !== 0) at += 2;
  while (c.arena[at] > 127) at++;
  if (c.arena[at + 1] === Property.MessageExpiryInterval) putInt32(c.arena, at + 2, expiryLeftS(c, c.slots[slot + Slot.Extra]));
}
