/**
 * CONNACK: the server's answer, its limits, and what becomes of the session.
 * Must not know: how the packet was framed.
 *
 * Read first: MQTT 5.0 section 3.2; 3.1.1 section 3.2.
 */
import { copyBytes, equalBytes } from './bytes.js';
import type { Client, ClientV5 } from './client.js';
import { asksCleanStart } from './connect.js';
import { endConnection, fail, setState, startKeepAlive, violation } from './connection.js';
import { Action, Event, Packet, Property, Reason, State, Status } from './codes.js';
import { outboxSessionLost } from './outbox.js';
import { Profile } from './profile.js';
import { propertiesCheck, propertyNext } from './properties.js';
import { actionFor } from './reasons.js';
import { subscriptionsLost } from './subscriptions.js';
import { putInt16, readVarint } from './wire.js';

/** Checks the property list at `input[at … to)`, its length first, for `packet`; a fault ends the connection. The list must reach `to`. */
export function propertiesHold(c: Client, v5: ClientV5, at: number, to: number, packet: Packet): boolean {
  const count = readVarint(c.input, at, to, true);
  const from = at + (count & 7);
  let reason: Reason = Reason.MalformedPacket;
  if (count > 0 && from + (count >>> 3) === to) reason = propertiesCheck(v5.properties, c.input, from, to, packet);
  if (reason !== Reason.Success) violation(c, reason);
  return reason === Reason.Success;
}

/**
 * Whether the properties at hand name the authentication method of CONNECT, or neither names one. [MQTT-4.12.0-5]
 * Leaves them at their beginning.
 */
export function methodHolds(v5: ClientV5): boolean {
  const p = v5.properties;
  const own = v5.config.connectProperties;
  const from = p.at;
  let isSame = v5.methodTo === 0;
  let id = propertyNext(p);
  while (id > 0) {
    if (id === Property.AuthenticationMethod) {
      isSame = own !== null && p.valueTo - p.valueFrom === v5.methodTo - v5.methodFrom
        && equalBytes(p.bytes, p.valueFrom, own, v5.methodFrom, v5.methodTo);
    }
    id = propertyNext(p);
  }
  p.at = from;
  return isSame;
}

/** Takes the server's limits from CONNACK's properties; what it does not name has the specification's default. */
function readLimits(c: Client, v5: ClientV5): boolean {
  const p = v5.properties;
  const from = p.at;
  v5.sessionExpiryS = v5.config.sessionExpiryS;
  let id = propertyNext(p);
  while (id > 0) {
    const value = p.value;
    switch (id) {
      case Property.SessionExpiryInterval:
        v5.sessionExpiryS = value;
        break;
      case Property.ReceiveMaximum:
        if (value < c.quotaMax) c.quotaMax = value; // [MQTT-3.3.4-7]
        break;
      case Property.MaximumQos:
        v5.maximumQos = value;
        break;
      case Property.RetainAvailable:
        v5.retainAvailable = value > 0;
        break;
      case Property.MaximumPacketSize:
        v5.maximumPacketBytes = value;
        break;
      case Property.AssignedClientIdentifier:
        // Not asked for: the client has its own.
        if (c.config.clientId.length > 0) break;
        if (p.valueTo - p.valueFrom + 2 > v5.assignedClientId.length) return false;
        putInt16(v5.assignedClientId, 0, p.valueTo - p.valueFrom);
        copyBytes(v5.assignedClientId, 2, p.bytes, p.valueFrom, p.valueTo);
        break;
      case Property.TopicAliasMaximum:
        v5.topicAliasMaximum = value;
        break;
      case Property.SubscriptionIdentifierAvailable:
        v5.subscriptionIdentifiers = value > 0;
        break;
      case Property.ServerKeepAlive:
        c.keepAliveMs = value * 1000; // [MQTT-3.1.2-21]
        break;
      default:
    }
    id = propertyNext(p);
  }
  p.at = from;
  return true;
}

/** Reads CONNACK at `input[at … to)`. A refusal is reported as the end of the connection, never as connected. */
export function readConnack(c: Client, at: number, to: number): Event {
  const v5 = c.v5;
  const present = c.input[at];
  const reason: Reason = c.input[at + 1];
  if (to - at < 2 || present > 1) return violation(c, Reason.MalformedPacket); // [MQTT-3.2.2-1]
  c.quotaMax = c.config.inFlightMax;
  c.keepAliveMs = c.config.keepAliveS * 1000;
  let isReserved = reason > Reason.V311NotAuthorized;
  if (Profile.V5 > 0 && v5 !== null) {
    if (to - at === 2 && reason === Reason.V311UnacceptableVersion) {
      // A server that knows 3.1.1 only says so in its own words.
      endConnection(c, Status.Refused, Reason.UnsupportedVersion, Action.Stop);
      return Event.None;
    }
    if (!propertiesHold(c, v5, at + 2, to, Packet.Connack)) return Event.None;
    isReserved = reason > Reason.Success && reason < Reason.Unspecified;
  } else if (to - at > 2) return violation(c, Reason.MalformedPacket);
  // A session cannot be present in a refusal [MQTT-3.2.2-6], nor where a new one was asked for [MQTT-3.2.2-4].
  if (isReserved || (present > 0 && (reason !== Reason.Success || asksCleanStart(c)))) return violation(c, Reason.ProtocolError);
  if (reason !== Reason.Success) {
    endConnection(c, Status.Refused, reason, actionFor(reason));
    return Event.None;
  }
  c.sessionHeld = !c.config.cleanStart;
  if (Profile.V5 > 0 && v5 !== null) {
    if (!methodHolds(v5)) return violation(c, Reason.ProtocolError);
    if (!readLimits(c, v5)) {
      fail(c, Status.InboundTooLarge, Reason.ImplementationSpecific);
      return Event.None;
    }
    c.sessionHeld = v5.sessionExpiryS !== 0;
  }
  if (present === 0) {
    outboxSessionLost(c);
    c.inboundCount = 0;
    if (Profile.Routing > 0) subscriptionsLost(c, true);
  }
  c.quota = c.quotaMax;
  c.connectedAt = c.now;
  c.sessionPresent = present > 0;
  c.reason = Reason.Success;
  setState(c, State.Connected);
  startKeepAlive(c);
  return Event.Connected;
}
