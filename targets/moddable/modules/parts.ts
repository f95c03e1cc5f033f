/**
 * A message that an application writes in parts: a small one is gathered and sent when it is whole, so that several may follow each other; a large one
 * goes through the core's stream. Must not know: acknowledgements, callbacks of applications.
 *
 * Read first: `clientPublishStream` in src/core/publish.ts and `clientStream` in src/core/output.ts.
 */
import { clientCancelStream, clientPublishStream, clientStream, State, Status } from './core.js';
import type { WriteOptions } from './client-options.js';
import { clock } from './platform.js';
import type { Session } from './session.js';

export class Parts {
  /** Bytes that are still to be written. */
  owed = 0;
  /** Bytes that were written and that the link has not taken. */
  waiting: Uint8Array | undefined;
  /** A small message of which parts are missing, and its options; when it is whole, without its length. */
  whole: Uint8Array | undefined;
  options: WriteOptions = {};
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Begins a message of `total` bytes; returns what the core says of it, 0 where it is gathered. */
  begin(total: number, flags: number, options: WriteOptions, now: number): number {
    const { core } = this.#session;
    this.#session.forget();
    if (total <= core.arenaSize >>> 1) {
      this.whole = new Uint8Array(total);
      this.options = { ...options };
      delete this.options.byteLength;
      this.owed = total;
      return 0;
    }
    if (core.state !== State.Connected) throw new Error('not connected: a message in parts needs the connection');
    if (core.streamSlot >= 0) throw new Error('overflow: the last large message is not acknowledged yet');
    const handle = clientPublishStream(core, options.topic!, total, flags, null, now);
    if (handle < 0) return handle;
    this.owed = total;
    this.#session.flush(now);
    return handle;
  }

  /** Takes the next part. */
  add(bytes: Uint8Array): void {
    if (bytes.length > this.owed) throw new RangeError(`data is ${bytes.length} bytes; ${this.owed} of the message are left`);
    if (this.waiting !== undefined) throw new Error('overflow: wait for onWritable');
    if (bytes.length === 0) return;
    const { whole } = this;
    if (whole !== undefined) {
      whole.set(bytes, whole.length - this.owed);
      this.owed -= bytes.length;
      if (this.owed > 0) this.#session.wantRoomSoon();
      return;
    }
    this.owed -= bytes.length;
    let given = this.#session.room();
    if (given > bytes.length) given = bytes.length;
    if (given > 0 && clientStream(this.#session.core, bytes, 0, given) === Status.Ok) this.#session.flush(clock());
    else given = 0;
    // What the link does not take now is copied, since the application may use its buffer again.
    if (given < bytes.length) this.waiting = bytes.slice(given);
  }

  /** The core's stream wants its next bytes. */
  wanted(): void {
    const { core } = this.#session;
    const { waiting } = this;
    const given = core.streamTotal - this.owed - (waiting === undefined ? 0 : waiting.length);
    // After a lost link the core begins again, but what the application has written is gone.
    if (core.streamAt !== given) clientCancelStream(core, clock());
    else if (waiting !== undefined) {
      this.waiting = undefined;
      clientStream(core, waiting, 0, waiting.length);
      this.#session.wantRoom();
    }
  }

  /** The message was given up. */
  forget(): void {
    this.owed = 0;
    this.waiting = undefined;
    this.whole = undefined;
  }
}
