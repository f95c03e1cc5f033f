/**
 * A publish whose payload comes bit by bit from the application: turns a source into the bytes the core asks for.
 * Must not know: promises of the client, links.
 *
 * Read first: `clientPublishStream` and `clientStream` in the core.
 */
import { clientCancelStream, clientPublishStream, clientStream, type Reason, Status } from '../../src/core/index.js';
import type { PublishResult, StreamSource } from './api.js';
import { MidgeError } from './error.js';
import type { Port } from './port.js';

type Iterate = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** The iterator of an iterable source, or null for a function. */
function iteratorOf(source: StreamSource): Iterate | null {
  if (typeof source === 'function') return null;
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

export function isRewindable(source: StreamSource | Uint8Array): boolean {
  return typeof source === 'function' || source instanceof Uint8Array;
}

export class OutboundStream {
  /** Bytes handed to the core since offset 0 was asked for last. */
  given = 0;
  private readonly source: StreamSource;
  private readonly iterator: Iterate | null;
  readonly promise: Promise<PublishResult>;
  /** QoS 0: why a message of this topic was dropped since the last run of the pump; Ok: none was. */
  dropStatus = Status.Ok;
  private resolve!: (result: PublishResult) => void;
  private reject!: (error: Error) => void;
  private epoch = 0;
  private isAsking = false;

  constructor(
    private readonly port: Port, readonly handle: number, readonly topic: string, private readonly total: number,
    source: StreamSource | Uint8Array,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.source = source instanceof Uint8Array ? (offset): Uint8Array => source.subarray(offset) : source;
    this.iterator = iteratorOf(this.source);
  }

  /** The core wants bytes from `streamAt` on. */
  wanted(): void {
    const offset = this.port.core.streamAt;
    this.epoch = this.port.epoch;
    if (this.iterator !== null && offset !== this.given) {
      this.failed(new MidgeError('the link was lost and an iterable cannot begin anew: give a function of the offset', { status: Status.LinkLost }));
      return;
    }
    this.given = offset;
    if (!this.isAsking) this.ask(offset);
  }

  /** QoS 0: whether the core is done with it. While it is not, another stream is refused for that reason before any other. */
  isDone(): boolean {
    return clientPublishStream(this.port.core, '', 0, 0, null, this.port.now) !== Status.NoSlot;
  }

  finish(reason: Reason): void {
    this.resolve({ handle: this.handle, reason });
    this.end();
  }

  drop(error: Error): void {
    this.reject(error);
    this.end();
  }

  /** The source cannot go on. A packet that has begun ends with the link, which the core sees to. */
  private failed(error: Error): void {
    this.reject(error);
    clientCancelStream(this.port.core, this.port.touch());
  }

  /** The application's source is left alone from now on. */
  private end(): void {
    if (this.iterator?.return === undefined) return;
    try {
      void Promise.resolve(this.iterator.return()).catch(() => undefined);
    } catch {
      // A source that cannot even be ended has nothing more to say.
    }
  }

  private ask(offset: number): void {
    let answer: Uint8Array | Promise<Uint8Array | null>;
    try {
      answer = this.iterator === null
        ? (this.source as (offset: number, most: number) => Uint8Array | Promise<Uint8Array>)(offset, this.total - offset)
        : this.next(this.iterator);
    } catch (error) {
      this.failed(this.sourceError(error));
      return;
    }
    if (answer instanceof Uint8Array) {
      this.give(answer);
      return;
    }
    this.isAsking = true;
    const epoch = this.epoch;
    answer.then((bytes) => {
      this.isAsking = false;
      if (epoch === this.port.epoch) this.give(bytes);
      // Asked again by the next connection meanwhile.
      else if (this.epoch === this.port.epoch) this.wanted();
    }, (error: unknown) => {
      this.isAsking = false;
      this.failed(this.sourceError(error));
    });
  }

  private sourceError(cause: unknown): MidgeError {
    const words = cause instanceof Error ? cause.message : String(cause);
    return new MidgeError(`the source of the stream to '${this.topic}' failed: ${words}`, { status: Status.ByApplication, cause });
  }

  private async next(iterator: Iterate): Promise<Uint8Array | null> {
    for (;;) {
      const step = await iterator.next();
      if (step.done === true) return null;
      if (step.value.length > 0) return step.value;
    }
  }

  private give(bytes: Uint8Array | null): void {
    const left = this.total - this.given;
    if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > left) {
      const what = bytes instanceof Uint8Array ? `${bytes.length} bytes` : 'nothing';
      this.failed(new MidgeError(`the source gave ${what} at offset ${this.given}; allowed: 1 to ${left} bytes, ${this.total} in all`, {
        status: Status.BadRange, field: 'source', value: what, allowed: `1 to ${left} bytes`,
      }));
      return;
    }
    if (clientStream(this.port.core, bytes, 0, bytes.length) !== Status.Ok) return;
    this.given += bytes.length;
    this.port.touch();
  }
}
