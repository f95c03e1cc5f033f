/**
 * The link's one struct and the whole memory map: everything that is ever allocated is allocated here.
 * Must not know: how any of it is used.
 *
 * Read first: README.md, "Memory".
 */
import { CloseReason, Connection, DownReason, LinkChannel, LinkState, Protocol } from './codes.js';
import type { LinkConfig } from './config.js';
import { createBytes, createInts } from './primitives.js';

/** Row of the table of frames on their way: the row of a frame is its sequence number modulo the window. */
export const enum Row {
  State,
  Channel,
  /** Where its payload begins in the channel's ring, and its length. */
  At,
  Length,
  /** Counts transmissions: a wire does not reorder, so what left earlier than an acknowledged frame and is not acknowledged is lost. */
  Order,
  SentAt,
  /** Times it was sent again by time-out. */
  Tries,
  /** Times it was sent at all: the round trip of one that was sent again says nothing. */
  Times,
  Size,
}

export const enum RowState {
  Free,
  /** In the output buffer. */
  Sending,
  InFlight,
  /** To be sent again. */
  Lost,
  /** Held by the peer, out of order. */
  Held,
}

/** Places in `masks`: for HELLO, for what this side sends, for what it receives. */
export const enum MaskAt {
  Hello = 0,
  Own = 4,
  Peer = 8,
  End = 12,
}

export const enum Records {
  /** A control message, and how many the ring holds. */
  Bytes = 8,
  RingBytes = 32,
}

export const enum Pool {
  /** Three channels with 15 slots, and two more. */
  SlotMask = 63,
}

/** Control messages by their first byte. */
export const enum RecordType {
  Open = 1,
  Opened,
  Close,
  TimeRequest,
  Time,
  BaudPropose,
  BaudAccept,
  BaudRefuse,
}

/** Where a change of the baud rate stands. */
export const enum BaudStage {
  Settled,
  /** This side proposed. */
  Proposed,
  /** The peer proposed, this side accepts, and waits until the peer has heard that. */
  Accepted,
  /** The peer accepted: once that is acknowledged, the port changes. */
  Agreed,
  /** The port is changing: to the new rate, or back. */
  Switching,
  Returning,
  /** The new rate holds, and nothing has been heard at it yet. */
  Trial,
}

export interface Channel {
  /** Bytes accepted and not yet acknowledged: `held` of them from `ringAt` on, the last `unsent` of which are in no frame yet. */
  ring: Uint8Array;
  ringSize: number;
  ringAt: number;
  held: number;
  unsent: number;
  /** Frames that the peer has room for beyond those on their way. */
  budget: number;
  /** Slots of received frames, in order: `readyCount` from `readyAt` on, the first of which is read up to `readFrom` of the pool. */
  ready: Int32Array;
  frames: number;
  readyAt: number;
  readyCount: number;
  readFrom: number;
  /** Slots of frames held out of order. */
  waiting: number;
  /** Frames read since the last acknowledgement told the peer of room. */
  freed: number;
}

export interface Link {
  // Output: `out[outFrom … outTo)` is what the port is to send next.
  out: Uint8Array;
  outFrom: number;
  outTo: number;
  /** Row of the frame in `out`, or -1. */
  outRow: number;
  state: LinkState;
  now: number;
  channels: readonly Channel[];
  // Frames on their way: sequence numbers from `oldest` to before `next`.
  rows: Int32Array;
  oldest: number;
  next: number;
  order: number;
  /** Channel that was served last. */
  served: number;
  /** The longest frame that both sides can hold. */
  frameMax: number;
  /** When an acknowledgement last moved `oldest`; the round trip times 8, its variation times 4 (-1: not yet known), and the wait. */
  progressAt: number;
  roundTrip8: number;
  variation4: number;
  retryMs: number;
  // Received frames: the pool's slots of `slotBytes`, one of which is being filled.
  pool: Uint8Array;
  slotBytes: number;
  slotFrom: Int32Array;
  slotTo: Int32Array;
  slotChannel: Int32Array;
  free: Int32Array;
  freeCount: number;
  slot: number;
  /** Bytes in it; more than `slotBytes`: the frame is too long, and skipped up to its delimiter. */
  count: number;
  /** The sequence number that comes next, and slot + 1 of frames beyond it, by sequence number modulo the window. */
  expected: number;
  heldSlots: Int32Array;
  /** What `linkRead` found: bytes `readFrom … readTo` of the pool. */
  readFrom: number;
  readTo: number;
  // Acknowledgements owed.
  ackOwed: number;
  isAckDue: boolean;
  hasDuplicate: boolean;
  /** A gap was just found: the acknowledgement that tells of it does not wait for the end of a data frame. */
  isGapNew: boolean;
  ackAt: number;
  // Signs of life.
  heardAt: number;
  pollAt: number;
  isPollDue: boolean;
  /** The wait between two questions for credit, 0: none is missed; and when the next one is due. */
  probeMs: number;
  probeAt: number;
  // Session.
  config: LinkConfig;
  /** Own nonce, the peer's, own again: both orders of the two stand in it. */
  nonces: Uint8Array;
  masks: Uint8Array;
  scratch: Uint8Array;
  random: number;
  helloAt: number;
  helloMs: number;
  isHelloDue: boolean;
  peerVersion: number;
  peerFrameBytes: number;
  peerAckDelayMs: number;
  peerBaudMax: number;
  // Events: a bit for each that is waiting.
  events: number;
  downReason: DownReason;
  // Connection.
  connection: Connection;
  /** Number of the connection: the peer's messages about another one are too late. */
  number: number;
  closeReason: CloseReason;
  /** Control messages to send, a bit for each; fields of those that are not plain. */
  owed: number;
  record: Uint8Array;
  closeNumber: number;
  closeSent: CloseReason;
  isCloseNow: boolean;
  // Time of day.
  timeToken: number;
  timeAskedAt: number;
  peerTimeToken: number;
  isTimeWanted: boolean;
  toldDay: number;
  toldMs: number;
  toldAt: number;
  /** The peer's time as of `timeAt`. */
  timeAt: number;
  day: number;
  msOfDay: number;
  timeErrorMs: number;
  // Baud rate, in baud: that of the port, and the one under negotiation.
  baud: number;
  baudStage: BaudStage;
  baudWished: number;
  baudBefore: number;
  baudAt: number;
  isBaudKept: boolean;
  // Counters, modulo 2^30: for reports, the link does not read them.
  framesSent: number;
  framesTaken: number;
  /** Whose check or form is wrong, or that are too long; and whose content breaks the specification. */
  framesDamaged: number;
  /** Damaged since the last one that was understood, up to 255. */
  damagedRun: number;
  violations: number;
  framesAgain: number;
  timeouts: number;
  duplicates: number;
  /** HELLOs of this side's own that came back: its output is wired to its input, or the peer's terminal echoes. */
  echoes: number;
}

