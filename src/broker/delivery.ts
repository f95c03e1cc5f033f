/*
 * Messages towards one client: QoS 0 at once or never, QoS 1 and 2 through the session's queue, within the client's
 * Receive Maximum, through their handshakes. Knows nothing of who subscribed to what.
 * Read first: MQTT 5.0, 4.3, 4.4 and 4.9.
 */
import type { LimitName } from './api.js';
import type { Connection } from './connection.js';
import type { AckPacket } from './decode.js';
import type { PublishForm } from './encode.js';
import { encodeAck, encodePublish } from './encode.js';
import { mayReceive } from './hooks.js';
import type { Hub } from './hub.js';
import { deliveryCostBytes, messageCostBytes } from './memory-use.js';
import type { Message } from './message.js';
import { keepMessage, messageBytes, secondsToExpiry } from './message.js';
import type { QoS } from './protocol.js';
import { PacketType, ReasonCode } from './protocol.js';
import type { Delivery, Session } from './session.js';
import { DeliveryStage, nextPacketId, queueLength, queuePush, queueShift, queueTakeExpired, queueTakeWhere } from './session.js';
import { ProtocolViolation } from './violation.js';

/** Sends a message to a session's client, or stores it for it. [MQTT-4.5.0-1] */
export function deliver(
  hub: Hub,
  session: Session,
  message: Message,
  qos: QoS,
  retain: boolean,
  subscriptionIds: readonly number[],
): void {
  if (qos === 0) {
    if (session.connection !== undefined) sendQoS0(hub, session.connection, message, retain, subscriptionIds);
    return;
  }
  keepMessage(message);
  const delivery: Delivery = { message, qos, retain, subscriptionIds, packetId: 0, stage: DeliveryStage.Queued, sentOn: 0, record: 0 };
  const connection = session.connection;
  if (connection !== undefined && queueLength(session) === 0 && connection.resend === undefined && connection.hasSendQuota() && hasInflightRoom(hub, session, message)) {
    hub.memory.hold(message);
    sendFirst(hub, connection, session, delivery, true);
    return;
  }
  let reached = queueLimitReached(hub, session, message);
  if (reached !== undefined && dropExpired(hub, session)) reached = queueLimitReached(hub, session, message);
  if (reached === undefined) {
    hub.store.deliveryAdded(session, delivery);
    queuePush(session, delivery);
    hub.memory.hold(message);
    return;
  }
  const { limit, max } = reached;
  hub.dropped(session.clientId, message, qos, limit === 'memoryBytesMax' ? 'memory full' : 'queue full');
  hub.limits.reached(limit, max, session.clientId, connection?.link.socket.remoteAddress ?? '', 'messages to the client are dropped');
}

/** What is in flight counts towards the memory of all; a little of it every client may have whatever the others do. */
function hasInflightRoom(hub: Hub, session: Session, message: Message): boolean {
  const costBytes = (session.inflight?.size ?? 0) * (messageCostBytes + deliveryCostBytes);
  return session.inflightBytes + costBytes <= freeInflightBytes || hub.memory.hasRoomForDelivery(message);
}

const freeInflightBytes = 32_768;

/** The delivery is over: its message is no longer in flight. */
function endInflight(hub: Hub, session: Session, delivery: Delivery): void {
  session.inflight?.delete(delivery.packetId);
  session.inflightBytes -= messageBytes(delivery.message);
  hub.memory.release(delivery.message);
  hub.store.deliveryEnded(delivery);
}

function queueLimitReached(hub: Hub, session: Session, message: Message): { limit: LimitName; max: number } | undefined {
  const { memoryBytesMax } = hub.settings;
  const { sessionQueueMessagesMax = hub.settings.sessionQueueMessagesMax, sessionQueueBytesMax = hub.settings.sessionQueueBytesMax } =
    hub.ownClients.get(session.clientId) ?? hub.settings;
  if (queueLength(session) >= sessionQueueMessagesMax) return { limit: 'sessionQueueMessagesMax', max: sessionQueueMessagesMax };
  if (session.queueBytes + messageBytes(message) > sessionQueueBytesMax) return { limit: 'sessionQueueBytesMax', max: sessionQueueBytesMax };
  if (!hub.memory.hasRoomForDelivery(message)) return { limit: 'memoryBytesMax', max: memoryBytesMax };
  return undefined;
}

