/*
 * A few of the messages that pass, for one viewer: however many there are, it describes no more of them than a person can
 * read, and counts the others. What is described is bounded in size. Knows nothing of HTTP.
 */
import { cborText } from './cbor-text.js';
import type { SeenMessage } from './source.js';

export interface ShownMessage {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly publisherId: string;
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  /** Bytes of the whole payload. */
  readonly size: number;
  /** Its beginning, in base64. */
  readonly bytes: string;
  /** The payload in CBOR's diagnostic notation, if it is exactly one item of CBOR. */
  readonly cbor?: string;
}

export interface MessageBatch {
  readonly messages: readonly ShownMessage[];
  /** Messages that matched and are not shown. */
  readonly leftOut: number;
}

/** So often a batch is taken, and so many messages are in it at most: 48 a second. */
export const batchEveryMs = 250;
const batchMessagesMax = 12;

const payloadBytesShown = 4096;
const cborBytesMax = 4096;
const cborCharactersMax = 8192;

export class MessageSampler {
  private messages: ShownMessage[] = [];
  private leftOut = 0;

  readonly take = (message: SeenMessage): void => {
    if (this.messages.length === batchMessagesMax) this.leftOut++;
    else this.messages.push(describe(message));
  };

  /** What has gathered; undefined if nothing has. */
  takeBatch(): MessageBatch | undefined {
    if (this.messages.length === 0 && this.leftOut === 0) return undefined;
    const batch = { messages: this.messages, leftOut: this.leftOut };
    this.messages = [];
    this.leftOut = 0;
    return batch;
  }

  /** The viewer could not take a batch: its messages are left out after all. */
  giveBack({ messages, leftOut }: MessageBatch): void {
    this.leftOut += messages.length + leftOut;
  }
}

function describe({ publisherId, topic, payload, qos, retain }: SeenMessage): ShownMessage {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, payloadBytesShown)).toString('base64');
  const cbor = payload.length > cborBytesMax ? undefined : cborText(payload)?.slice(0, cborCharactersMax);
  return { atMs: Date.now(), publisherId, topic, qos, retain, size: payload.length, bytes, cbor };
}