function createChannel(sendBytes: number, frames: number): Channel {
  return {
    ring: createBytes(sendBytes), ringSize: sendBytes, ringAt: 0, held: 0, unsent: 0, budget: 0,
    ready: createInts(frames), frames: frames, readyAt: 0, readyCount: 0, readFrom: 0, waiting: 0, freed: 0,
  };
}

/** The struct of a link; `createLink` in session.ts begins its first session. */
export function createParts(config: LinkConfig): Link {
  // One frame being received and one of channel Control beside those that may wait.
  const slots = config.mqttFrames + config.logFrames + config.agentFrames + 2;
  const channels = [
    createChannel(config.mqttSendBytes, config.mqttFrames), createChannel(Records.RingBytes, 1),
    createChannel(config.logSendBytes, config.logFrames), createChannel(config.agentSendBytes, config.agentFrames),
  ];
  return {
    out: createBytes(config.frameBytes + 2), outFrom: 0, outTo: 0, outRow: -1, state: LinkState.Hello, now: 0, channels: channels,
    rows: createInts(Protocol.Window * Row.Size), oldest: 0, next: 0, order: 0, served: LinkChannel.Mqtt, frameMax: Protocol.FrameMin,
    progressAt: 0, roundTrip8: 0, variation4: -1, retryMs: config.retryMaxMs,
    pool: createBytes((slots & Pool.SlotMask) * (config.frameBytes & Protocol.LengthMask)), slotBytes: config.frameBytes, slotFrom: createInts(slots), slotTo: createInts(slots), slotChannel: createInts(slots),
    free: createInts(slots), freeCount: 0, slot: 0, count: 0, expected: 0, heldSlots: createInts(Protocol.Window), readFrom: 0, readTo: 0,
    ackOwed: 0, isAckDue: false, hasDuplicate: false, isGapNew: false, ackAt: 0, heardAt: 0, pollAt: 0, isPollDue: false, probeMs: 0, probeAt: 0,
    config: config, nonces: createBytes(Protocol.NonceBytes * 3), masks: createBytes(MaskAt.End), scratch: createBytes(Protocol.CheckBytes),
    random: (config.seed & 0x3fffffff) === 0 ? 1 : config.seed & 0x3fffffff,
    helloAt: 0, helloMs: config.helloMinMs, isHelloDue: true, peerVersion: 0, peerFrameBytes: 0, peerAckDelayMs: 0, peerBaudMax: 0,
    events: 0, downReason: DownReason.Restarted,
    connection: Connection.Closed, number: 0, closeReason: CloseReason.Done, owed: 0, record: createBytes(Records.Bytes), closeNumber: 0, closeSent: CloseReason.Done, isCloseNow: false,
    timeToken: 0, timeAskedAt: 0, peerTimeToken: 0, isTimeWanted: false, toldDay: 0, toldMs: 0, toldAt: 0, timeAt: 0, day: 0, msOfDay: 0, timeErrorMs: 0,
    baud: config.baud, baudStage: BaudStage.Settled, baudWished: 0, baudBefore: 0, baudAt: 0, isBaudKept: false,
    framesSent: 0, framesTaken: 0, framesDamaged: 0, damagedRun: 0, violations: 0, framesAgain: 0, timeouts: 0, duplicates: 0, echoes: 0,
  };
}
