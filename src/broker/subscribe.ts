/*
 * SUBSCRIBE and UNSUBSCRIBE, and the retained messages a new subscription gets.
 * Read first: MQTT 5.0, 3.8 to 3.11 and 3.3.1.3.
 */
import type { Connection } from './connection.js';
import type { SubscribePacket, SubscriptionRequest, UnsubscribePacket } from './decode.js';
import { deliver } from './delivery.js';
import { encodeSuback, encodeUnsuback } from './encode.js';
import { isAllowed, mayReceive, whenSettled } from './hooks.js';
import type { Hub } from './hub.js';
import { subscriptionBytes } from './memory-use.js';
import { lower } from './publish.js';
import type { ProtocolVersion } from './protocol.js';
import { ReasonCode } from './protocol.js';
import type { Session } from './session.js';
import { putSubscription, removeSubscription } from './session.js';
import type { Subscription } from './subscription-tree.js';
import { hasTooManyLevels } from './text.js';
import { ProtocolViolation } from './violation.js';

/** Each filter as if it had come alone, one SUBACK for all, retained messages behind it. [MQTT-3.8.4-5] [MQTT-3.8.4-6] */
export function subscribeReceived(hub: Hub, connection: Connection, session: Session, packet: SubscribePacket): void {
  const version = connection.version as ProtocolVersion;
  if (identifierInUse(connection, session, packet.packetId)) {
    connection.send(encodeSuback(version, packet.packetId, allOf(packet, packet.requests.map(() => ReasonCode.PacketIdentifierInUse), ReasonCode.PacketIdentifierInUse)));
    return;
  }
  const answers = packet.requests.map(({ topicFilter, qos }) => {
    return hasTooManyLevels(topicFilter) || isAllowed(hub, connection, 'subscribe', topicFilter, qos, false);
  });
  const ask = (): (boolean | Promise<boolean>)[] | Promise<boolean[]> => {
    return answers.some((answer) => answer instanceof Promise) ? Promise.all(answers.map((answer) => Promise.resolve(answer))) : answers;
  };
  whenSettled(connection, ask, (allowed) => finishSubscribe(hub, connection, session, packet, allowed!));
}

/** `allowed` says of each request whether it is. */
function finishSubscribe(
  hub: Hub,
  connection: Connection,
  session: Session,
  packet: SubscribePacket,
  allowed: readonly (boolean | Promise<boolean>)[],
): void {
  const version = connection.version as ProtocolVersion;
  const wantRetained: Subscription[] = [];
  const codes = packet.requests.map((request, at) => {
    if (hasTooManyLevels(request.topicFilter)) return ReasonCode.TopicFilterInvalid;
    if (allowed[at] !== true) return ReasonCode.NotAuthorized;
    const earlier = session.subscriptions.get(request.filter);
    if (earlier === undefined && !hasRoomForSubscription(hub, connection, session, request.filter)) return ReasonCode.QuotaExceeded;
    const subscription = subscriptionFor(session, request, packet.subscriptionIdentifier);
    // The newer one takes the place of the older in one step, so that no message falls between. [MQTT-3.8.4-4]
    putSubscription(session, subscription);
    if (earlier === undefined) hub.memory.sessionGrows(session, subscriptionBytes(request.filter));
    hub.tree.add(subscription);
    hub.store.subscriptionAdded(session, subscription, earlier);
    const { retainHandling, shareName } = request;
    // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]; a share gets no retained messages.
    const retained = retainHandling === 0 || (retainHandling === 1 && earlier === undefined);
    if (retained && shareName === '') wantRetained.push(subscription);
    return request.qos;
  });
  if (packet.requestsLeftOut > 0) tellSubscriptionsFull(hub, connection, session);
  connection.send(encodeSuback(version, packet.packetId, allOf(packet, codes, ReasonCode.QuotaExceeded)));
  for (const subscription of wantRetained) sendRetained(hub, session, subscription);
}

/** The codes of a whole SUBACK: each request gets one, those that were left out too. [MQTT-3.8.4-6] */
function allOf({ requestsLeftOut }: SubscribePacket, codes: readonly ReasonCode[], leftOutCode: ReasonCode): readonly ReasonCode[] {
  return requestsLeftOut === 0 ? codes : [...codes, ...Array.from({ length: requestsLeftOut }, () => leftOutCode)];
}

function hasRoomForSubscription(hub: Hub, connection: Connection, session: Session, filter: string): boolean {
  if (session.subscriptions.size >= hub.settings.subscriptionsPerSessionMax) {
    tellSubscriptionsFull(hub, connection, session);
    return false;
  }
  if (hub.memory.hasRoomForState(session.stateBytes, subscriptionBytes(filter))) return true;
  hub.refusedMemoryFull(connection, 'the subscription is refused');
  return false;
}

function tellSubscriptionsFull(hub: Hub, connection: Connection, session: Session): void {
  const { subscriptionsPerSessionMax } = hub.settings;
  hub.stats.refusedSubscriptionsFull++;
  const remoteAddress = connection.link.socket.remoteAddress ?? '';
  hub.limits.reached('subscriptionsPerSessionMax', subscriptionsPerSessionMax, session.clientId, remoteAddress, 'the subscription is refused');
}

/** Filters are compared as they are written; what is already under way is finished. [MQTT-3.10.4-1] [MQTT-3.10.4-3] */
export function unsubscribeReceived(hub: Hub, connection: Connection, session: Session, packet: UnsubscribePacket): void {
  const version = connection.version as ProtocolVersion;
  if (identifierInUse(connection, session, packet.packetId)) {
    connection.send(encodeUnsuback(version, packet.packetId, packet.filters.map(() => ReasonCode.PacketIdentifierInUse)));
    return;
  }
  const codes = packet.filters.map((filter) => {
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return ReasonCode.NoSubscriptionExisted;
    removeSubscription(session, filter);
    hub.memory.sessionGrows(session, -subscriptionBytes(filter));
    hub.tree.remove(subscription);
    hub.store.subscriptionEnded(subscription);
    return ReasonCode.Success;
  });
  connection.send(encodeUnsuback(version, packet.packetId, codes));
}

function subscriptionFor(session: Session, request: SubscriptionRequest, identifier: number): Subscription {
  const { filter, shareName, topicFilter, qos, noLocal, retainAsPublished } = request;
  return { session, filter, shareName, topicFilter, qos, noLocal, retainAsPublished, identifier, record: 0 };
}

function sendRetained(hub: Hub, session: Session, subscription: Subscription): void {
  const ids = subscription.identifier > 0 ? [subscription.identifier] : [];
  const now = hub.timers.nowMs();
  for (const message of hub.retained.match(subscription.topicFilter)) {
    if (message.expiresAtMs <= now) continue;
    if (subscription.noLocal && message.publisherId === session.clientId) continue;
    if (!mayReceive(hub, session, message.topic)) continue;
    deliver(hub, session, message, lower(message.qos, subscription.qos), true, ids);
  }
}

/** A client's identifiers are one space: an unreleased QoS 2 publish keeps its own. 3.1.1 has no code to say so. */
function identifierInUse(connection: Connection, session: Session, packetId: number): boolean {
  if (!session.inboundQoS2?.has(packetId)) return false;
  if (connection.version === 5) return true;
  const reason = `packet identifier ${packetId} is in use by a QoS 2 message`;
  throw new ProtocolViolation(ReasonCode.PacketIdentifierInUse, '2.2.1-3', '2.3.1-2', reason);
}
