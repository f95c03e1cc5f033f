/*
 * CONNECT from its arrival to its CONNACK: limits, authentication, take-over, session, resumption.
 * Read first: MQTT 5.0, 3.1.4 and 3.2.
 */
import { randomUUID } from 'node:crypto';
import { isTrustedUnnamed } from './access/anonymous.js';
import type { AuthenticateResult, ClientInfo, ConnectRefusal, ConnectRequest } from './api.js';
import { isReserved } from './attached.js';
import { beginAuthentication } from './authentication.js';
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import type { ConnectPacket, WillPacket } from './decode-connect.js';
import { decodeConnect } from './decode-connect.js';
import { resumeDeliveries } from './delivery.js';
import { encodeConnack, PropertyWriter } from './encode.js';
import { isAllowed, whenSettled } from './hooks.js';
import type { Hub } from './hub.js';
import { refusalOf } from './options.js';
import type { PacketReader } from './packet-reader.js';
import { PropertyId, ReasonCode, returnCodeFor, ReturnCode, sessionNeverExpires } from './protocol.js';
import type { ProtocolVersion } from './protocol.js';
import type { Will } from './session.js';
import { willBytes } from './memory-use.js';
import { openSession, setWill } from './session-life.js';
import { hasTooManyLevels } from './text.js';

export function connectReceived(hub: Hub, connection: Connection, reader: PacketReader, shortest: boolean): void {
  const packet = decodeConnect(reader, shortest, (version) => {
    connection.version = version;
  });
  connection.state = ConnectionState.Connecting;
  connection.announced = hub.settings;
  hub.timers.cancel(connection.timer);
  connection.timer = hub.timers.start(hub.settings.connectTimeoutMs, () => connection.close('server', 0, 'authentication took too long'));
  connection.clientId = packet.clientId;
  connection.userName = packet.userName;
  connection.maximumPacketSize = packet.properties.maximumPacketSize ?? Infinity;

  const refusal = connection.link.refusal ?? whyRefused(hub, packet, connection);
  if (refusal !== undefined) {
    refuseConnect(hub, connection, packet.clientId, refusal);
    return;
  }
  const request = requestOf(connection, packet);
  if (packet.properties.authenticationMethod !== undefined) {
    beginAuthentication(hub, connection, packet, request);
    return;
  }
  if (connection.link.transport === 'internal') {
    completeConnect(hub, connection, packet, undefined);
    return;
  }
  whenSettled(connection, () => authenticated(hub, request), (answer) => {
    // A hook that fails lets nobody in.
    const refused = answer === undefined ? { reasonCode: ReasonCode.ServerUnavailable } : refusalOf(answer);
    if (refused !== undefined) refuseConnect(hub, connection, packet.clientId, refused);
    else completeConnect(hub, connection, packet, undefined);
  });
}

/** What the hook says, or what holds without one. Should `reconfigure` replace it while it thinks, the new one is asked. */
function authenticated(hub: Hub, request: ConnectRequest): AuthenticateResult | Promise<AuthenticateResult> {
  const { authenticate, allowAnonymous } = hub.settings;
  if (authenticate === undefined) return allowAnonymous || isTrustedUnnamed(request.remoteAddress, request.socket) || { reasonCode: ReasonCode.NotAuthorized };
  const answer = authenticate(request);
  if (!(answer instanceof Promise)) return answer;
  return answer.then((result) => hub.settings.authenticate === authenticate ? result : authenticated(hub, request));
}

/** Limits of this server, in the order of their checks. */
function whyRefused(hub: Hub, packet: ConnectPacket, { link }: Connection): ConnectRefusal | undefined {
  const { settings } = hub;
  if (hub.refuseConnects !== undefined) return hub.refuseConnects;
  if (hub.store.failure !== undefined) return { reasonCode: ReasonCode.ServerUnavailable, reasonString: 'nothing can be stored now' };
  if (link.transport !== 'internal' && isReserved(hub, packet.clientId)) return { reasonCode: ReasonCode.ClientIdentifierNotValid };
  // 3.1.1 cannot be told its identifier, so it could never come back to a session under it. [MQTT-3.1.3-8 of 3.1.1]
  if (packet.version === 4 && packet.clientId === '' && !packet.cleanStart) return { reasonCode: ReasonCode.ClientIdentifierNotValid };
  if (packet.will === undefined) return undefined;
  if (packet.will.qos > settings.maximumQoS) return { reasonCode: ReasonCode.QoSNotSupported }; // [MQTT-3.2.2-12]
  if (packet.will.retain && !settings.retainAvailable) return { reasonCode: ReasonCode.RetainNotSupported }; // [MQTT-3.2.2-13]
  if (hasTooManyLevels(packet.will.topic)) return { reasonCode: ReasonCode.TopicNameInvalid };
  return undefined;
}

