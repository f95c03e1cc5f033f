/*
 * All that the dashboard shows of one client.
 */
import type { Column, Detail } from '../dashboard/index.js';
import { type Connection, ConnectionState } from './connection.js';
import type { Hub } from './hub.js';
import { sessionNeverExpires } from './protocol.js';
import type { Session } from './session.js';
import type { Violation } from './violation.js';

const subscriptionsShown = 500;
const violationsShown = 20;

const subscriptionColumns: readonly Column[] = [
  { id: 'filter', label: 'Topic filter', kind: 'text' },
  { id: 'qos', label: 'QoS', kind: 'count' },
  { id: 'options', label: 'Options', kind: 'text' },
];

const violationColumns: readonly Column[] = [
  { id: 'statement', label: 'Statement', kind: 'text' },
  { id: 'reason', label: 'What was wrong', kind: 'text' },
  { id: 'bytes', label: 'The packet’s first bytes', kind: 'code' },
];

/** `session` is undefined of a client that has none any more. */
export function clientDetail(hub: Hub, clientId: string, session: Session | undefined, violations: readonly Violation[]): Detail {
  return {
    title: clientId,
    facts: session === undefined ? [{ label: 'Session', kind: 'text', value: 'none any more' }] : factsOf(hub, session),
    tables: [
      { title: 'Subscriptions', columns: subscriptionColumns, rows: session === undefined ? [] : subscriptionsOf(session), empty: 'It has none.' },
      {
        title: 'Latest violations', columns: violationColumns, empty: 'The broker has seen none.',
        rows: violations.slice(-violationsShown).reverse().map(({ statement, reason, packetHex, packetLength }) => ({
          statement, reason, bytes: packetHex.replace(/..(?=.)/g, '$& ') + (packetLength * 2 > packetHex.length ? ` … (${packetLength} bytes)` : ''),
        })),
      },
    ],
  };
}

function factsOf(hub: Hub, session: Session): Detail['facts'] {
  const { connection, userName, will, expirySeconds } = session;
  const nowMs = hub.timers.nowMs();
  const expiry = expirySeconds === sessionNeverExpires ? 'never' : expirySeconds === 0 ? 'with its connection' : `${expirySeconds} s after its connection`;
  const facts: Detail['facts'][number][] = [{ label: 'User', kind: 'text', value: userName ?? null }];
  if (connection !== undefined && connection.state === ConnectionState.Connected) {
    facts.push(
      { label: 'Connected for', kind: 'duration', value: (nowMs - connection.connectedAtMs) / 1000 },
      { label: 'Address', kind: 'text', value: addressOf(connection) },
      { label: 'Transport', kind: 'text', value: connection.link.transport },
      { label: 'Keep alive', kind: 'duration', value: connection.keepAliveSeconds },
      { label: 'Messages in', kind: 'count', value: connection.messagesIn },
      { label: 'Messages out', kind: 'count', value: connection.messagesOut },
      { label: 'Bytes in', kind: 'bytes', value: connection.bytesIn },
      { label: 'Bytes out', kind: 'bytes', value: connection.bytesOut },
      { label: 'Waiting for its socket', kind: 'bytes', value: connection.link.waitingBytes() },
      { label: 'Receive Maximum', kind: 'count', value: connection.sendMaximum },
    );
  } else facts.push({ label: 'Away for', kind: 'duration', value: (nowMs - session.offlineSinceMs) / 1000 });
  facts.push(
    { label: 'Session ends', kind: 'text', value: expiry },
    { label: 'Will', kind: 'text', value: will === undefined ? null : `${will.topic} (QoS ${will.qos}${will.delaySeconds > 0 ? `, delay ${will.delaySeconds} s` : ''})` },
  );
  return facts;
}

function subscriptionsOf(session: Session): Detail['tables'][number]['rows'] {
  const rows = [...session.subscriptions.values()].slice(0, subscriptionsShown).map(({ filter, qos, noLocal, retainAsPublished, identifier }) => ({
    filter, qos,
    options: [noLocal ? 'no local' : '', retainAsPublished ? 'retain as published' : '', identifier > 0 ? `identifier ${identifier}` : ''].filter((text) => text !== '').join(', '),
  }));
  const more = session.subscriptions.size - rows.length;
  return more > 0 ? [...rows, { filter: `… and ${more} more`, qos: null, options: '' }] : rows;
}

export function addressOf({ link: { socket: { remoteAddress, remotePort } } }: Connection): string {
  if (remoteAddress === undefined) return '';
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
