/**
 * CONNECT, written anew for every attempt from the configuration, which may carry fresh credentials by then.
 * Must not know: when it is sent, what is answered.
 *
 * Read first: MQTT 5.0 section 3.1.
 */
import { TextFault, textFault } from './bytes.js';
import type { Client, ClientV5 } from './client.js';
import { Packet, Property, Reason, Status } from './codes.js';
import { packetBegin, packetEnd, putProperties } from './control.js';
import { Profile } from './profile.js';
import { propertiesCheck, propertyNext } from './properties.js';
import { putByte, putBytes, putData, putInt16, putInt32, putString, putVarint } from './wire.js';

const enum Flag {
  CleanStart = 2,
  Will = 4,
  WillQosShift = 3,
  WillRetain = 32,
  Password = 64,
  UserName = 128,
}

const enum Unset {
  ReceiveMaximum = 65535,
}

/** Whether the next CONNECT asks for a new session. [MQTT-3.1.2-4] */
export function asksCleanStart(c: Client): boolean {
  return c.v5 === null ? c.config.cleanStart : !c.sessionHeld;
}

/** Without a connection the server has no limits that are known; each CONNACK starts from the specification's defaults. */
export function forgetServer(v5: ClientV5): void {
  v5.maximumPacketBytes = 0;
  v5.maximumQos = 2;
  v5.retainAvailable = true;
  v5.subscriptionIdentifiers = true;
  v5.topicAliasMaximum = 0;
}

/** Checks the configuration's own properties of CONNECT and of requests, and notes whether they name an authentication method. */
function ownPropertiesHold(v5: ClientV5): boolean {
  const own = v5.config.connectProperties;
  const request = v5.config.requestProperties;
  const p = v5.properties;
  v5.methodTo = 0;
  // Of the properties of SUBSCRIBE only those that UNSUBSCRIBE has too are the application's.
  if (request !== null && propertiesCheck(p, request, 0, request.length, Packet.Unsubscribe) !== Reason.Success) return false;
  if (own === null) return true;
  if (propertiesCheck(p, own, 0, own.length, Packet.Connect) !== Reason.Success) return false;
  let hasData = false;
  let id = propertyNext(p);
  while (id > 0) {
    if (id === Property.AuthenticationMethod) {
      v5.methodFrom = p.valueFrom;
      v5.methodTo = p.valueTo;
    }
    if (id === Property.AuthenticationData) hasData = true;
    id = propertyNext(p);
  }
  return v5.methodTo > 0 || !hasData; // [MQTT-3.1.2-11.10]
}

function putConnectProperties(c: Client, v5: ClientV5, at: number): number {
  const config = v5.config;
  const bytes = c.control;
  let largest = config.maximumPacketBytes;
  // Without streaming, what does not fit the receive buffer cannot be had in parts.
  if (Profile.Streaming < 1 && (largest === 0 || largest > c.input.length)) largest = c.input.length;
  let count = config.connectProperties === null ? 0 : config.connectProperties.length;
  if (config.sessionExpiryS !== 0) count += 5;
  if (largest > 0) count += 5;
  if (c.config.receiveMaximum !== Unset.ReceiveMaximum) count += 3;
  if (config.topicAliasMaximum > 0) count += 3;
  let put = putVarint(bytes, at, count);
  if (config.sessionExpiryS !== 0) put = putInt32(bytes, putByte(bytes, put, Property.SessionExpiryInterval), config.sessionExpiryS);
  if (largest > 0) put = putInt32(bytes, putByte(bytes, put, Property.MaximumPacketSize), largest);
  if (c.config.receiveMaximum !== Unset.ReceiveMaximum) {
    put = putInt16(bytes, putByte(bytes, put, Property.ReceiveMaximum), c.config.receiveMaximum);
  }
  if (config.topicAliasMaximum > 0) put = putInt16(bytes, putByte(bytes, put, Property.TopicAliasMaximum), config.topicAliasMaximum);
  if (config.connectProperties !== null) {
    put = putBytes(bytes, put, config.connectProperties, 0, config.connectProperties.length);
  }
  return put;
}

/** Writes a string and checks it; -1 when it does not fit, or (with `c.status` BadTopic) is none that MQTT can carry. [MQTT-1.5.4-1] */
function putCheckedString(c: Client, at: number, text: string, isTopic: boolean): number {
  const put = putString(c.control, at, text);
  if (put < 0) return put;
  const fault = textFault(c.control, at + 2, put);
  if (fault === TextFault.None ? !isTopic || put > at + 2 : fault === TextFault.Wildcard && !isTopic) return put;
  c.status = Status.BadTopic;
  return -1;
}

/**
 * Queues CONNECT as the first packet of a link. NoControlRoom: it does not fit the control buffer. BadTopic: the client
 * identifier, user name or will topic is not valid text. BadProperties: those of the configuration or its will.
 */
export function encodeConnect(c: Client): Status {
  const config = c.config;
  const v5 = c.v5;
  const will = config.will;
  const bytes = c.control;
  c.controlFrom = 0;
  c.controlTo = 0;
  c.status = Status.NoControlRoom;
  let flags = asksCleanStart(c) ? Flag.CleanStart : 0;
  if (will !== null) {
    flags |= Flag.Will | ((will.qos & 3) << Flag.WillQosShift);
    if (will.retain) flags |= Flag.WillRetain;
  }
  if (config.password !== null) flags |= Flag.Password;
  if (config.userName !== null) flags |= Flag.UserName;

  let put = putString(bytes, packetBegin(c), 'MQTT');
  put = putByte(bytes, putByte(bytes, put, config.version), flags);
  put = putInt16(bytes, put, config.keepAliveS);
  if (Profile.V5 > 0 && v5 !== null) {
    if (!ownPropertiesHold(v5)) return Status.BadProperties;
    put = putConnectProperties(c, v5, put);
    const assigned = (v5.assignedClientId[0] << 8) | v5.assignedClientId[1];
    if (assigned > 0) put = putData(bytes, put, v5.assignedClientId, 2, assigned + 2);
    else put = putCheckedString(c, put, config.clientId, false);
  } else put = putCheckedString(c, put, config.clientId, false);
  if (will !== null) {
    if (Profile.V5 > 0 && v5 !== null) {
      const own = will.properties;
      if (own !== null && propertiesCheck(v5.properties, own, 0, own.length, Packet.Will) !== Reason.Success) {
        return Status.BadProperties;
      }
      put = putProperties(c, put, own);
    }
    put = putCheckedString(c, put, will.topic, true);
    put = putData(bytes, put, will.payload, 0, will.payload.length);
  }
  if (config.userName !== null) put = putCheckedString(c, put, config.userName, false);
  if (config.password !== null) put = putData(bytes, put, config.password, 0, config.password.length);
  if (packetEnd(c, Packet.Connect << 4, put)) c.status = Status.Ok;
  return c.status;
}