/** Makes room in a session's queue of what nobody may get any more. Whether there was something. [MQTT-3.3.2-5] */
function dropExpired(hub: Hub, session: Session): boolean {
  const expired = queueTakeExpired(session, hub.timers.nowMs());
  for (const delivery of expired) expire(hub, session, delivery);
  return expired.length > 0;
}

/** A delivery that waited too long, and has left the queue. */
function expire(hub: Hub, session: Session, delivery: Delivery): void {
  hub.memory.release(delivery.message);
  hub.store.deliveryEnded(delivery);
  hub.dropped(session.clientId, delivery.message, delivery.qos, 'expired');
}

/** Sends what a session has waiting, as far as quota and socket allow. Does nothing if nothing can be done. */
export function pump(hub: Hub, connection: Connection, session: Session): void {
  while (connection.hasSendQuota()) {
    const again = nextToResend(connection);
    if (again !== undefined) {
      // An acknowledgement may have come before its turn: behind PUBREL no PUBLISH is sent again. [MQTT-4.3.3-6]
      if (session.inflight?.get(again.packetId) === again && again.stage !== DeliveryStage.AwaitPubcomp) send(hub, connection, session, again, true);
      continue;
    }
    const delivery = queueShift(session);
    if (delivery === undefined) return;
    if (delivery.message.expiresAtMs <= hub.timers.nowMs()) {
      expire(hub, session, delivery);
      continue;
    }
    sendFirst(hub, connection, session, delivery, false);
  }
}

function nextToResend(connection: Connection): Delivery | undefined {
  const again = connection.resend?.shift();
  if (connection.resend?.length === 0) connection.resend = undefined;
  return again;
}

/**
 * Begins a resumed connection: every unfinished PUBLISH and PUBREL again, under its old identifier and in its old order,
 * PUBLISH within the client's Receive Maximum, then what waited. [MQTT-4.4.0-1]
 */
export function resumeDeliveries(hub: Hub, connection: Connection, session: Session): void {
  if (hub.settings.authorizeDelivery !== undefined) endDenied(hub, session);
  for (const delivery of session.inflight?.values() ?? []) {
    if (delivery.stage === DeliveryStage.AwaitPubcomp) {
      delivery.sentOn = connection.serial;
      connection.unacknowledged++;
      connection.send(encodeAck(PacketType.PUBREL, delivery.packetId, ReasonCode.Success));
    } else (connection.resend ??= []).push(delivery);
  }
  pump(hub, connection, session);
}

/** What was let into the session may be denied to who has come for it: another user, or the same under other rules. As in Mosquitto. */
function endDenied(hub: Hub, session: Session): void {
  const isDenied = ({ message }: Delivery): boolean => !mayReceive(hub, session, message.topic);
  for (const delivery of [...(session.inflight?.values() ?? [])]) {
    if (delivery.stage !== DeliveryStage.AwaitPubcomp && isDenied(delivery)) endInflight(hub, session, delivery);
  }
  for (const delivery of queueTakeWhere(session, isDenied)) {
    hub.memory.release(delivery.message);
    hub.store.deliveryEnded(delivery);
  }
}

function sendFirst(hub: Hub, connection: Connection, session: Session, delivery: Delivery, isNew: boolean): void {
  delivery.packetId = nextPacketId(session);
  delivery.stage = delivery.qos === 1 ? DeliveryStage.AwaitPuback : DeliveryStage.AwaitPubrec;
  session.inflight ??= new Map();
  session.inflight.set(delivery.packetId, delivery);
  session.inflightBytes += messageBytes(delivery.message);
  if (isNew) hub.store.deliveryAdded(session, delivery);
  else hub.store.deliveryChanged(session, delivery);
  send(hub, connection, session, delivery, false);
}

