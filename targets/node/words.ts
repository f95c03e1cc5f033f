/**
 * Codes of the core into words: names for programs and logs, sentences for people. The core stays numeric.
 * Must not know: links, clients.
 *
 * Read first: MQTT 5.0 section 2.4. Changes together with codes.ts and config.ts of the core.
 */
import { type ClientConfig, ConfigFault, Event, Reason, State, Status } from '../../src/core/index.js';
import { MidgeError } from './error.js';

type Row = readonly [code: number, name: string, words: string];

const statusRows: readonly Row[] = [
  [Status.Ok, 'Ok', 'done'],
  [Status.BadTopic, 'BadTopic', 'the topic is empty, is not valid text, holds a wildcard (+ or #) or is longer than 65,535 bytes'],
  [Status.BadFilter, 'BadFilter', 'the topic filter is empty, is not valid text, has a wildcard that does not stand alone on its level, or is longer than 65,535 bytes'],
  [Status.BadFlags, 'BadFlags', 'the flags or options do not exist in this protocol version or contradict each other'],
  [Status.BadRange, 'BadRange', 'a number is out of its range'],
  [Status.BadState, 'BadState', 'that is not possible in the present state of the connection'],
  [Status.BadProperties, 'BadProperties', 'the properties are not those of such a packet, or the protocol version has none'],
  [Status.Stale, 'Stale', 'nothing with that handle waits for an answer'],
  [Status.ByApplication, 'ByApplication', 'the application ended the connection'],
  [Status.NoRoom, 'NoRoom', 'the outbox has no room for its bytes now (buffers.outboxBytes); nothing was lost, try again at \'drain\''],
  [Status.NoSlot, 'NoSlot', 'the outbox holds as many messages as it may (buffers.outboxMessages), or a stream is still being sent; nothing was lost, try again at \'drain\''],
  [Status.NoFilterRoom, 'NoFilterRoom', 'there is no room for another subscription (buffers.subscriptions, buffers.filterBytes)'],
  [Status.NoControlRoom, 'NoControlRoom', 'the packet does not fit the control buffer (buffers.controlBytes)'],
  [Status.TooLarge, 'TooLarge', 'the packet is larger than the server accepts (its Maximum Packet Size)'],
  [Status.InboundTooLarge, 'InboundTooLarge', 'the server sent a packet larger than the client can take (buffers.receiveBytes, maximumPacketBytes)'],
  [Status.InboundTooMany, 'InboundTooMany', 'the server sent more unacknowledged messages than the client can hold (receiveMaximum)'],
  [Status.Replaced, 'Replaced', 'a newer one took its place'],
  [Status.Expired, 'Expired', 'it expired before it could be sent'],
  [Status.Evicted, 'Evicted', 'it gave way to a message with priority'],
  [Status.Malformed, 'Malformed', 'the server sent a malformed packet'],
  [Status.ProtocolError, 'ProtocolError', 'the server broke the protocol'],
  [Status.Refused, 'Refused', 'the server refused'],
  [Status.ServerClosed, 'ServerClosed', 'the server ended the connection'],
  [Status.SessionLost, 'SessionLost', 'the server lost the session; whether it had the message is unknown'],
  [Status.NotSupported, 'NotSupported', 'the server does not support that QoS or retained messages'],
  [Status.LinkLost, 'LinkLost', 'the link was lost'],
  [Status.LinkFailed, 'LinkFailed', 'the link could not be opened'],
  [Status.NoConnack, 'NoConnack', 'the server did not answer CONNECT in time'],
  [Status.NoPingresp, 'NoPingresp', 'the server did not answer PINGREQ in time'],
];

