/*
 * What the broker's dashboard shows, as declarations. The values come from dashboard-source.ts, under the names given here.
 */
import type { Panel } from '../dashboard/index.js';

/** Names of the panels that the source is asked for, or writes to. */
export const clientsPanel = 'clients';
export const eventsPanel = 'events';

export const panels: readonly Panel[] = [
  {
    kind: 'figures', id: 'now', title: 'Now', figures: [
      { id: 'clients', label: 'Clients connected', kind: 'count' },
      { id: 'away', label: 'Sessions away', kind: 'count' },
      { id: 'subscriptions', label: 'Subscriptions', kind: 'count' },
      { id: 'retained', label: 'Retained messages', kind: 'count' },
      { id: 'queuedMessages', label: 'Messages queued', kind: 'count' },
      { id: 'waitingBytes', label: 'Bytes waiting', kind: 'bytes' },
      { id: 'dropped', label: 'Messages dropped', kind: 'count' },
      { id: 'violations', label: 'Violations', kind: 'count' },
      { id: 'memory', label: 'Memory', kind: 'bytes' },
      { id: 'processor', label: 'Processor', kind: 'percent' },
      { id: 'uptime', label: 'Up', kind: 'duration' },
    ],
  },
  { kind: 'plot', id: 'messages', title: 'Messages a second', unit: 'rate', series: [{ id: 'messagesIn', label: 'in' }, { id: 'messagesOut', label: 'out' }] },
  { kind: 'plot', id: 'bytes', title: 'Bytes a second', unit: 'byteRate', series: [{ id: 'bytesIn', label: 'in' }, { id: 'bytesOut', label: 'out' }] },
  { kind: 'plot', id: 'connections', title: 'Connections', unit: 'count', series: [{ id: 'connected', label: 'connected' }, { id: 'sessions', label: 'sessions' }] },
  {
    kind: 'plot', id: 'handOn', title: 'Latency in the broker', unit: 'milliseconds',
    series: [{ id: 'handOnMedian', label: 'median' }, { id: 'handOnMax', label: 'highest' }],
    note: 'From a message taken out of its PUBLISH until it and all output of that moment has been given to the subscribers’ sockets. Up to 500 timings a second. The network is not in it.',
  },
  {
    kind: 'plot', id: 'acknowledge', title: 'Latency PUBLISH to PUBACK', unit: 'milliseconds',
    series: [{ id: 'acknowledgeMedian', label: 'median' }, { id: 'acknowledgeMax', label: 'highest' }],
    note: 'From a QoS 1 PUBLISH to a subscriber until its PUBACK: the network there and back and the subscriber’s own time. Up to 500 a second and 64 at a time; what takes over 10 s is not counted.',
  },
  {
    kind: 'plot', id: 'loop', title: 'Event loop delay', unit: 'milliseconds', series: [{ id: 'loopMedian', label: 'median' }, { id: 'loopMax', label: 'highest' }],
    note: 'How late the process is for what it has to do, looked at every 20 ms.',
  },
  {
    kind: 'table', id: clientsPanel, title: 'Clients', noun: 'client', keyColumn: 'clientId', sortColumn: 'messagesIn', sortDescending: true, hasDetail: true, columns: [
      { id: 'clientId', label: 'Client', kind: 'text' },
      { id: 'state', label: 'State', kind: 'state' },
      { id: 'version', label: 'MQTT', kind: 'text' },
      { id: 'address', label: 'Address', kind: 'text' },
      { id: 'messagesIn', label: 'In', kind: 'rate' },
      { id: 'messagesOut', label: 'Out', kind: 'rate' },
      { id: 'bytesIn', label: 'Bytes in', kind: 'byteRate' },
      { id: 'bytesOut', label: 'Bytes out', kind: 'byteRate' },
      { id: 'queued', label: 'Queued', kind: 'count' },
      { id: 'queuedBytes', label: 'Queued bytes', kind: 'bytes' },
      { id: 'inflight', label: 'In flight', kind: 'count' },
      { id: 'violations', label: 'Violations', kind: 'count' },
      { id: 'dropped', label: 'Dropped', kind: 'count' },
    ],
  },
  { kind: 'messages', id: 'live', title: 'Messages' },
  { kind: 'log', id: eventsPanel, title: 'Events' },
];
