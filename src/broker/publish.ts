/*
 * PUBLISH and PUBREL from clients, and the way of a message to everybody who subscribed.
 * Read first: MQTT 5.0, 3.3, 4.3, 4.5, 4.6 and 4.8.2.
 */
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import type { PublishPacket } from './decode.js';
import { deliver } from './delivery.js';
import { encodeAck } from './encode.js';
import { isAllowed, mayReceive, subscriberMayReceive, whenSettled } from './hooks.js';
import type { Hub } from './hub.js';
import { identifierCostBytes } from './memory-use.js';
import type { Message } from './message.js';
import { createMessage } from './message.js';
import { PacketType, ReasonCode } from './protocol.js';
import type { QoS } from './protocol.js';
import { hasRoomToRetain, retain } from './retain.js';
import type { Session } from './session.js';
import type { ShareGroup, Subscription } from './subscription-tree.js';
import { mergeBySession } from './subscription-tree.js';
import { hasTooManyLevels } from './text.js';
import { ProtocolViolation } from './violation.js';

export function publishReceived(hub: Hub, connection: Connection, session: Session, packet: PublishPacket): void {
  const { qos, retain } = packet;
  const topic = resolveAlias(connection, packet);
  if (connection.state === ConnectionState.Closed) return;
  const { maximumQoS, retainAvailable } = connection.announced;
  if (qos > maximumQoS) violated(ReasonCode.QoSNotSupported, '3.2.2-11', '3.3.1', `QoS ${qos} is above the server's maximum ${maximumQoS}`);
  if (retain && !retainAvailable) violated(ReasonCode.RetainNotSupported, '3.2.2-14', '3.3.1', 'RETAIN is set, but not supported');
  if (qos > 0 && !mayBegin(connection, session, packet)) return;
  if (qos > 0 && hub.store.failure !== undefined) {
    refuseUnstorable(connection, packet);
    return;
  }

  if (hasTooManyLevels(topic)) {
    finishPublish(hub, connection, session, packet, topic, ReasonCode.TopicNameInvalid);
    return;
  }
  const allowed = isAllowed(hub, connection, 'publish', topic, qos, retain);
  if (allowed === true) {
    finishPublish(hub, connection, session, packet, topic, ReasonCode.Success);
    return;
  }
  whenSettled(connection, () => allowed, (answer) => {
    finishPublish(hub, connection, session, packet, topic, answer === true ? ReasonCode.Success : ReasonCode.NotAuthorized);
  });
}

/** Hands a message on unless it is refused, and acknowledges it either way. */
function finishPublish(hub: Hub, connection: Connection, session: Session, packet: PublishPacket, topic: string, refused: ReasonCode): void {
  const { qos, packetId } = packet;
  if (qos > 0 && packet.retain && packet.payload.length > 0 && refused === ReasonCode.Success && !canRetain(hub, connection, packet, topic)) {
    refuseUnstorable(connection, packet);
    return;
  }
  const subscribers = refused === ReasonCode.Success ? publish(hub, connection, packet, topic) : 0;
  if (qos === 0) return;
  // 3.1.1 acknowledges what is not let through as if it had been. [MQTT-3.3.5-2 of 3.1.1]
  let reasonCode = ReasonCode.Success;
  if (connection.version === 5) reasonCode = refused === 0 && subscribers === 0 ? ReasonCode.NoMatchingSubscribers : refused;
  // A refused identifier is free again at once. [MQTT-4.3.3-9]
  if (qos === 2 && reasonCode < 0x80) {
    session.inboundQoS2 ??= new Map();
    session.inboundQoS2.set(packetId, hub.store.identifierReceived(session, packetId));
    hub.memory.sessionGrows(session, identifierCostBytes);
    countUnreleased(connection, packetId);
  }
  connection.send(encodeAck(qos === 1 ? PacketType.PUBACK : PacketType.PUBREC, packetId, reasonCode));
}

