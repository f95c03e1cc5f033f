/**
 * The client's one struct and the whole memory map: everything that is ever allocated is allocated here.
 * Fields are in the order in which the hot paths read them, since small interpreters look a field up one by one.
 * Must not know: how any of it is used.
 *
 * Read first: DESIGN section 3, "Memory".
 */
import { createBytes, createInts } from './bytes.js';
import { type ClientConfig, type ConfigV5, ConfigFault, configFault, createConfigV5 } from './config.js';
import { Reason, State, Status, Version } from './codes.js';
import { createProperties, type Properties } from './properties.js';
import { Profile } from './profile.js';

/** What the current run of output bytes is. */
export const enum Run {
  None,
  Control,
  /** The first part of a publish whose topic an alias shortened; the rest follows from the arena. */
  Head,
  Message,
  /** A QoS 0 publish that went from acceptance to the link: it has bytes at the arena's front, but no row. */
  Direct,
  /** A streamed payload waits for the application: not asked yet, and asked. */
  StreamWait,
  StreamAsked,
  Stream,
}

/** Where PINGREQ stands. */
export const enum Ping {
  None,
  /** Due, but the control queue has no room. */
  Wanted,
  Queued,
  /** With the link: PINGRESP is awaited. */
  Left,
}

/** Row of the outbox table: five integers for each publish. */
export const enum Slot {
  State,
  /** Packet identifier in the lower 16 bits, generation above; 0 at QoS 0. */
  Handle,
  /** Where its bytes begin and end in the arena. The topic's length stands at `At + 5`. */
  At,
  End,
  /** Not sent: when it expires, or -1. Sent: its place in the order of sending, of PUBREL after PUBREC. Dropped: its Status. */
  Extra,
  Size,
}

/** Row of the subscription table; its size is a power of 2. */
export const enum Sub {
  State,
  /** Where its filter begins in the store: length, bytes, options, as in SUBSCRIBE. */
  At,
  /** The application's integer. */
  Route,
  PacketId,
  Size,
}

/** Only read and written by MQTT 5.0 code; absent from other profiles. */
export interface ClientV5 {
  config: ConfigV5;
  /** Of the packet behind the event, at their beginning. */
  properties: Properties;
  /** Seconds, -1 for ever: what CONNACK said, else what was asked. */
  sessionExpiryS: number;
  /** The server's limits on what this client may send. */
  maximumPacketBytes: number;
  maximumQos: number;
  retainAvailable: boolean;
  subscriptionIdentifiers: boolean;
  topicAliasMaximum: number;
  /** Outbound aliases: how many are known to the server on this connection, and which is replaced next. */
  aliasesUsed: number;
  aliasNext: number;
  /** Topics behind outbound and inbound aliases: rows of length (2 bytes) and topic. */
  aliasesOut: Uint8Array;
  aliasesIn: Uint8Array;
  /** Client identifier assigned by the server: length (2 bytes) and text; length 0: none. */
  assignedClientId: Uint8Array;
  /** The authentication method in the configuration's CONNECT properties; `methodTo` 0: none. */
  methodFrom: number;
  methodTo: number;
  /** Further properties of the publish being accepted. */
  publishProperties: Properties | null;
  /** Of the packet read last. */
  topicAlias: number;
  subscriptionIdentifier: number;
}

export interface Client {
  // Output: `out[outFrom … outTo)` is what the link is to send next.
  out: Uint8Array;
  outFrom: number;
  outTo: number;
  outRun: Run;
  /** Row of the outbox that is on its way, or -1; and where in the arena its bytes go on behind a Head. */
  outSlot: number;
  outRest: number;
  state: State;
  /** The time as of the last call, and when `tick` has to look again. */
  now: number;
  deadline: number;
  sentAt: number;
  // Outbox.
  arena: Uint8Array;
  arenaTo: number;
  /** Lengths of buffers on the hot paths: `length` itself costs small interpreters three times a field. */
  arenaSize: number;
  slots: Int32Array;
  slotsTo: number;
  slotsSize: number;
  slotsUsed: number;
  /**
   * The topic written to the arena last, and where; -1: its bytes have moved. A device publishes to few topics, and often
   * finds the one it wants where it needs it: then it is neither encoded nor checked again.
   */
  topicText: string;
  topicTextAt: number;
  topicTextTo: number;
  /** First row that may still have to be sent, and how many must be chosen out of turn: urgent, to be sent again, to be released. */
  next: number;
  special: number;
  // Control queue.
  control: Uint8Array;
  controlFrom: number;
  controlTo: number;
  // Receive buffer.
  input: Uint8Array;
  inputSize: number;
  /** Bytes below belong to the header of a message that is being streamed. */
  inKeep: number;
  inFrom: number;
  inTo: number;
  receivedAt: number;
  // The event: what is valid is said at `Event`.
  /** Something other than a received packet may have to be reported or settled: the next call looks. */
  attention: boolean;
  flags: number;
  handle: number;
  route: number;
  topic: Uint8Array;
  topicFrom: number;
  topicTo: number;
  /** In `input`. */
  payloadFrom: number;
  payloadTo: number;
  /** Place of this chunk in the payload, and the whole payload's length. */
  offset: number;
  total: number;
  status: Status;
  reason: Reason;
  sessionPresent: boolean;
  // Connection.
  config: ClientConfig;
  /** When the state's own patience ends. */
  timerAt: number;
  connectedAt: number;
  keepAliveMs: number;
  ping: Ping;
  attempts: number;
  random: number;
  sessionHeld: boolean;
  /** Why the connection ended, until that is reported; Ok: nothing to report. */
  endStatus: Status;
  endReason: Reason;
  // Handshakes.
  /** Publishes with QoS that may still be sent before an acknowledgement, and the most of them. */
  quota: number;
  quotaMax: number;
  packetId: number;
  generation: number;
  /** Packet identifiers ahead of `packetId` that are known to be free. */
  idsFree: number;
  /** Order of sending. */
  sequence: number;
  /** Rows of the outbox to report as dropped or published, and rows with an expiry. */
  reports: number;
  expiring: number;
  /** Of the publish being accepted: its expiry in s (0: none) and, of a stream, its payload's length. */
  publishExpiryS: number;
  publishTotal: number;
  /** The outbound stream: its row or -1, its payload's length, how much has been sent. One to be released is of a life before, read from a journal. */
  streamSlot: number;
  streamTotal: number;
  streamAt: number;
  /** Inbound QoS 1 and 2 messages that are not settled, in order of receipt. */
  inbound: Int32Array;
  inboundCount: number;
  /** The entry that the next call settles (AtEnd), and with which reason code; -1: none. */
  settleHandle: number;
  settleReason: number;
  /** Bytes of the current inbound message still to come, and whether the application wants them. */
  chunkLeft: number;
  chunkSkip: boolean;
  // Subscriptions.
  subs: Int32Array;
  filters: Uint8Array;
  filtersTo: number;
  /** Subscriptions that wait to be sent or withdrawn, and those whose request the server is too small for. */
  subsPending: number;
  subsRefused: number;
  /** Null: the client speaks 3.1.1. */
  v5: ClientV5 | null;
}

