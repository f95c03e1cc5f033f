/**
 * Where the connection stands and what moves it: the application's wishes, the link's coming and going, time, and the
 * end of a connection for whatever reason. The only writer of `state`.
 * Must not know: how packets are read.
 *
 * Read first: MQTT 5.0 section 4.2 and 4.13; 3.1.2.10 for keep-alive.
 */
import { clearAliases } from './alias.js';
import { type Client, Ping, Run } from './client.js';
import { elapsed, nextRandom, reached, setTimer, wakeAt } from './clock.js';
import { Action, Event, Packet, Property, Reason, State, Status, Time } from './codes.js';
import { encodeConnect, forgetServer } from './connect.js';
import { controlHasRoom, putEmptyPacket, putReasonPacket } from './control.js';
import { answerInbound, inboundLinkLost } from './inbound.js';
import { endDirect, expireMessages, Message, outboxLinkLost, settleMessage } from './outbox.js';
import { Profile } from './profile.js';
import { type Properties, propertiesCheck, propertyNext, propertiesClear } from './properties.js';
import { reasonAllowed } from './reasons.js';
import { subscriptionsLost } from './subscriptions.js';

const enum Pause {
  /** Timer of a state that waits for nothing: the clock's circle must be looked at now and then. */
  LongMs = 0x10000000,
  AttemptsMax = 30,
}

export function setState(c: Client, state: State): void {
  c.state = state;
}

/** Ends the connection: nothing more is begun, what is queued goes out, then the port closes the link. */
export function endConnection(c: Client, status: Status, reason: Reason, action: Action): void {
  c.endStatus = status;
  c.endReason = reason;
  c.attention = true;
  if (action !== Action.Retry) {
    // However long this connection lasted, it does not shorten the pause.
    c.attempts = Pause.AttemptsMax;
    c.connectedAt = -1;
  }
  setState(c, action === Action.Stop ? State.Stopping : State.Retiring);
  setTimer(c, c.config.pingTimeoutMs);
}

/** Ends the connection for a fault found here; a 5.0 server is told why. [MQTT-4.13.1-1] */
export function fail(c: Client, status: Status, reason: Reason): void {
  const v5 = c.v5;
  if (Profile.V5 > 0 && v5 !== null) {
    propertiesClear(v5.properties);
    if (reason !== Reason.Success) putReasonPacket(c, Packet.Disconnect, reason, null);
  }
  endConnection(c, status, reason, reason === Reason.Success ? Action.Retry : Action.SlowDown);
}

/** Ends the connection since the server broke the protocol; `reason` MalformedPacket means that it sent no packet at all. */
export function violation(c: Client, reason: Reason): Event {
  fail(c, reason === Reason.MalformedPacket ? Status.Malformed : Status.ProtocolError, reason);
  return Event.None;
}

/**
 * Starts connecting, and reconnecting for as long as it takes. Also cuts short the pause before the next attempt.
 * BadState: already on its way. NoControlRoom, BadTopic, BadProperties: CONNECT cannot be made of the configuration.
 */
export function clientConnect(c: Client, now: number): Status {
  if (c.state !== State.Idle && c.state !== State.Waiting) return Status.BadState;
  c.now = now;
  const status = encodeConnect(c);
  c.controlTo = 0;
  if (status !== Status.Ok) return status;
  if (c.state === State.Idle) {
    c.attempts = 0;
    c.deadline = now;
  }
  setState(c, State.Opening);
  setTimer(c, c.config.connectTimeoutMs);
  return Status.Ok;
}

/** The port has opened the link. BadState: it was not asked to. */
export function clientLinkUp(c: Client, now: number): Status {
  if (c.state !== State.Opening) return Status.BadState;
  c.now = now;
  c.sentAt = now;
  c.receivedAt = now;
  const status = encodeConnect(c);
  if (status === Status.Ok) setState(c, State.Connecting);
  else endConnection(c, status, Reason.Success, Action.Stop);
  return status;
}

/** Pause before the next attempt: full jitter under a bound that doubles. A connection that lasted starts over. */
function retryPause(c: Client): number {
  let bound = c.config.retryMinMs;
  for (let n = 0; n < c.attempts && bound < c.config.retryMaxMs; n++) bound *= 2;
  if (bound > c.config.retryMaxMs) bound = c.config.retryMaxMs;
  if (c.attempts < Pause.AttemptsMax) c.attempts += 1;
  return (nextRandom(c) & Time.Mask) % (bound + 1);
}

/**
 * The link is closed, was lost, or could not be opened. Read all events before this, since bytes not yet read are
 * forgotten. What was accepted stays in the outbox.
 */