/** QoS 1 and 2 promise that the message is retained; who cannot have that is told so. */
function canRetain(hub: Hub, connection: Connection, { payload, properties }: PublishPacket, topic: string): boolean {
  const bytes = topic.length + payload.length + properties.forwarded.length;
  return hasRoomToRetain(hub, topic, bytes, connection.clientId, connection.link.socket.remoteAddress ?? '', 'the message is refused');
}

/** Nothing that is not stored is acknowledged: 5.0 is told so, 3.1.1 has no way but the close. [MQTT-4.3.2-4] [MQTT-4.3.3-8] */
function refuseUnstorable(connection: Connection, { qos, packetId }: PublishPacket): void {
  if (connection.version === 4) connection.end(ReasonCode.QuotaExceeded, 'the message cannot be stored');
  else connection.sendAtOnce(encodeAck(qos === 1 ? PacketType.PUBACK : PacketType.PUBREC, packetId, ReasonCode.QuotaExceeded));
}

/** PUBREL: the identifier is free again. [MQTT-4.3.3-11] [MQTT-4.3.3-12] */
export function releaseReceived(hub: Hub, connection: Connection, session: Session, packetId: number): void {
  const record = session.inboundQoS2?.get(packetId);
  const known = record !== undefined;
  connection.unreleased?.delete(packetId);
  if (known) {
    session.inboundQoS2!.delete(packetId);
    hub.memory.sessionGrows(session, -identifierCostBytes);
    hub.store.identifierReleased(record);
  }
  const reasonCode = known || connection.version === 4 ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound;
  connection.send(encodeAck(PacketType.PUBCOMP, packetId, reasonCode));
}

/** Stores a message if it is to be retained and hands it to every matching subscription. Returns how many clients that were. */
export function route(hub: Hub, message: Message): number {
  hub.probe?.routing(message);
  if (message.retain) retain(hub, message);
  const match = hub.tree.match(message.topic);
  const { authorizeDelivery } = hub.settings;
  const isChecked = authorizeDelivery !== undefined;
  const rules = authorizeDelivery?.rules?.();
  let count = 0;
  for (let subscriber of match.subscribers) {
    if (subscriber.noLocal && subscriber.session.clientId === message.publisherId) {
      // Only subscriptions with No Local fall away; another that matches still counts. [MQTT-3.8.3-3]
      const others = mergeBySession(subscriber.subscriptions.filter((subscription) => !subscription.noLocal));
      if (others.length === 0) continue;
      subscriber = others[0];
    }
    if (isChecked && !subscriberMayReceive(hub, subscriber, message.topic, rules)) continue;
    count++;
    // RETAIN is off for existing subscriptions unless they ask to see it. [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const retainFlag = message.retain && subscriber.retainAsPublished;
    deliver(hub, subscriber.session, message, lower(message.qos, subscriber.qos), retainFlag, subscriber.subscriptionIds);
  }
  for (const share of match.shares) {
    const member = nextMember(hub, share, message.topic);
    if (member === undefined) continue;
    count++;
    const retainFlag = message.retain && member.retainAsPublished;
    const ids = member.identifier > 0 ? [member.identifier] : [];
    deliver(hub, member.session, message, lower(message.qos, member.qos), retainFlag, ids);
  }
  hub.turns.work += count;
  // One that is kept, retained or waiting, must not hold its packet as well.
  message.sharedPacket4 = undefined;
  message.sharedPacket5 = undefined;
  hub.probe?.routed();
  return count;
}

/** Delivery QoS is the lower of the published and the granted one. [MQTT-3.8.4-8] */
export function lower(published: QoS, granted: QoS): QoS {
  return published < granted ? published : granted;
}

function publish(hub: Hub, connection: Connection, packet: PublishPacket, topic: string): number {
  const { qos, retain, properties } = packet;
  const expirySeconds = properties.messageExpirySeconds;
  const expiresAtMs = expirySeconds === undefined ? Infinity : hub.timers.nowMs() + expirySeconds * 1000;
  const message = createMessage(topic, packet.payload, qos, retain, properties.forwarded, expiresAtMs, connection.clientId);
  hub.stats.messagesIn++;
  connection.messagesIn++;
  hub.stats.payloadBytesIn += packet.payload.length;
  hub.emitMessage('messageIn', connection.clientId, message, qos, retain, packet.duplicate);
  return route(hub, message);
}

