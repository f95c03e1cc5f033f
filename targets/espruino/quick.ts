/**
 * The short way of the two most frequent messages, past the core's buffers: a publish of QoS 0 to the topic of the one before, when nothing else
 * waits to be sent, and an inbound message of QoS 0 that came whole, when nothing else is unread. What the core would have checked has been checked
 * by it before, for the same topic; and neither leaves anything in it. Everything else, every other version, and every doubt goes the core's way.
 *
 * Measured on the engine: README.md, "What measurements decided". Must not know: how anything else is sent or read.
 * Read first: MQTT 3.1.1 section 3.3.
 */
import { State } from '../../src/core/index.js';
import { Run } from '../../src/core/client.js';
import type { Mqtt } from './client.js';
import { E } from './globals.js';
import { writeLink } from './transport.js';

const enum Quick {
  /** Most messages handed to a socket before it is asked whether they have left. */
  Messages = 16,
  /** A link that was lent has no `drain`. */
  Unlimited = 0x3fffffff,
  /** Largest body of a packet whose length takes one byte. */
  BodyMax = 127,
}

/** Finds out which of the short ways are open. Called whenever the core has done something. */
export function openQuickWays(m: Mqtt): void {
  // All else of the core is at rest then.
  const isReady = m.state === State.Connected && m.v5 === null && !m.attention;
  m.quickLink = isReady && m.inFrom === m.inTo && m.chunkLeft === 0 && m.inboundCount === 0 && m.unread === '' ? m.socket : undefined;
  m.quickTopic = undefined;
  if (isReady && m.outRun === Run.None && m.slotsUsed === 0 && m.controlTo === 0 && m.subsPending === 0 && m.owed >= 0) openPublish(m);
}

function openPublish(m: Mqtt): void {
  const topic = m.topicText;
  if (topic !== m.sentTopic) {
    if (topic.length >= Quick.BodyMax - 2 || isUnicode(topic)) return;
    m.sentTopic = topic;
    m.sentHead = String.fromCharCode(0, topic.length) + topic;
    m.sentRoom = Quick.BodyMax - 2 - topic.length;
  }
  if (topic !== '') m.quickTopic = topic;
  m.quickLeft = m.isLent ? Quick.Unlimited : Quick.Messages;
}

/** Whether a string has characters beyond bytes, in firmware that knows such strings. */
export function isUnicode(text: string): boolean {
  return E.isUTF8 !== undefined && E.isUTF8(text);
}

/** Publishes to the topic that `openQuickWays` left open. False: not this message. */
export function publishQuickly(m: Mqtt, message: string): boolean {
  const size = message.length;
  if (size > m.sentRoom || isUnicode(message)) return false;
  m.quickLeft -= 1;
  if (m.quickLeft === 0) m.quickTopic = undefined;
  return writeLink(m, String.fromCharCode(0x30, 127 - m.sentRoom + size) + m.sentHead + message);
}

/**
 * Reads a message of the topic of the one before, alone in what came; otherwise takes note of its topic for the next. False: it is the core's to read.
 */
export function readQuickly(m: Mqtt, data: string): boolean {
  const size = data.charCodeAt(1);
  if (data.charCodeAt(0) !== 0x30 || size + 2 !== data.length) return false;
  if (size < m.heardSize || data.substr(2, m.heardSize) !== m.heardHead) return false;
  m.isHeard = true;
  const topic = m.heardTopic;
  const message = data.substr(2 + m.heardSize);
  if (m['#onpublish'] !== undefined) m.emit('publish', { topic: topic, message: message, dup: 0, qos: 0, pid: 0, retain: 0 });
  m.emit('message', topic, message);
  return true;
}

/** The core has read a message: its topic is good. */
export function noteHeard(m: Mqtt, topic: string): void {
  if (topic === m.heardTopic || topic.length >= Quick.BodyMax - 2) return;
  m.heardTopic = topic;
  m.heardHead = String.fromCharCode(0, topic.length) + topic;
  m.heardSize = topic.length + 2;
}