export function clientLinkDown(c: Client, now: number): void {
  const state = c.state;
  const v5 = c.v5;
  if (state === State.Idle || state === State.Waiting) return;
  c.now = now;
  if (state < State.Retiring) {
    c.endStatus = state === State.Opening ? Status.LinkFailed : Status.LinkLost;
    c.endReason = Reason.Success;
    c.attention = true;
    if (Profile.V5 > 0 && v5 !== null) propertiesClear(v5.properties);
  }
  if (c.connectedAt >= 0 && elapsed(now, c.connectedAt) >= c.config.retryMaxMs) c.attempts = 0;
  c.connectedAt = -1;
  outboxLinkLost(c);
  if (Profile.Qos > 0) {
    // The application has had it: what the server sends again is not delivered a second time, but acknowledged.
    if (c.settleHandle > 0) answerInbound(c, c.settleHandle, c.settleReason);
    inboundLinkLost(c, c.chunkLeft > 0 ? c.handle & 0xffff : -1);
  }
  if (Profile.Routing > 0) subscriptionsLost(c, false);
  if (Profile.V5 > 0 && v5 !== null) {
    clearAliases(v5);
    forgetServer(v5);
  }
  dropOutput(c);
  c.inFrom = 0;
  c.inTo = 0;
  c.inKeep = 0;
  c.chunkLeft = 0;
  c.settleHandle = -1;
  c.ping = Ping.None;
  if (state === State.Stopping) {
    setState(c, State.Idle);
    setTimer(c, Pause.LongMs);
  } else {
    setState(c, State.Waiting);
    setTimer(c, retryPause(c));
  }
}

/**
 * Gives up the outbound stream: its Dropped event (ByApplication) follows. If its packet has begun, it cannot be ended,
 * and the connection starts over. BadState: its last byte is with the link, so its handshake goes on. Stale: there is none.
 */
export function clientCancelStream(c: Client, now: number): Status {
  if (Profile.Streaming < 1 || c.streamSlot < 0) return Status.Stale;
  c.now = now;
  const hasBegun = c.streamSlot === c.outSlot;
  const state: Message = c.slots[c.streamSlot];
  if (!hasBegun && state >= Message.Release && state <= Message.AwaitPubcomp) return Status.BadState;
  settleMessage(c, c.streamSlot, Status.ByApplication);
  if (hasBegun) {
    dropOutput(c);
    if (c.state === State.Connected) fail(c, Status.ByApplication, Reason.Success);
  }
  return Status.Ok;
}

function dropOutput(c: Client): void {
  endDirect(c);
  c.outSlot = -1;
  c.controlFrom = 0;
  c.controlTo = 0;
  c.outFrom = 0;
  c.outTo = 0;
  c.outRun = Run.None;
}

/** Whether bytes wait for the link that do not depend on the application. */
function hasOutput(c: Client): boolean {
  if (c.outFrom < c.outTo) return true;
  return c.controlFrom < c.controlTo && c.outRun !== Run.StreamWait && c.outRun !== Run.StreamAsked;
}

/**
 * Whether the port should have a link, or open one. When this turns false while it has one or is opening one, it closes
 * it and calls `clientLinkDown`.
 */
export function clientWantsLink(c: Client): boolean {
  if (c.state >= State.Retiring) return hasOutput(c);
  return c.state >= State.Opening;
}

/**
 * Ends the connection by the application's wish: DISCONNECT follows what is already under way, messages not yet begun
 * stay in the outbox. `reason` and `properties` (or null) are MQTT 5.0's; 4 asks for the will.
 * NoControlRoom: the queue is full, try again, or the packet exceeds the server's Maximum Packet Size. BadFlags: not a
 * code for it. BadProperties: also a session expiry where CONNECT had none [MQTT-3.1.2-23].
 */
export function clientDisconnect(c: Client, reason: Reason, properties: Properties | null, now: number): Status {
  c.now = now;
  if (c.state === State.Idle || c.state === State.Stopping) return Status.Ok;
  if (c.state === State.Connected) {
    // The application has had the message of this event: its acknowledgement goes first, since nothing follows DISCONNECT. [MQTT-3.14.4-1]
    if (Profile.Qos > 0 && c.settleHandle > 0) {
      answerInbound(c, c.settleHandle, c.settleReason);
      c.settleHandle = -1;
    }
    const status = putDisconnect(c, reason, properties);
    if (status !== Status.Ok) return status;
  } else dropOutput(c);
  const wasWaiting = c.state === State.Waiting;
  if (Profile.V5 > 0 && c.v5 !== null) propertiesClear(c.v5.properties);
  endConnection(c, Status.ByApplication, Reason.Success, Action.Stop);
  if (wasWaiting) setState(c, State.Idle);
  return Status.Ok;
}