/** CONNACK with a reason, then close. Nothing the client sent behind CONNECT is looked at. [MQTT-3.2.2-7] [MQTT-3.1.4-6] */
export function refuseConnect(hub: Hub, connection: Connection, clientId: string, refusal: ConnectRefusal): void {
  hub.stats.connectsRefused++;
  hub.emit('clientRefused', clientId, refusal);
  connection.close('server', refusal.reasonCode, 'the CONNECT was refused', refusalPacket(connection, refusal));
}

function refusalPacket(connection: Connection, refusal: ConnectRefusal): Uint8Array | undefined {
  if (connection.version === 4) {
    const returnCode = returnCodeFor(refusal.reasonCode);
    return returnCode < 0 ? undefined : encodeConnack(4, false, returnCode); // [MQTT-3.2.2-6 of 3.1.1]
  }
  const properties = new PropertyWriter();
  if (refusal.serverReference !== undefined) properties.text(PropertyId.ServerReference, refusal.serverReference);
  const bare = encodeConnack(5, false, refusal.reasonCode, properties);
  if (refusal.reasonString === undefined) return bare;
  properties.text(PropertyId.ReasonString, refusal.reasonString);
  const full = encodeConnack(5, false, refusal.reasonCode, properties);
  return full.length <= connection.maximumPacketSize ? full : bare; // [MQTT-3.2.2-19]
}

/** The client is let in. `authenticationData` is the last word of an enhanced authentication. [MQTT-3.1.4-5] */
export function completeConnect(
  hub: Hub,
  connection: Connection,
  packet: ConnectPacket,
  authenticationData: Uint8Array | undefined,
): void {
  const assigned = packet.clientId === '';
  connection.clientId = assigned ? assignClientId(hub) : packet.clientId;
  whenSettled(connection, () => isWillAllowed(hub, connection, packet.will), (allowed) => {
    if (allowed === true) beginSession(hub, connection, packet, assigned, authenticationData);
    else refuseConnect(hub, connection, packet.clientId, { reasonCode: ReasonCode.NotAuthorized });
  });
}

function beginSession(
  hub: Hub,
  connection: Connection,
  packet: ConnectPacket,
  assigned: boolean,
  authenticationData: Uint8Array | undefined,
): void {
  const settings = connection.announced;
  const { properties, version } = packet;
  // The older connection of this identifier goes, its will before our own session begins. [MQTT-3.1.4-3]
  hub.sessions.get(connection.clientId)?.connection?.end(ReasonCode.SessionTakenOver, 'the session was taken over');

  if (!hub.sessions.has(connection.clientId) && hub.sessions.size >= settings.sessionsMax) {
    hub.stats.refusedSessionsFull++;
    const remoteAddress = connection.link.socket.remoteAddress ?? '';
    hub.limits.reached('sessionsMax', settings.sessionsMax, connection.clientId, remoteAddress, 'the CONNECT is refused');
    // The nearest that 3.1.1 can say is that the server is unavailable.
    refuseConnect(hub, connection, packet.clientId, { reasonCode: version === 5 ? ReasonCode.QuotaExceeded : ReasonCode.ServerUnavailable });
    return;
  }
  const will = packet.will === undefined ? undefined : willOf(packet.will);
  if (!hub.memory.hasRoomForState(0, willBytes(will))) {
    hub.refusedMemoryFull(connection, 'the CONNECT is refused over its will');
    refuseConnect(hub, connection, packet.clientId, { reasonCode: version === 5 ? ReasonCode.QuotaExceeded : ReasonCode.ServerUnavailable });
    return;
  }
  const { session, present } = openSession(hub, connection, packet.cleanStart);
  connection.session = session;
  session.userName = connection.userName;
  connection.state = ConnectionState.Connected;
  connection.connectedAtMs = hub.timers.nowMs();
  connection.connectExpirySeconds = version === 5 ? (properties.sessionExpirySeconds ?? 0) : packet.cleanStart ? 0 : sessionNeverExpires;
  session.expirySeconds = Math.min(connection.connectExpirySeconds, settings.sessionExpiryMaxSeconds);
  setWill(hub, session, will);
  hub.store.sessionChanged(session);
  connection.sendMaximum = Math.min(settings.inflightMessagesMax, properties.receiveMaximum ?? 65_535);
  connection.aliasesOutMax = Math.min(settings.topicAliasMaximumOutbound, properties.topicAliasMaximum ?? 0);
  if (connection.aliasesOutMax > 0) connection.aliasesOut = new Map();
  const serverKeepAlive = version === 5 ? settings.serverKeepAliveSeconds : undefined;
  connection.startKeepAlive(serverKeepAlive ?? packet.keepAliveSeconds);

  hub.stats.clientsConnected++;
  const connack = acceptance(connection, packet, present, assigned, authenticationData);
  if (connack.length > connection.maximumPacketSize) {
    // No DISCONNECT without a CONNACK before it. [MQTT-3.1.2-24] [MQTT-3.14.0-1]
    const bare = encodeConnack(5, false, ReasonCode.PacketTooLarge);
    connection.close('server', ReasonCode.PacketTooLarge, 'CONNACK is larger than the client takes', bare);
    return;
  }
  connection.sendConnack(connack);
  hub.emit('clientConnected', clientInfo(connection), present);
  resumeDeliveries(hub, connection, session);
}