const reasonRows: readonly Row[] = [
  [Reason.Success, 'Success', 'success'],
  [Reason.V311UnacceptableVersion, 'UnacceptableVersion', 'it does not speak this protocol version (try protocolVersion 5 or 4)'],
  [Reason.V311IdentifierRejected, 'IdentifierRejected', 'it does not allow this client identifier'],
  [Reason.V311ServerUnavailable, 'ServerUnavailable', 'it is not available'],
  [Reason.V311BadUserNameOrPassword, 'BadUserNameOrPassword', 'user name or password are wrong'],
  [Reason.V311NotAuthorized, 'NotAuthorized', 'not authorized'],
  [Reason.NoMatchingSubscribers, 'NoMatchingSubscribers', 'nobody subscribes to the topic'],
  [Reason.NoSubscriptionExisted, 'NoSubscriptionExisted', 'there was no such subscription'],
  [Reason.ContinueAuthentication, 'ContinueAuthentication', 'authentication continues'],
  [Reason.Reauthenticate, 'Reauthenticate', 'authentication starts over'],
  [Reason.Unspecified, 'Unspecified', 'it does not say why'],
  [Reason.MalformedPacket, 'MalformedPacket', 'malformed packet'],
  [Reason.ProtocolError, 'ProtocolError', 'protocol error'],
  [Reason.ImplementationSpecific, 'ImplementationSpecific', 'for a reason of its own implementation'],
  [Reason.UnsupportedVersion, 'UnsupportedVersion', 'it does not speak this protocol version (try protocolVersion 4)'],
  [Reason.ClientIdentifierNotValid, 'ClientIdentifierNotValid', 'it does not allow this client identifier'],
  [Reason.BadUserNameOrPassword, 'BadUserNameOrPassword', 'user name or password are wrong'],
  [Reason.NotAuthorized, 'NotAuthorized', 'not authorized'],
  [Reason.ServerUnavailable, 'ServerUnavailable', 'it is not available'],
  [Reason.ServerBusy, 'ServerBusy', 'it is busy'],
  [Reason.Banned, 'Banned', 'this client is banned'],
  [Reason.ServerShuttingDown, 'ServerShuttingDown', 'it is shutting down'],
  [Reason.BadAuthenticationMethod, 'BadAuthenticationMethod', 'it does not support this authentication method'],
  [Reason.KeepAliveTimeout, 'KeepAliveTimeout', 'it heard nothing for longer than the keep-alive'],
  [Reason.SessionTakenOver, 'SessionTakenOver', 'another client connected with the same client identifier'],
  [Reason.TopicFilterInvalid, 'TopicFilterInvalid', 'it does not accept the topic filter'],
  [Reason.TopicNameInvalid, 'TopicNameInvalid', 'it does not accept the topic name'],
  [Reason.PacketIdentifierInUse, 'PacketIdentifierInUse', 'the packet identifier is in use'],
  [Reason.PacketIdentifierNotFound, 'PacketIdentifierNotFound', 'the packet identifier is unknown'],
  [Reason.ReceiveMaximumExceeded, 'ReceiveMaximumExceeded', 'more unacknowledged messages than agreed'],
  [Reason.TopicAliasInvalid, 'TopicAliasInvalid', 'invalid topic alias'],
  [Reason.PacketTooLarge, 'PacketTooLarge', 'packet too large'],
  [Reason.MessageRateTooHigh, 'MessageRateTooHigh', 'too many messages in too short a time'],
  [Reason.QuotaExceeded, 'QuotaExceeded', 'quota exceeded'],
  [Reason.AdministrativeAction, 'AdministrativeAction', 'by an administrator'],
  [Reason.PayloadFormatInvalid, 'PayloadFormatInvalid', 'the payload is not what the format indicator says'],
  [Reason.RetainNotSupported, 'RetainNotSupported', 'it does not support retained messages'],
  [Reason.QosNotSupported, 'QosNotSupported', 'it does not support this QoS'],
  [Reason.UseAnotherServer, 'UseAnotherServer', 'use another server for now'],
  [Reason.ServerMoved, 'ServerMoved', 'the server has moved for good'],
  [Reason.SharedSubscriptionsNotSupported, 'SharedSubscriptionsNotSupported', 'it does not support shared subscriptions'],
  [Reason.ConnectionRateExceeded, 'ConnectionRateExceeded', 'too many connections in too short a time'],
  [Reason.MaximumConnectTime, 'MaximumConnectTime', 'the connection has lasted as long as it may'],
  [Reason.SubscriptionIdentifiersNotSupported, 'SubscriptionIdentifiersNotSupported', 'it does not support subscription identifiers'],
  [Reason.WildcardSubscriptionsNotSupported, 'WildcardSubscriptionsNotSupported', 'it does not support wildcards in filters'],
];

const stateRows: readonly Row[] = [
  [State.Idle, 'Idle', 'not connected, and not trying'],
  [State.Waiting, 'Waiting', 'waits before the next attempt'],
  [State.Opening, 'Opening', 'opens the link'],
  [State.Connecting, 'Connecting', 'waits for CONNACK'],
  [State.Connected, 'Connected', 'connected'],
  [State.Retiring, 'Retiring', 'closes the link, then tries again'],
  [State.Stopping, 'Stopping', 'closes the link for good'],
];