function putDisconnect(c: Client, reason: Reason, properties: Properties | null): Status {
  const v5 = c.v5;
  if (Profile.V5 > 0 && v5 !== null && (reason !== Reason.Success || properties !== null)) {
    let isHeld = c.sessionHeld;
    if (!reasonAllowed(Packet.Disconnect, reason)) return Status.BadFlags;
    if (properties !== null) {
      const check = v5.properties;
      if (propertiesCheck(check, properties.bytes, 0, properties.limit, Packet.OwnDisconnect) !== Reason.Success) return Status.BadProperties;
      let id = propertyNext(check);
      while (id > 0) {
        if (id === Property.SessionExpiryInterval) {
          if (v5.config.sessionExpiryS === 0 && check.value > 0) return Status.BadProperties;
          isHeld = check.value > 0;
        }
        id = propertyNext(check);
      }
    }
    const status = putReasonPacket(c, Packet.Disconnect, reason, properties);
    if (status === Status.Ok) c.sessionHeld = isHeld;
    return status;
  }
  if (!controlHasRoom(c, 2)) return Status.NoControlRoom;
  putEmptyPacket(c, Packet.Disconnect << 4);
  return Status.Ok;
}

/** How long the link may be silent in one direction before PINGREQ: less than keep-alive, since that bounds the arrival. */
function silenceMax(c: Client): number {
  return c.keepAliveMs - (c.keepAliveMs >>> 3);
}

/** Starts keep-alive over: after CONNACK and PINGRESP. */
export function startKeepAlive(c: Client): void {
  c.ping = Ping.None;
  setTimer(c, c.keepAliveMs > 0 ? silenceMax(c) : Pause.LongMs);
}

/** The control queue is with the link. If PINGREQ was in it, PINGRESP may now take its time; one that found no room has some now. */
export function controlSent(c: Client): void {
  if (c.ping === Ping.Wanted) putPingreq(c);
  else if (c.ping === Ping.Queued) {
    c.ping = Ping.Left;
    setTimer(c, c.config.pingTimeoutMs);
  }
}

function putPingreq(c: Client): void {
  if (!controlHasRoom(c, 2)) return;
  putEmptyPacket(c, Packet.Pingreq << 4);
  c.ping = Ping.Queued;
}

/**
 * PINGREQ when either direction was silent: a server that has gone sends nothing, however much is sent to it
 * [MQTT-3.1.2-20]. While PINGREQ waits behind a long packet that moves, or PINGRESP behind one that arrives, nobody has gone.
 */
function keepAlive(c: Client): void {
  const outSilence = elapsed(c.now, c.sentAt);
  const inSilence = elapsed(c.now, c.receivedAt);
  if (c.keepAliveMs === 0) setTimer(c, Pause.LongMs);
  else if (c.ping === Ping.None) {
    const silence = inSilence > outSilence ? inSilence : outSilence;
    if (silence < silenceMax(c)) setTimer(c, silenceMax(c) - silence);
    else {
      c.ping = Ping.Wanted;
      setTimer(c, c.config.pingTimeoutMs);
    }
  } else {
    const moved = c.ping === Ping.Left ? inSilence : outSilence;
    if (moved < c.config.pingTimeoutMs) setTimer(c, c.config.pingTimeoutMs - moved);
    else fail(c, Status.NoPingresp, Reason.Success);
  }
  if (c.ping === Ping.Wanted) putPingreq(c);
}

/** Does what is due at `c.now`, and sets when to look again. */
export function tick(c: Client): void {
  const expiry = Profile.Policy > 0 ? expireMessages(c) : -1;
  if (reached(c.now, c.timerAt)) {
    switch (c.state) {
      case State.Idle:
        setTimer(c, Pause.LongMs);
        break;
      case State.Waiting:
        setState(c, State.Opening);
        setTimer(c, c.config.connectTimeoutMs);
        break;
      case State.Opening:
        if (Profile.V5 > 0 && c.v5 !== null) propertiesClear(c.v5.properties);
        endConnection(c, Status.LinkFailed, Reason.Success, Action.Retry);
        break;
      case State.Connecting:
        fail(c, Status.NoConnack, Reason.Success);
        break;
      case State.Connected:
        keepAlive(c);
        break;
      default:
        // The link does not take the last bytes.
        dropOutput(c);
        setTimer(c, Pause.LongMs);
    }
  }
  c.deadline = c.timerAt;
  if (expiry >= 0) wakeAt(c, expiry);
}

/** Milliseconds until `clientOutput` must be called again, 0 to 2^29 (0 also while an event waits), if nothing else happens: how long the device may sleep. */
export function clientNextDeadline(c: Client, now: number): number {
  // What time itself has brought about waits to be read.
  if (c.endStatus !== Status.Ok || (c.reports + c.subsRefused > 0 && c.chunkLeft === 0)) return 0;
  return reached(now, c.deadline) ? 0 : elapsed(c.deadline, now);
}