/** Aliases from 1 up to what we announced are all good; a new topic replaces an alias's old one. [MQTT-3.3.2-12] */
function resolveAlias(connection: Connection, packet: PublishPacket): string {
  const alias = packet.properties.topicAlias;
  if (alias === undefined) return packet.topic;
  const max = connection.announced.topicAliasMaximum;
  if (alias > max) violated(ReasonCode.TopicAliasInvalid, '3.3.2-9', '3.3.2', `Topic Alias is ${alias}, the server's maximum is ${max}`);
  if (packet.topic !== '') {
    connection.aliasesIn ??= new Map();
    const earlier = connection.aliasesIn.get(alias);
    if (!connection.limits.hasAliasRoom(packet.topic, earlier)) {
      connection.hub.refusedMemoryFull(connection, 'the client is disconnected over a topic alias');
      connection.end(ReasonCode.QuotaExceeded, 'too much is remembered for all clients together');
      return packet.topic;
    }
    connection.limits.aliasKept(packet.topic, earlier);
    connection.aliasesIn.set(alias, packet.topic);
    return packet.topic;
  }
  const topic = connection.aliasesIn?.get(alias);
  if (topic === undefined) violated(ReasonCode.ProtocolError, '3.3.2.3.4', '3.3.2', `Topic Alias ${alias} stands for no topic yet`);
  return topic;
}

/** Whether a QoS 1 or 2 PUBLISH is a new message. If not, it has been answered. */
function mayBegin(connection: Connection, session: Session, packet: PublishPacket): boolean {
  const { qos, packetId } = packet;
  // QoS 1 is acknowledged before the next packet is read, so that only unreleased QoS 2 messages count.
  const max = connection.announced.receiveMaximum;
  const { unreleased } = connection;
  if (unreleased !== undefined && unreleased.size >= max && !unreleased.has(packetId)) {
    violated(ReasonCode.ReceiveMaximumExceeded, '3.3.4-7', '3.3.4', `more than the server's Receive Maximum of ${max} publishes are unfinished`);
  }
  if (session.inboundQoS2?.has(packetId)) {
    if (qos === 1 && connection.version === 4) {
      violated(ReasonCode.PacketIdentifierInUse, '2.2.1-3', '2.3.1-2', `packet identifier ${packetId} is in use by a QoS 2 message`);
    }
    // A repeated QoS 2 message is acknowledged, but not handed on again. [MQTT-4.3.3-10]
    if (qos === 2) {
      countUnreleased(connection, packetId);
      connection.send(encodeAck(PacketType.PUBREC, packetId, ReasonCode.Success));
    } else connection.send(encodeAck(PacketType.PUBACK, packetId, ReasonCode.PacketIdentifierInUse));
    return false;
  }
  return true;
}

/** 3.1.1 has no Receive Maximum. */
function countUnreleased(connection: Connection, packetId: number): void {
  if (connection.version === 5) (connection.unreleased ??= new Set()).add(packetId);
}

/** Of the members that may have it, the next in turn whose client is connected; if none is, the next in turn keeps it in its session. */
function nextMember(hub: Hub, share: ShareGroup, topic: string): Subscription | undefined {
  const { members } = share;
  let chosen = -1;
  for (let tried = 0; tried < members.length; tried++) {
    const at = (share.next + tried) % members.length;
    const connected = members[at].session.connection !== undefined;
    if ((!connected && chosen >= 0) || !mayReceive(hub, members[at].session, topic)) continue;
    chosen = at;
    if (connected) break;
  }
  if (chosen < 0) return undefined;
  share.next = (chosen + 1) % members.length;
  return members[chosen];
}

function violated(code: ReasonCode, statement5: string, statement311: string, reason: string): never {
  throw new ProtocolViolation(code, statement5, statement311, reason);
}
