/**
 * What left and what came last, where the next message is of the same form: a device publishes one topic and one length again and again, and only the payload
 * is new. XS takes 200 to 400 instructions for a field and 500 for a call, so what was found out of one message is not asked again of the next. Each holds until
 * anything else is done with the client: then it is forgotten. Must not know: events, timers.
 *
 * Read first: shortcuts.ts.
 */
import { type Client, clientReadOne } from './core.js';
import { textIn } from './text.js';
import type { Transport } from './transport.js';

const enum Front {
  /** Of a packet that left by `clientExpress`, in the arena. */
  Out = 3,
}

/** The last message that left by `clientExpress`, at QoS 0 and not retained: the next one's payload is put over its own. */
export class Sent {
  /** Of its payload; -1: there is none. */
  length = -1;
  topic = '';
  readonly #arena: Uint8Array;
  #at = 0;
  #view: Uint8Array | undefined;
  #bytes = 0;
  readonly #transport: Transport;

  constructor(core: Client, transport: Transport) {
    this.#arena = core.arena;
    this.#transport = transport;
  }

  /** A message of this length and topic. Returns how many bytes the link takes after it; -1: it does not take this one at once. */
  again(payload: Uint8Array): number {
    // Behind what is kept: it does no harm where it does not leave.
    this.#arena.set(payload, this.#at);
    return this.#transport.sendView(this.#view!, this.#bytes);
  }

  /** Hands to the link what `clientExpress` has put into the arena, up to `end`. */
  first(topic: string, length: number, flags: number, end: number): void {
    const arena = this.#arena;
    const bytes = end - Front.Out;
    const isOther = bytes !== this.#bytes;
    this.length = -1;
    this.#bytes = bytes;
    // A view is for a length that comes again.
    if (isOther) this.#view = undefined;
    this.#transport.send(arena, Front.Out, end);
    if (isOther || flags !== 0) return;
    this.#view ??= arena.subarray(Front.Out, end);
    this.length = length;
    this.topic = topic;
    this.#at = end - length;
  }
}

/** The last message that came, alone and whole: what the core's fields say of it they say of the next one. */
export class Received {
  /** Its bytes before the payload, as text; empty: there is none. */
  text = '';
  #bytes = 0;
  #view: Uint8Array | undefined;
  readonly #transport: Transport;
  readonly #core: Client;

  constructor(core: Client, transport: Transport) {
    this.#core = core;
    this.#transport = transport;
  }

  /** Where as many bytes have come as it had, and no more, they are read to the front of the receive buffer. Returns how many; 0: that is not so. */
  read(): number {
    const bytes = this.#bytes;
    return this.#transport.receiveWhole(this.#view!, bytes) ? bytes : 0;
  }

  /** Whether what was read is another one. Throws where it begins with what is no text. */
  isAgain(): boolean {
    const core = this.#core;
    return textIn(core.input, 0, core.payloadFrom) === this.text;
  }

  /** The receive buffer has been read to its end. */
  note(): void {
    const core = this.#core;
    const bytes = core.inTo;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = undefined;
    } else if (clientReadOne(core)) {
      // A length that comes again.
      this.text = textIn(core.input, 0, core.payloadFrom);
      this.#view ??= core.input.subarray(0, bytes);
    }
  }
}