/** Null where the configuration is for 3.1.1. */
function createClientV5(config: ClientConfig): ClientV5 | null {
  if (config.version !== Version.V5) return null;
  const own = config.v5 === null ? createConfigV5() : config.v5;
  const row = (own.aliasTopicBytes + 2) & 0x7ff;
  return {
    config: own, properties: createProperties(0), sessionExpiryS: own.sessionExpiryS, maximumPacketBytes: 0, maximumQos: 2,
    retainAvailable: true, subscriptionIdentifiers: true, topicAliasMaximum: 0, aliasesUsed: 0, aliasNext: 0,
    aliasesOut: createBytes((own.topicAliasesOut & 0xffff) * row), aliasesIn: createBytes((own.topicAliasMaximum & 0xffff) * row),
    assignedClientId: createBytes(config.clientId.length === 0 ? own.assignedClientIdBytes + 2 : 2),
    methodFrom: 0, methodTo: 0, publishProperties: null, topicAlias: 0, subscriptionIdentifier: 0,
  };
}

/**
 * A client in state Idle, with every buffer it will ever use, or null when `configFault(config)` finds a fault.
 * The client keeps `config`; its buffers are its own.
 */
export function createClient(config: ClientConfig): Client | null {
  if (configFault(config) !== ConfigFault.None) return null;
  const input = createBytes(config.receiveBytes);
  const control = createBytes(config.controlBytes);
  // One row more than publishes: that of a dropped one stays until it is reported.
  const slotsSize = (config.outboxMessages + 1) * Slot.Size;
  const v5 = Profile.V5 > 0 ? createClientV5(config) : null;
  return {
    out: control, outFrom: 0, outTo: 0, outRun: Run.None, outSlot: -1, outRest: 0, state: State.Idle, now: 0, deadline: 0, sentAt: 0,
    arena: createBytes(config.outboxBytes), arenaTo: 0, arenaSize: config.outboxBytes,
    slots: createInts(slotsSize), slotsTo: 0, slotsSize: slotsSize, slotsUsed: 0,
    topicText: '', topicTextAt: -1, topicTextTo: 0, next: 0, special: 0,
    control: control, controlFrom: 0, controlTo: 0,
    input: input, inputSize: config.receiveBytes, inKeep: 0, inFrom: 0, inTo: 0, receivedAt: 0,
    attention: false, flags: 0, handle: 0, route: -1, topic: input, topicFrom: 0, topicTo: 0, payloadFrom: 0, payloadTo: 0,
    offset: 0, total: 0, status: Status.Ok, reason: Reason.Success, sessionPresent: false,
    config: config, timerAt: 0, connectedAt: -1, keepAliveMs: 0, ping: Ping.None, attempts: 0,
    random: (config.seed & 0x3fffffff) === 0 ? 1 : config.seed & 0x3fffffff, sessionHeld: !config.cleanStart,
    endStatus: Status.Ok, endReason: Reason.Success,
    quota: 0, quotaMax: 0, packetId: 0, generation: 0, idsFree: 0, sequence: 0, reports: 0, expiring: 0,
    publishExpiryS: 0, publishTotal: 0,
    streamSlot: -1, streamTotal: 0, streamAt: 0,
    inbound: createInts(Profile.Qos > 0 ? config.receiveMaximum : 0), inboundCount: 0, settleHandle: -1, settleReason: 0,
    chunkLeft: 0, chunkSkip: false,
    subs: createInts(config.subscriptions * Sub.Size), filters: createBytes(config.filterBytes), filtersTo: 0,
    subsPending: 0, subsRefused: 0, v5: v5,
  };
}
