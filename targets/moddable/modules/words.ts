/**
 * What an application reads when something is refused or lost. Must not know: where it is said.
 */
import { shown } from './checks.js';
import { type Client, ConfigFault, Status } from './core.js';

const enum Overhead {
  /** Of a message in the outbox: its header and the length of its topic. */
  Message = 7,
}

/** Why a publish was refused, with what would have helped. `length`: of its payload. */
export function refusalWords(core: Client, status: Status, topic: string, length: number): string {
  if (status === Status.BadTopic) return `topic is ${shown(topic)}; it must be text of 1 to 65,535 bytes of UTF-8 without +, # and U+0000`;
  if (status !== Status.NoRoom) return statusWords(status);
  const least = topic.length + length + Overhead.Message;
  return least > core.arenaSize ? `overflow: the message takes ${least} bytes or more; outboxBytes is ${core.arenaSize}` : statusWords(status);
}

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
    case Status.NoRoom: return 'overflow: the outbox is full (outboxBytes): wait until messages are acknowledged';
    case Status.NoSlot: return 'overflow: as many messages wait as may (outboxMessages): wait until some are acknowledged';
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
    case Status.SessionLost: return 'whether the server had the message is unknown: it lost the session, or the power failed while the message was streamed';
    case Status.NotSupported: return 'the server does not support the quality of service, or retained messages';
    case Status.LinkLost: return 'the connection was lost';
    case Status.LinkFailed: return 'there was no connection in time';
    case Status.NoConnack: return 'the server did not answer CONNECT in time';
    case Status.NoPingresp: return 'the server has gone silent';
    default: return `status ${status}`;
  }
}

/** The option behind a fault of the configuration that the range of the option alone does not show. */
export function faultWords(fault: ConfigFault): string {
  switch (fault) {
    case ConfigFault.Version: return 'version must be 4, or 5 where the build has it: profile full';
    case ConfigFault.ClientId: return 'id must not be empty with clean: false';
    case ConfigFault.PasswordWithoutUserName: return 'password needs user';
    case ConfigFault.RetryMax: return 'retryMax must not be below retryMin';
    default: return `a setting is out of range (fault ${fault} of ConfigFault)`;
  }
}
