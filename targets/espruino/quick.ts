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

const enum Quick {
  /** Most messages handed to a socket before it is asked whether they have left. */
  Messages = 16,
  /** Largest body of a packet whose length takes one byte. */
  BodyMax = 127,
}

/** Finds out which of the short ways are open. Called whenever the core has done something. */
export function openQuickWays(m: Mqtt): void {
  const isReady = m.state === State.Connected && m.v5 === null && !m.attention;
  m.quickLink = isReady && m.inFrom === m.inTo && m.chunkLeft === 0 && m.unread === '' ? m.socket : undefined;
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
  m.quickLeft = Quick.Messages;
}

/** Whether a string has characters beyond bytes, in firmware that knows such strings. */
export function isUnicode(text: string): boolean {
  return E.isUTF8 !== undefined && E.isUTF8(text);
}