const eventRows: readonly Row[] = [
  [Event.None, 'None', 'nothing happened'],
  [Event.Connected, 'Connected', 'the server accepted the connection'],
  [Event.Disconnected, 'Disconnected', 'the connection or the attempt ended'],
  [Event.Message, 'Message', 'a message arrived'],
  [Event.Chunk, 'Chunk', 'a part of a message arrived'],
  [Event.Published, 'Published', 'the server acknowledged a publish'],
  [Event.Dropped, 'Dropped', 'a publish will not be delivered'],
  [Event.Subscribed, 'Subscribed', 'the server answered a subscription'],
  [Event.Unsubscribed, 'Unsubscribed', 'the server answered an unsubscription'],
  [Event.Authenticate, 'Authenticate', 'the server sent AUTH'],
  [Event.StreamWanted, 'StreamWanted', 'the stream being sent wants bytes'],
];

function rowOf(rows: readonly Row[], code: number): Row {
  return rows.find((row) => row[0] === code) ?? [code, `Unknown${code}`, `unknown code ${code}`];
}

/** A reason code as logs write it: 0x87. */
function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

export const statusName = (status: Status): string => rowOf(statusRows, status)[1];
export const statusWords = (status: Status): string => rowOf(statusRows, status)[2];
export const reasonName = (reason: Reason): string => rowOf(reasonRows, reason)[1];
export const stateName = (state: State): string => rowOf(stateRows, state)[1];
export const stateWords = (state: State): string => rowOf(stateRows, state)[2];
export const eventName = (event: Event): string => rowOf(eventRows, event)[1];
export const eventWords = (event: Event): string => rowOf(eventRows, event)[2];

/** With its code: "not authorized (0x87)". */
export function reasonWords(reason: Reason): string {
  return `${rowOf(reasonRows, reason)[2]} (${hex(reason)})`;
}

/** A status, and the peer's reason code where there is one, in one clause. */
export function outcomeWords(status: Status, reason: Reason): string {
  return reason === Reason.Success ? statusWords(status) : `${statusWords(status)}: ${reasonWords(reason)}`;
}

type ConfigRange = readonly [fault: ConfigFault, field: string, value: (config: ClientConfig) => unknown, allowed: string | ((config: ClientConfig) => string)];

const bytesMax = '268,435,456';

/** Which option each fault is about, where its value stands, and what is allowed. */
const configRanges: readonly ConfigRange[] = [
  [ConfigFault.Version, 'protocolVersion', (c) => c.version, '4 (MQTT 3.1.1) or 5 (MQTT 5.0)'],
  [ConfigFault.ClientId, 'clientId', (c) => c.clientId, 'at least one character where cleanStart is false in MQTT 3.1.1'],
  [ConfigFault.KeepAlive, 'keepAliveS', (c) => c.keepAliveS, 'whole seconds from 0 to 65,535'],
  [ConfigFault.ConnectTimeout, 'connectTimeoutMs', (c) => c.connectTimeoutMs, `whole milliseconds from 1 to ${bytesMax}`],
  [ConfigFault.PingTimeout, 'pingTimeoutMs', (c) => c.pingTimeoutMs, `whole milliseconds from 1 to ${bytesMax}`],
  [ConfigFault.RetryMin, 'reconnect.minMs', (c) => c.retryMinMs, `whole milliseconds from 1 to ${bytesMax}`],
  [ConfigFault.RetryMax, 'reconnect.maxMs', (c) => c.retryMaxMs, (c) => `whole milliseconds from reconnect.minMs (${c.retryMinMs}) to ${bytesMax}`],
  [ConfigFault.Acknowledge, 'acknowledge', (c) => c.acknowledge, '\'at-once\', \'at-end\' or \'by-application\''],
  [ConfigFault.ReceiveBytes, 'buffers.receiveBytes', (c) => c.receiveBytes, `whole bytes from 16 to ${bytesMax}`],
  [ConfigFault.ControlBytes, 'buffers.controlBytes', (c) => c.controlBytes, `whole bytes from 32 to ${bytesMax}`],
  [ConfigFault.OutboxBytes, 'buffers.outboxBytes', (c) => c.outboxBytes, `whole bytes from 16 to ${bytesMax}`],
  [ConfigFault.OutboxMessages, 'buffers.outboxMessages', (c) => c.outboxMessages, 'a whole number from 1 to 65,534'],
  [ConfigFault.InFlightMax, 'buffers.inFlightMax', (c) => c.inFlightMax, 'a whole number from 1 to 65,535'],
  [ConfigFault.ReceiveMaximum, 'receiveMaximum', (c) => c.receiveMaximum, 'a whole number from 1 to 65,535'],
  [ConfigFault.Subscriptions, 'buffers.subscriptions', (c) => c.subscriptions, 'a whole number from 0 to 65,534 less buffers.outboxMessages'],
  [ConfigFault.FilterBytes, 'buffers.filterBytes', (c) => c.filterBytes, `whole bytes from 0 to ${bytesMax}`],
  [ConfigFault.WillQos, 'will.qos', (c) => c.will?.qos, '0, 1 or 2'],
  [ConfigFault.SessionExpiry, 'sessionExpiryS', (c) => c.v5?.sessionExpiryS, 'whole seconds from 0 to 1,073,741,823, or Infinity'],
  [ConfigFault.MaximumPacketBytes, 'maximumPacketBytes', (c) => c.v5?.maximumPacketBytes, 'whole bytes from 0 (no limit) to 268,435,460'],
  [ConfigFault.TopicAliasMaximum, 'topicAliasMaximum', (c) => c.v5?.topicAliasMaximum, 'a whole number from 0 to 65,535'],
  [ConfigFault.TopicAliasesOut, 'topicAliasesOut', (c) => c.v5?.topicAliasesOut, 'a whole number from 0 to 65,535'],
  [ConfigFault.AliasTopicBytes, 'aliasTopicBytes', (c) => c.v5?.aliasTopicBytes, 'whole bytes from 1 to 1,024'],
  [ConfigFault.AssignedClientIdBytes, 'assignedClientIdBytes', (c) => c.v5?.assignedClientIdBytes, 'whole bytes from 1 to 65,535'],
  [ConfigFault.PasswordWithoutUserName, 'username', (c) => c.userName, 'a user name where there is a password, in MQTT 3.1.1'],
  [ConfigFault.Seed, 'seed', (c) => c.seed, 'a whole number within 32 bits'],
];

