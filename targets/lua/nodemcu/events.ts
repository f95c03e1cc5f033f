/**
 * The core's events as the events of NodeMCU's mqtt module. Must not know: how bytes move.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware.
 */
import { type Client, Run, Slot } from '../../../src/core/client.js';
import { clientSkip, Event, Publish, Reason, Status } from '../../../src/core/index.js';
import { Message } from '../../../src/core/outbox.js';
import { type Engine, LinkState } from '../engine.js';
import { bytesText } from '../text.js';
import { file } from './platform.js';
import { callHandler, type Mqtt } from './handlers.js';
import { endRequest, requestsLost } from './requests.js';

/** What `connfail` reports beside CONNACK's return codes. */
export const enum ConnFail {
  ServerNotFound = -5,
  NotAConnack = -4,
  Dns = -3,
  TimeoutReceiving = -2,
  TimeoutSending = -1,
  /** Ours: nothing to report. */
  None = 0,
}

export function handleEvent(m: Mqtt, e: Engine, event: Event): void {
  const c = e.c;
  switch (event) {
    case Event.Message:
      callHandler(m, 'message', topicText(c), payloadText(c), c.flags);
      break;
    case Event.Chunk:
      takeChunk(m, c);
      break;
    case Event.Connected:
      m.isConnected = true;
      // What it says is not true any more from here on.
      if (m.sessionFile !== '') file.remove(m.sessionFile);
      callHandler(m, 'connect', c.sessionPresent);
      break;
    case Event.Disconnected:
      m.endCode = endCode(m, e);
      if (m.isPersistent && !m.isClosing && c.status !== Status.ByApplication) tellEnd(m);
      break;
    case Event.Published:
      callHandler(m, 'puback', c.handle);
      break;
    case Event.Dropped:
      if (c.handle === 0 && m.unsent > 0) m.unsent -= 1;
      callHandler(m, 'drop', c.handle, c.status);
      break;
    case Event.Subscribed:
      endRequest(m, c, 'suback');
      break;
    case Event.Unsubscribed:
      endRequest(m, c, 'unsuback');
      break;
    default:
  }
}

function topicText(c: Client): string {
  return bytesText(c.topic, c.topicFrom, c.topicTo);
}

/** Nil for an empty payload, as the module has it. */
function payloadText(c: Client): string | undefined {
  return c.payloadFrom < c.payloadTo ? bytesText(c.input, c.payloadFrom, c.payloadTo) : undefined;
}

/** A message larger than the receive buffer: put together up to the documented limit, beyond it streamed or cut off. */
function takeChunk(m: Mqtt, c: Client): void {
  if (c.offset === 0) {
    m.topic = topicText(c);
    m.parts = '';
    // The limit counts the whole packet: first byte, length, topic, packet identifier, payload.
    let header = 4 + c.topicTo - c.topicFrom;
    if ((c.flags & Publish.QosMask) !== 0) header += 2;
    if (header - 2 + c.total > 127) header += 1;
    if (header - 3 + c.total > 16383) header += 1;
    m.partsMax = m.messageMax - header;
  }
  const part = bytesText(c.input, c.payloadFrom, c.payloadTo);
  const end = c.offset + c.payloadTo - c.payloadFrom;
  if (c.total <= m.partsMax) {
    m.parts = m.parts + part;
    if (end < c.total) return;
    const whole = m.parts;
    m.parts = '';
    callHandler(m, 'message', m.topic, whole, c.flags);
  } else if (m.handlers['stream'] !== undefined) {
    callHandler(m, 'stream', m.topic, part, c.offset, c.total);
  } else {
    m.parts = m.parts + bytesText(c.input, c.payloadFrom, end < m.partsMax ? c.payloadTo : c.payloadFrom + m.partsMax - c.offset);
    if (end < m.partsMax) return;
    const cut = m.parts;
    m.parts = '';
    clientSkip(c, Reason.Success);
    callHandler(m, 'overflow', m.topic, cut, c.total);
  }
}

/** The code that `connfail` gets for the end of an attempt. */
function endCode(m: Mqtt, e: Engine): number {
  const c = e.c;
  if (c.status === Status.ByApplication) return ConnFail.None;
  if (c.status === Status.Refused) return c.reason;
  if (c.status === Status.NoConnack) return e.isSending ? ConnFail.TimeoutSending : ConnFail.TimeoutReceiving;
  if (c.status === Status.Malformed || c.status === Status.ProtocolError || c.status === Status.InboundTooLarge) return ConnFail.NotAConnack;
  return m.link.isNameUnknown ? ConnFail.Dns : ConnFail.ServerNotFound;
}

/** Tells the program of the end: `offline` after a connection, `connfail` after an attempt that it did not give up itself. */
export function tellEnd(m: Mqtt): void {
  const code = m.endCode;
  const wasConnected = m.isConnected;
  const wasClosing = m.isClosing;
  m.endCode = ConnFail.None;
  m.isConnected = false;
  m.isClosing = false;
  if (wasConnected) requestsLost(m, (m.engine as Engine).c);
  if (!wasConnected && code !== ConnFail.None) callHandler(m, 'connfail', code);
  else if (wasConnected || wasClosing) callHandler(m, 'offline');
}

/** Calls `puback` for the QoS 0 publishes that have been sent: NodeMCU's module tells of them too. */
export function tellSent(m: Mqtt, e: Engine): void {
  const c = e.c;
  if (m.unsent === 0 || e.link !== LinkState.Up || e.isSending) return;
  let waiting = c.outRun === Run.Direct ? 1 : 0;
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state: Message = c.slots[i + Slot.State];
    if (c.slots[i + Slot.Handle] === 0 && (state === Message.Queued || state === Message.Sending)) waiting += 1;
  }
  // A handler may publish again, which counts anew.
  for (let sent = m.unsent - waiting; sent > 0; sent--) {
    m.unsent -= 1;
    callHandler(m, 'puback', 0);
  }
}
