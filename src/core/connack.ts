/**
 * CONNACK: the server's answer, its limits, and what becomes of the session.
 * Must not know: how the packet was framed.
 *
 * Read first: MQTT 5.0 section 3.2; 3.1.1 section 3.2.
 */
import { copyBytes } from './bytes.js';
import type { Client, ClientV5 } from './client.js';
import { asksCleanStart } from './connect.js';
import { actionFor, endConnection, fail, setState, startKeepAlive } from './connection.js';
import { Event, Packet, Property, Reason, State, Status } from './codes.js';
import { outboxSessionLost } from './outbox.js';
import { Profile } from './profile.js';
import { propertiesCheck, propertyNext } from './properties.js';
import { subscriptionsLost } from './subscriptions.js';
import { putInt16 } from './wire.js';

/** Checks the property list at `bytes[at … to)`, its length first, for `packet`; a fault ends the connection. The list must reach `to`. */
export function propertiesHold(c: Client, v5: ClientV5, at: number, to: number, packet: Packet): boolean {
  const bytes = c.input;
  let from = at;
  let count = 0;
  let shift = 0;
  let byte = 128;
  while (byte > 127 && from < to && shift < 28) {
    byte = bytes[from];
    count |= (byte & 127) << shift;
    shift += 7;
    from++;
  }
  let reason: Reason = Reason.MalformedPacket;
  if (byte < 128 && from + count === to) reason = propertiesCheck(v5.properties, bytes, from, to, packet);
  if (reason === Reason.Success) return true;
  fail(c, reason === Reason.MalformedPacket ? Status.Malformed : Status.ProtocolError, reason);
  return false;
}

/** Takes the server's limits from CONNACK's properties; what it does not name has the specification's default. */
function readLimits(c: Client, v5: ClientV5): boolean {
  const p = v5.properties;
  const from = p.at;
  v5.sessionExpiryS = v5.config.sessionExpiryS;
  v5.maximumPacketBytes = 0;
  v5.maximumQos = 2;
  v5.retainAvailable = true;
  v5.subscriptionIdentifiers = true;
  v5.topicAliasMaximum = 0;
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
  const isPresent = c.input[at] === 1;
  const reason: Reason = c.input[at + 1];
  if (to - at < 2 || c.input[at] > 1) { // [MQTT-3.2.2-1]
    fail(c, Status.Malformed, Reason.MalformedPacket);
    return Event.None;
  }
  c.quotaMax = c.config.inFlightMax;
  c.keepAliveMs = c.config.keepAliveS * 1000;
  if (Profile.V5 > 0 && v5 !== null) {
    if (!propertiesHold(c, v5, at + 2, to, Packet.Connack)) return Event.None;
  } else if (to - at !== 2) {
    fail(c, Status.Malformed, Reason.Success);
    return Event.None;
  }
  // Codes between are reserved; a session cannot be present in a refusal [MQTT-3.2.2-6], nor where none was asked for [MQTT-3.2.2-4].
  const isReserved = v5 === null ? reason > Reason.V311NotAuthorized : reason > Reason.Success && reason < Reason.Unspecified;
  if (isReserved || (isPresent && (reason !== Reason.Success || asksCleanStart(c)))) {
    fail(c, Status.ProtocolError, Reason.ProtocolError);
    return Event.None;
  }
  if (reason !== Reason.Success) {
    endConnection(c, Status.Refused, reason, actionFor(reason));
    return Event.None;
  }
  c.sessionHeld = !c.config.cleanStart;
  if (Profile.V5 > 0 && v5 !== null) {
    if (!readLimits(c, v5)) {
      fail(c, Status.InboundTooLarge, Reason.ImplementationSpecific);
      return Event.None;
    }
    c.sessionHeld = v5.sessionExpiryS !== 0;
  }
  if (!isPresent) {
    outboxSessionLost(c);
    c.inboundCount = 0;
    subscriptionsLost(c, true);
  }
  c.quota = c.quotaMax;
  c.connectedAt = c.now;
  c.sessionPresent = isPresent;
  c.reason = Reason.Success;
  setState(c, State.Connected);
  startKeepAlive(c);
  return Event.Connected;
}
