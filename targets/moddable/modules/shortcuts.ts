/**
 * Short ways through the core for what most messages are, and a ping at the application's wish: in the device subset, built together with the
 * core, whose fields they use as the core's own functions do. XS takes 700 to 1,200 instructions for a call and 130 to 430 for a field, so a
 * message's cost is the number of statements on its way. Must not know: links, timers.
 *
 * Read first: `clientPublish` (src/core/publish.ts), `clientInput` (src/core/receive.ts) and `keepAlive` (src/core/connection.ts). Where a short
 * way does not apply it says so and changes nothing, and the caller goes the long one; the tests play both against each other.
 */
import { type Client, Ping, Run } from '../../../src/core/client.js';
import { Packet, State, Status, Time } from '../../../src/core/codes.js';
import { findInbound, removeInbound } from '../../../src/core/inbound.js';
import { Profile } from '../../../src/core/profile.js';

const enum Direct {
  /** Where a packet begins in the arena when its remaining length takes one byte, and how much of it stands before that is counted. */
  From = 3,
  Header = 5,
  /** Where the topic begins in a packet with such a length. */
  Topic = 4,
  RemainingMax = 127,
}

/**
 * A short QoS 0 publish of 3.1.1 on an idle link, to the topic that was written last: whole in `arena[3 … end)`, to be sent at once. Returns the
 * end, or 0: not one of these. `flags`: 0 or Retain. `room`: bytes that the link takes at once.
 */
export function clientExpress(c: Client, topic: string, payload: Uint8Array, length: number, flags: number, room: number): number {
  const at = c.topicTextTo;
  const end = at + length;
  if (c.topicText !== topic || c.outRun !== Run.None || (c.slotsUsed | c.controlTo | c.topicTextAt) !== 0 || c.state !== State.Connected) return 0;
  if (end - Direct.From > room || end > Direct.RemainingMax + Direct.Header || end > c.arenaSize || c.v5 !== null || c.subsPending !== 0) return 0;
  const arena = c.arena;
  arena.set(payload, at);
  arena[Direct.Header - 1] = (end - Direct.Header) & 127;
  arena[Direct.From] = (Packet.Publish << 4) | (flags & 1);
  c.sentAt = c.now;
  return end;
}

/** Whether bytes of the link may be put at the front of `input`: nothing is in it. */
export function clientInputIsEmpty(c: Client): boolean {
  return c.inFrom === c.inTo && c.inKeep === 0 && c.state === State.Connected;
}

/** The link has put bytes at `input[0 … count)`, where `clientInputIsEmpty`: what `clientInput` does, without a copy. */
export function clientReceived(c: Client, count: number, now: number): void {
  c.now = now;
  c.receivedAt = now;
  c.inFrom = 0;
  c.inTo = count;
}

/**
 * Whether all that was received is one QoS 0 message of 3.1.1, whole and at the front of `input`, which has been read, with nothing left to do about it: then
 * what the fields say holds for one that comes next with the same length and the same bytes before its payload.
 */
export function clientReadOne(c: Client): boolean {
  return c.inFrom === c.inTo && c.payloadTo === c.inTo && c.topicFrom === Direct.Topic && c.input[0] >>> 1 === Packet.Publish << 3 && c.topic === c.input
    && c.v5 === null && !c.attention && c.inKeep + c.chunkLeft + c.offset === 0 && c.ping === Ping.None && c.state === State.Connected;
}

/** Asks the server for a sign of life now, whatever keep-alive says. BadState: not connected. One that is under way will do. */
export function clientPing(c: Client, now: number): Status {
  if (c.state !== State.Connected) return Status.BadState;
  if (c.ping !== Ping.None) return Status.Ok;
  c.ping = Ping.Wanted;
  c.timerAt = now;
  // Wakes `tick`, unless it wakes sooner.
  if (((now - c.deadline) & Time.Mask) >= Time.Half) c.deadline = now;
  return Status.Ok;
}

/** Whether PINGRESP is awaited, or PINGREQ on its way. */
export function clientIsPinging(c: Client): boolean {
  return c.ping !== Ping.None;
}

/** As `clientNextDeadline`, while the application has not read all of a message: what it is to be told waits for that, and is nothing to wake for. */
export function clientNextTick(c: Client, now: number): number {
  const wait = (c.deadline - now) & Time.Mask;
  return wait > Time.Half ? 0 : wait;
}

/** Before `clientLinkDown`: the application has not read the last message, which the server is to send again. */
export function clientUnread(c: Client): void {
  if (Profile.Qos > 0 && c.settleHandle > 0) {
    removeInbound(c, findInbound(c, c.settleHandle));
    c.settleHandle = -1;
  }
}
