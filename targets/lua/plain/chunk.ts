/**
 * Messages larger than the receive buffer: in parts for the program that has a handler of them, for any other whole, as those that fit.
 * Must not know: other events, links.
 */
import type { Client } from '../../../src/core/client.js';
import { Publish } from '../../../src/core/index.js';
import { bytesText, joined } from '../text.js';
import type { Midge } from './client.js';

export function takeChunk(m: Midge, c: Client): void {
  const part = bytesText(c.input, c.payloadFrom, c.payloadTo);
  const handler = m.handlers['chunk'];
  if (c.offset === 0) {
    m.topic = bytesText(c.topic, c.topicFrom, c.topicTo);
    m.parts = [];
  }
  if (handler !== undefined) {
    handler(m.topic, part, c.offset, c.total, c.handle);
    return;
  }
  m.parts[m.parts.length] = part;
  if (c.offset + part.length < c.total) return;
  const whole = joined(m.parts);
  m.parts = [];
  // Shorter where there was a handler for the first of them.
  if (whole.length === c.total) m.engine.message(m.topic, whole, (c.flags & Publish.QosMask) >>> 1, (c.flags & Publish.Retain) > 0, c.handle);
}