function send(hub: Hub, connection: Connection, session: Session, delivery: Delivery, duplicate: boolean): void {
  const { message, qos, retain, packetId } = delivery;
  const bytes = encodeFor(hub, connection, message, qos, retain, duplicate, packetId, delivery.subscriptionIds);
  if (bytes === undefined) {
    // The client could never take it, so it counts as delivered. [MQTT-3.1.2-25]
    endInflight(hub, session, delivery);
    hub.dropped(session.clientId, message, qos, 'too large');
    return;
  }
  delivery.sentOn = connection.serial;
  connection.unacknowledged++;
  // A QoS 1 message may come twice, a QoS 2 message that the store forgets would come again as a new one. [MQTT-4.3.3-2]
  if (qos === 1) {
    connection.sendAtOnce(bytes);
    hub.probe?.sent(delivery, duplicate);
  } else connection.send(bytes);
  hub.stats.messagesOut++;
  connection.messagesOut++;
  hub.stats.payloadBytesOut += message.payload.length;
  hub.emitMessage('messageOut', session.clientId, message, qos, retain, duplicate);
}

function sendQoS0(hub: Hub, connection: Connection, message: Message, retain: boolean, subscriptionIds: readonly number[]): void {
  if (!connection.hasOutputRoom()) {
    hub.dropped(connection.clientId, message, 0, 'output full');
    return;
  }
  const plain = !retain && subscriptionIds.length === 0 && message.expiresAtMs === Infinity && connection.aliasesOut === undefined;
  const bytes = plain ? sharedPacket(connection, message) : encodeFor(hub, connection, message, 0, retain, false, 0, subscriptionIds);
  if (bytes === undefined || bytes.length > connection.maximumPacketSize) {
    hub.dropped(connection.clientId, message, 0, 'too large');
    return;
  }
  connection.sendAtOnce(bytes);
  hub.stats.messagesOut++;
  connection.messagesOut++;
  hub.stats.payloadBytesOut += message.payload.length;
  hub.emitMessage('messageOut', connection.clientId, message, 0, retain, false);
}

/** The bytes that every plain QoS 0 subscriber of one version gets, encoded once. */
function sharedPacket(connection: Connection, message: Message): Uint8Array {
  if (connection.version === 4) return (message.sharedPacket4 ??= encodePublish(message, sharedForm4));
  return (message.sharedPacket5 ??= encodePublish(message, sharedForm5));
}

const sharedForm4: PublishForm = createForm();
sharedForm4.version = 4;
const sharedForm5: PublishForm = createForm();

function createForm(): PublishForm {
  return {
    version: 5,
    qos: 0,
    retain: false,
    duplicate: false,
    packetId: 0,
    subscriptionIds: [],
    topicAlias: 0,
    topicLeftOut: false,
    expirySeconds: undefined,
  };
}

/** A longer topic gets no alias: what is kept of topics for each client must stay small. */
const aliasedCharactersMax = 1024;

/** Filled for each PUBLISH that is encoded for one client. */
const form: PublishForm = createForm();

/** Undefined if the packet would be larger than the client takes. [MQTT-3.1.2-24] */
function encodeFor(
  hub: Hub,
  connection: Connection,
  message: Message,
  qos: QoS,
  retain: boolean,
  duplicate: boolean,
  packetId: number,
  subscriptionIds: readonly number[],
): Uint8Array | undefined {
  form.version = connection.version === 4 ? 4 : 5;
  form.qos = qos;
  form.retain = retain;
  form.duplicate = duplicate;
  form.packetId = packetId;
  form.subscriptionIds = subscriptionIds;
  form.topicAlias = 0;
  form.topicLeftOut = false;
  form.expirySeconds = form.version === 5 && message.expiresAtMs !== Infinity ? secondsToExpiry(message, hub.timers.nowMs()) : undefined;
  const aliases = connection.aliasesOut;
  if (aliases !== undefined) {
    const known = aliases.get(message.topic);
    if (known !== undefined) {
      form.topicAlias = known;
      form.topicLeftOut = true;
    } else if (aliases.size < connection.aliasesOutMax && message.topic.length <= aliasedCharactersMax && connection.limits.hasAliasRoom(message.topic)) {
      form.topicAlias = aliases.size + 1;
    }
  }
  let bytes = encodePublish(message, form);
  if (bytes.length > connection.maximumPacketSize && form.topicAlias > 0 && !form.topicLeftOut) {
    form.topicAlias = 0;
    bytes = encodePublish(message, form);
  }
  if (bytes.length > connection.maximumPacketSize) return undefined;
  // An alias counts as set only if the packet that sets it goes out. [MQTT-3.1.2-26]
  if (form.topicAlias > 0 && !form.topicLeftOut) {
    aliases!.set(message.topic, form.topicAlias);
    connection.limits.aliasKept(message.topic);
  }
  return bytes;
}