/** A value as a sentence shows it; secrets are never passed here. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The error of an option or argument: names it, its value and what is allowed. */
export function fieldError(field: string, value: unknown, allowed: string, status = Status.BadRange): MidgeError {
  return new MidgeError(`${field} is ${shown(value)}; allowed: ${allowed}`, { status, field, value, allowed });
}

/** The sentence of a fault that `configFault` found. */
export function configFaultError(config: ClientConfig, fault: ConfigFault): MidgeError {
  const row = configRanges.find((range) => range[0] === fault);
  if (row === undefined) return new MidgeError(`the configuration has fault ${fault}`);
  const [, field, value, allowed] = row;
  return fieldError(field, value(config), typeof allowed === 'string' ? allowed : allowed(config));
}

const linkCauses: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side reset the connection',
  EPIPE: 'the other side closed the connection',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: 'that address cannot be used from here',
  ETIMEDOUT: 'the host does not answer',
  EACCES: 'the system does not permit it',
  EPROTO: 'the other side does not speak TLS, or not a version or cipher of this side',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the server does not trust the client\'s certificate (tls.cert)',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server demands a client certificate (tls.cert, tls.key)',
  SELF_SIGNED_CERT_IN_CHAIN: 'the server\'s certificate comes from an authority that is not trusted (tls.ca)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the server\'s certificate is self-signed and not trusted (tls.ca)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server\'s certificate comes from an authority that is not trusted (tls.ca)',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of the server\'s certificate is not known (tls.ca)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the server\'s certificate comes from an authority that is not trusted (tls.ca)',
  CERT_SIGNATURE_FAILURE: 'the signature of the server\'s certificate is wrong',
  CERT_HAS_EXPIRED: 'the server\'s certificate has expired',
  CERT_NOT_YET_VALID: 'the server\'s certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the server\'s certificate is for another name (tls.servername)',
};

/** The link's own error in words, with its code where it has one. Several addresses that failed give the first. */
export function linkErrorWords(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0 && error.errors[0] instanceof Error) return linkErrorWords(error.errors[0]);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error.message;
  const words = linkCauses[code];
  return words === undefined ? `${error.message} (${code})` : `${words} (${code})`;
}

/** What the first byte of the other side shows it to speak instead of MQTT; '' where it may be MQTT. */
export function otherProtocolWords(firstByte: number): string {
  if (firstByte === 0x15 || firstByte === 0x16) return '; it speaks TLS (mqtts://, wss://)'; // record types alert and handshake
  return firstByte === 0x48 ? '; it speaks HTTP (ws://)' : ''; // the H of HTTP/1.1
}
