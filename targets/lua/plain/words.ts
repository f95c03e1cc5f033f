/**
 * The core's status and reason codes in words, for people who read logs. Must not know: what they are about.
 */
import { Reason, Status } from '../../../src/core/index.js';

const statusWords: Record<number, string | undefined> = {
  [Status.BadTopic]: 'topic is empty, no UTF-8, too long, or holds a wildcard', [Status.BadFilter]: 'filter is not valid',
  [Status.BadFlags]: 'qos or options are not possible', [Status.BadRange]: 'a number is out of range', [Status.BadState]: 'not possible now',
  [Status.Stale]: 'nothing waits for this', [Status.ByApplication]: 'closed', [Status.NoRoom]: 'the outbox is full', [Status.NoSlot]: 'too many messages wait',
  [Status.NoFilterRoom]: 'no room for another filter', [Status.NoControlRoom]: "larger than option 'control' allows",
  [Status.TooLarge]: 'larger than the server takes', [Status.InboundTooLarge]: 'a packet of the server does not fit', [Status.InboundTooMany]: 'too many messages of the server are not settled',
  [Status.Replaced]: 'a newer message took its place', [Status.Expired]: 'expired', [Status.Evicted]: 'gave way to a message with priority',
  [Status.Malformed]: 'the server sent no MQTT', [Status.ProtocolError]: 'the server broke the protocol', [Status.ServerClosed]: 'the server closed',
  [Status.SessionLost]: 'the server lost the session', [Status.LinkLost]: 'connection lost', [Status.LinkFailed]: 'cannot connect',
  [Status.NoConnack]: 'no answer to CONNECT', [Status.NoPingresp]: 'no answer to a ping',
};

const refusals: Record<number, string | undefined> = {
  [Reason.V311UnacceptableVersion]: 'version not accepted', [Reason.V311IdentifierRejected]: 'identifier rejected',
  [Reason.V311ServerUnavailable]: 'server unavailable', [Reason.V311BadUserNameOrPassword]: 'bad username or password', [Reason.V311NotAuthorized]: 'not authorized',
};

export function reasonText(status: Status | number, reason: Reason): string {
  if (status === Status.Refused) return refusals[reason] ?? 'refused with ' + reason;
  return statusWords[status] ?? 'status ' + status;
}
