/**
 * The two most frequent packets, whole PUBLISHes of QoS 0 with less than 128 bytes, between strings and the link without the core's byte tables: a byte
 * of a table costs Lua some 40 instructions each time it is touched, one of a string next to none. Whatever is not plain goes the core's way, and what is
 * plain is what the core would do: it is idle, nothing is before the packet, the topic is ASCII without wildcards and control characters.
 * Must not know: links, what the application does with a message.
 *
 * Read first: 3.1.1 section 3.3; `canGoDirect` in src/core/publish.ts.
 */
import { type Client, Run } from '../../src/core/client.js';
import { Reason, State, Status } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { type MessageHandler, plainTopic, publishPacket, takePlain } from './text.js';

const enum Head {
  PublishFirst = 0x30,
}

/** Whether nothing is under way in the client that another message would have to wait for. In 5.0 properties follow the topic: the core's way. */
export function isIdleOutward(c: Client): boolean {
  return c.state === State.Connected && (Profile.V5 < 1 || c.v5 === null) && c.slotsUsed === 0 && c.outRun === Run.None && c.controlTo === 0 && c.subsPending === 0;
}

/** The packet of a plain publish, or '' where it is not plain. */
export function quickPacket(topic: string, payload: string, retain: number): string {
  if (topic.length + payload.length > 125 || !plainTopic(topic)) return '';
  return publishPacket(Head.PublishFirst + retain, topic, payload);
}

/** Hands over the plain messages that `data` begins with; returns where the first one begins that is not plain. */
export function takeQuick(c: Client, data: string, tell: MessageHandler): number {
  const to = data.length;
  let at = 0;
  let next = 0;
  // A handler may do anything: after each message the client must still be connected, with nothing waiting.
  while (next < to && (Profile.V5 < 1 || c.v5 === null) && c.state === State.Connected && !c.attention && c.inFrom === c.inTo && c.chunkLeft === 0) {
    next = takePlain(data, at, tell);
    if (next === at) return at;
    at = next;
  }
  return at;
}

/** Reports that a plain publish was lost with its link, as the core would. */
export function noteQuickLost(c: Client): void {
  c.handle = 0;
  c.status = Status.LinkLost;
  c.reason = Reason.Success;
  c.topicTo = c.topicFrom;
}