const enum Step {
  Violation,
  Done,
  /** Answer PUBREL, wait for PUBCOMP. */
  Release,
}

/** What an acknowledgement does to a delivery of the same identifier. */
const steps: Readonly<Record<number, Readonly<Record<number, Step>>>> = {
  //                               PUBACK                               PUBREC                               PUBCOMP
  [DeliveryStage.AwaitPuback]: { [PacketType.PUBACK]: Step.Done, [PacketType.PUBREC]: Step.Violation, [PacketType.PUBCOMP]: Step.Violation },
  [DeliveryStage.AwaitPubrec]: { [PacketType.PUBACK]: Step.Violation, [PacketType.PUBREC]: Step.Release, [PacketType.PUBCOMP]: Step.Violation },
  // A client that answers again as its session resumes, and then the PUBLISH sent again as well, is asked to go on. [MQTT-4.3.3-4]
  [DeliveryStage.AwaitPubcomp]: { [PacketType.PUBACK]: Step.Violation, [PacketType.PUBREC]: Step.Release, [PacketType.PUBCOMP]: Step.Done },
};

const stageNames = ['queued', 'waiting for PUBACK', 'waiting for PUBREC', 'waiting for PUBCOMP'];

/** PUBACK, PUBREC or PUBCOMP from the client. */
export function acknowledged(hub: Hub, connection: Connection, session: Session, type: PacketType, ack: AckPacket): void {
  const delivery = session.inflight?.get(ack.packetId);
  if (delivery === undefined) {
    acknowledgedUnknown(connection, type, ack.packetId);
    return;
  }
  const step = steps[delivery.stage][type];
  if (step === Step.Violation) {
    throw new ProtocolViolation(
      ReasonCode.ProtocolError,
      type === PacketType.PUBACK ? '4.3.2-4' : '4.3.3-8',
      type === PacketType.PUBACK ? '4.3.2-2' : '4.3.3-2',
      `the delivery with packet identifier ${ack.packetId} is ${stageNames[delivery.stage]}`,
    );
  }
  // A PUBREC that refuses ends the exchange. [MQTT-4.4.0-2]
  if (step === Step.Release && ack.reasonCode < 0x80) {
    if (delivery.stage !== DeliveryStage.AwaitPubcomp) {
      delivery.stage = DeliveryStage.AwaitPubcomp;
      hub.store.deliveryChanged(session, delivery);
    }
    if (delivery.sentOn !== connection.serial) {
      delivery.sentOn = connection.serial;
      connection.unacknowledged++;
    }
    connection.send(encodeAck(PacketType.PUBREL, ack.packetId, ReasonCode.Success));
    return;
  }
  if (type === PacketType.PUBACK) hub.probe?.acknowledged(delivery);
  endInflight(hub, session, delivery);
  if (delivery.sentOn === connection.serial) connection.unacknowledged--;
  pump(hub, connection, session);
}

function acknowledgedUnknown(connection: Connection, type: PacketType, packetId: number): void {
  if (type === PacketType.PUBREC) {
    // The client may hold an exchange that we have lost: let it finish. (MQTT 5.0, 3.6.2.1)
    const reasonCode = connection.version === 5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success;
    connection.send(encodeAck(PacketType.PUBREL, packetId, reasonCode));
  } else if (type === PacketType.PUBACK) {
    // No statement demands a close here, and nothing depends on it.
    connection.note(
      new ProtocolViolation(ReasonCode.ProtocolError, '2.2.1-5', '2.3.1-6', `PUBACK for packet identifier ${packetId}, which is not in flight`),
    );
  }
}