function acceptance(
  connection: Connection,
  packet: ConnectPacket,
  sessionPresent: boolean,
  assigned: boolean,
  authenticationData: Uint8Array | undefined,
): Uint8Array {
  if (packet.version === 4) return encodeConnack(4, sessionPresent, ReturnCode.Accepted);
  const settings = connection.announced;
  const properties = new PropertyWriter();
  const expirySeconds = connection.session!.expirySeconds;
  if (expirySeconds !== connection.connectExpirySeconds) properties.fourByteInteger(PropertyId.SessionExpiryInterval, expirySeconds);
  if (settings.receiveMaximum < 65_535) properties.twoByteInteger(PropertyId.ReceiveMaximum, settings.receiveMaximum);
  if (settings.maximumQoS < 2) properties.byte(PropertyId.MaximumQoS, settings.maximumQoS);
  if (!settings.retainAvailable) properties.byte(PropertyId.RetainAvailable, 0);
  properties.fourByteInteger(PropertyId.MaximumPacketSize, settings.maximumPacketSize);
  if (assigned) properties.text(PropertyId.AssignedClientIdentifier, connection.clientId);
  if (settings.topicAliasMaximum > 0) properties.twoByteInteger(PropertyId.TopicAliasMaximum, settings.topicAliasMaximum);
  if (settings.serverKeepAliveSeconds !== undefined) properties.twoByteInteger(PropertyId.ServerKeepAlive, settings.serverKeepAliveSeconds);
  if (packet.properties.requestResponseInformation === true && settings.responseInformation !== undefined) {
    properties.text(PropertyId.ResponseInformation, settings.responseInformation(connection.clientId));
  }
  if (packet.properties.authenticationMethod !== undefined) {
    properties.text(PropertyId.AuthenticationMethod, packet.properties.authenticationMethod); // [MQTT-4.12.0-5]
    if (authenticationData !== undefined) properties.binary(PropertyId.AuthenticationData, authenticationData);
  }
  return encodeConnack(5, sessionPresent, ReasonCode.Success, properties);
}

export function clientInfo(connection: Connection): ClientInfo {
  const { socket } = connection.link;
  const remoteAddress = socket.remoteAddress ?? '';
  return {
    clientId: connection.clientId,
    version: connection.version as ProtocolVersion,
    userName: connection.userName,
    transport: connection.link.transport,
    remoteAddress,
    keepAliveSeconds: connection.keepAliveSeconds,
    connectedAtMs: connection.connectedAtMs,
    isTrusted: isTrustedUnnamed(remoteAddress, socket),
  };
}

function requestOf(connection: Connection, packet: ConnectPacket): ConnectRequest {
  return {
    clientId: packet.clientId,
    version: packet.version,
    userName: packet.userName,
    password: packet.password === undefined ? undefined : new Uint8Array(packet.password),
    cleanStart: packet.cleanStart,
    keepAliveSeconds: packet.keepAliveSeconds,
    transport: connection.link.transport,
    remoteAddress: connection.link.socket.remoteAddress ?? '',
    socket: connection.link.socket,
  };
}

function isWillAllowed(hub: Hub, connection: Connection, will: WillPacket | undefined): boolean | Promise<boolean> {
  return will === undefined || isAllowed(hub, connection, 'publish', will.topic, will.qos, will.retain);
}

function willOf(will: WillPacket): Will {
  const { topic, qos, retain, properties } = will;
  return {
    topic,
    payload: new Uint8Array(will.payload),
    qos,
    retain,
    properties: new Uint8Array(properties.forwarded),
    delaySeconds: properties.willDelaySeconds ?? 0,
    expirySeconds: properties.messageExpirySeconds,
  };
}

/** An identifier no session holds. [MQTT-3.2.2-16] */
function assignClientId(hub: Hub): string {
  for (;;) {
    const clientId = `auto-${randomUUID()}`;
    if (!hub.sessions.has(clientId)) return clientId;
  }
}
