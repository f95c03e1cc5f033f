/**
 * Codes of the link in words, for both of its ends: what its events say, why sessions and connections end, what is wrong with a
 * configuration. The link stays numeric. Must not know: how sessions and connections are kept.
 *
 * Changes together with codes.ts and config.ts of the link.
 */
import { CloseReason, createLink, DownReason, type Link, type LinkConfig, LinkConfigFault, linkConfigFault, LinkEvent } from '../../link/index.js';

/** Who is at the other end, for words. */
export type Peer = 'board' | 'gateway';

const downs: Readonly<Record<DownReason, (peer: Peer) => string>> = {
  [DownReason.PeerReset]: (peer) => `the ${peer} has started anew`,
  [DownReason.Silence]: (peer) => `nothing is heard of the ${peer}`,
  [DownReason.Unanswered]: (peer) => `the ${peer} does not acknowledge`,
  [DownReason.Restarted]: () => 'the port was closed',
};

const closes: Readonly<Partial<Record<CloseReason, string>>> = {
  [CloseReason.Unreachable]: 'the gateway cannot reach the server',
  [CloseReason.UnknownName]: 'the gateway does not know the name of the server',
  [CloseReason.Insecure]: 'the gateway cannot trust the server',
  [CloseReason.Lost]: 'the gateway has lost the server',
  [CloseReason.Unavailable]: 'the gateway serves no connection',
};

/** Why a gateway has closed a connection; '' where it was done, or the reason is an application's own. */
export function closeWords(reason: CloseReason): string {
  return closes[reason] ?? '';
}

function closedWords({ closeReason }: Link, peer: Peer): string {
  const why = peer === 'gateway' ? closeWords(closeReason) : '';
  return `the ${peer} closed the connection${why === '' ? '' : `: ${why}`}`;
}

const events: Readonly<Record<LinkEvent, (link: Link, peer: Peer) => string>> = {
  [LinkEvent.None]: () => '',
  [LinkEvent.Down]: ({ downReason }, peer) => `the link is down: ${downs[downReason](peer)}`,
  [LinkEvent.Up]: ({ frameMax }) => `the link is up, with frames of ${frameMax} bytes`,
  [LinkEvent.Refused]: ({ peerVersion }, peer) => `the ${peer} speaks version ${peerVersion} of the link, this side another; update one of them`,
  [LinkEvent.Closed]: closedWords,
  [LinkEvent.OpenWanted]: (_link, peer) => `the ${peer} asks for a connection`,
  [LinkEvent.Opened]: (_link, peer) => `the ${peer} has made the connection`,
  [LinkEvent.TimeWanted]: (_link, peer) => `the ${peer} asks for the time`,
  [LinkEvent.Time]: ({ day, msOfDay, timeErrorMs }) => `the time is ${new Date(day * 86_400_000 + msOfDay).toISOString()}, right to within ${timeErrorMs} ms`,
  [LinkEvent.Baud]: ({ baud }) => `the port goes to ${baud} baud`,
  [LinkEvent.BaudSettled]: ({ isBaudKept, baud }) => `the rate ${isBaudKept ? 'is now' : 'stays at'} ${baud} baud`,
};

/** What an event says, read while its fields are valid. */
export function linkEventWords(link: Link, event: LinkEvent, peer: Peer): string {
  return events[event](link, peer);
}

type Allowed = (config: LinkConfig) => string;
const bytesToSend: Allowed = () => '0 to 65,535 bytes; 0: the channel is not sent';

/** The field behind each fault, and what it may be beside the fields that it depends on. */
const faults: Readonly<Record<Exclude<LinkConfigFault, LinkConfigFault.None>, readonly [field: keyof LinkConfig, allowed: Allowed]>> = {
  [LinkConfigFault.FrameBytes]: ['frameBytes', () => '32 to 254 bytes'],
  [LinkConfigFault.MqttFrames]: ['mqttFrames', () => '1 to 15'],
  [LinkConfigFault.LogFrames]: ['logFrames', () => '0 to 15'],
  [LinkConfigFault.AgentFrames]: ['agentFrames', () => '0 to 15'],
  [LinkConfigFault.MqttSendBytes]: ['mqttSendBytes', () => '16 to 65,535 bytes'],
  [LinkConfigFault.LogSendBytes]: ['logSendBytes', bytesToSend],
  [LinkConfigFault.AgentSendBytes]: ['agentSendBytes', bytesToSend],
  [LinkConfigFault.HelloMin]: ['helloMinMs', () => '1 to 60,000 ms'],
  [LinkConfigFault.HelloMax]: ['helloMaxMs', ({ helloMinMs }) => `${helloMinMs} (helloMinMs) to 60,000 ms`],
  [LinkConfigFault.KeepAlive]: ['keepAliveMs', () => '0 (never) to 134,217,728 ms'],
  [LinkConfigFault.Dead]: ['deadMs', ({ keepAliveMs }) => `${keepAliveMs * 2} (twice keepAliveMs) to 268,435,456 ms`],
  [LinkConfigFault.AckDelay]: ['ackDelayMs', () => '0 to 255 ms'],
  [LinkConfigFault.RetryMin]: ['retryMinMs', () => '1 to 60,000 ms'],
  [LinkConfigFault.RetryMax]: ['retryMaxMs', ({ retryMinMs }) => `${retryMinMs} (retryMinMs) to 60,000 ms`],
  [LinkConfigFault.Retries]: ['retries', () => '1 to 255'],
  [LinkConfigFault.Baud]: ['baud', () => '1 to 6,553,500'],
  [LinkConfigFault.BaudMax]: ['baudMax', ({ baud }) => `0 (the rate stays), or ${baud} (baud) to 6,553,500`],
  [LinkConfigFault.BaudTrial]: ['baudTrialMs', ({ keepAliveMs, deadMs }) => (keepAliveMs > 0 ? `1 to ${deadMs - 1} ms (less than deadMs)` : '1 to 60,000 ms')],
  [LinkConfigFault.Seed]: ['seed', () => 'a whole number of 32 bits'],
};

/** What is wrong with a configuration: field, value and what is allowed; null: nothing. */
export function linkConfigWords(config: LinkConfig): string | null {
  const fault = linkConfigFault(config);
  if (fault === LinkConfigFault.None) return null;
  const [field, allowed] = faults[fault];
  return `${field} of the link is ${config[field]}; allowed: ${allowed(config)}`;
}

/** A link, or a RangeError that says which field of the configuration is wrong. */
export function linkOf(config: LinkConfig): Link {
  const link = createLink(config);
  if (link === null) throw new RangeError(linkConfigWords(config) ?? '');
  return link;
}

/** What a board is told of a connection that could not be made, or is over. */
export function closeReasonOf(error: Error | null, wasOpen: boolean): CloseReason {
  if (wasOpen) return error === null ? CloseReason.Done : CloseReason.Lost;
  const { code = '' }: NodeJS.ErrnoException = error ?? new Error();
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return CloseReason.UnknownName;
  // Node's codes for certificates have no prefix of their own.
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER|LEAF/.test(code)) return CloseReason.Insecure;
  return CloseReason.Unreachable;
}
