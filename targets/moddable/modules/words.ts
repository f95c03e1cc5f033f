/**
 * What an application reads when something is refused or lost. Must not know: where it is said.
 */
import { ConfigFault, Status } from './core.js';

/** Why a call was refused, or a connection or message given up. */
export function statusWords(status: Status): string {
  switch (status) {
    case Status.BadTopic: return 'the topic is empty, not UTF-8, longer than 65,535 bytes, or has a wildcard';
    case Status.BadFilter: return 'the topic filter is not well-formed';
    case Status.BadFlags: return 'the quality of service is not in this build, or the options contradict each other';
    case Status.BadRange: return 'a number is out of range';
    case Status.BadState: return 'not possible now, or not in this build';
    case Status.BadProperties: return 'the properties are not well-formed, or not for this packet';
    case Status.ByApplication: return 'closed by the application';
    case Status.NoRoom: return 'overflow: the outbox is full (outboxBytes)';
    case Status.NoSlot: return 'overflow: as many messages wait as may (outboxMessages)';
    case Status.NoFilterRoom: return 'no room for another subscription';
    case Status.NoControlRoom: return 'overflow: the packet does not fit controlBytes';
    case Status.TooLarge: return 'larger than the server takes';
    case Status.InboundTooLarge: return 'the header of a message is larger than receiveBytes';
    case Status.InboundTooMany: return 'the server has sent more messages than it may at once';
    case Status.Replaced: return 'a newer message of its topic took its place';
    case Status.Expired: return 'it expired before it was sent';
    case Status.Evicted: return 'it gave way to a message with priority';
    case Status.Malformed: return 'the server sent what is no packet';
    case Status.ProtocolError: return 'the server broke the protocol';
    case Status.Refused: return 'the server refused';
    case Status.ServerClosed: return 'the server closed the connection';
    case Status.SessionLost: return 'the server lost the session, and whether it had the message is unknown';
    case Status.NotSupported: return 'the server does not support the quality of service, or retained messages';
    case Status.LinkLost: return 'the connection was lost';
    case Status.LinkFailed: return 'there was no connection in time';
    case Status.NoConnack: return 'the server did not answer CONNECT in time';
    case Status.NoPingresp: return 'the server has gone silent';
    default: return `status ${status}`;
  }
}

/** The option behind a fault of the configuration, and what is allowed. */
export function faultWords(fault: ConfigFault): string {
  switch (fault) {
    case ConfigFault.Version: return 'version must be 4, or 5 where the build has it';
    case ConfigFault.ClientId: return 'id must not be empty with clean: false';
    case ConfigFault.KeepAlive: return 'keepAlive must be 0 to 65,535,000 ms';
    case ConfigFault.ReceiveBytes: return 'receiveBytes must be 16 or more';
    case ConfigFault.ControlBytes: return 'controlBytes must be 32 or more';
    case ConfigFault.OutboxBytes: return 'outboxBytes must be 16 or more';
    case ConfigFault.OutboxMessages: return 'outboxMessages must be 1 to 65,534';
    case ConfigFault.ReceiveMaximum: return 'inboundMessages must be 1 to 65,535';
    case ConfigFault.WillQos: return 'will.QoS must be 0, 1 or 2';
    case ConfigFault.PasswordWithoutUserName: return 'password needs user';
    case ConfigFault.RetryMin:
    case ConfigFault.RetryMax: return 'retryMin and retryMax must be 1 ms or more, retryMax not below retryMin';
    case ConfigFault.ConnectTimeout: return 'connectTimeout must be 1 ms or more';
    case ConfigFault.SessionExpiry: return 'sessionExpiry must be -1, or 0 to 1,073,741,823 s';
    case ConfigFault.PingTimeout: return 'pingTimeout must be 1 ms or more';
    default: return `a setting is out of range (fault ${fault} of ConfigFault)`;
  }
}
