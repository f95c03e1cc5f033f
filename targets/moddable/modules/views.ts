/**
 * Views of one buffer's front, made once: ECMA-419 reads as many bytes as the buffer it is given is long, and throws when there are fewer.
 * Must not know: what is read.
 */

const enum Limit {
  /** Every length up to this has a view of its own, made when it is first needed; beyond, the powers of two have. */
  Every = 64,
}

export class Views {
  readonly bytes: Uint8Array;
  readonly #views: Uint8Array[] = [];
  readonly #longest: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#longest = bytes.length;
  }

  /** The longest view of at most `count` bytes, 1 and more. It begins at the front. */
  upTo(count: number): Uint8Array {
    return this.#views[count] ?? this.#make(count);
  }

  #make(count: number): Uint8Array {
    let length = count > this.#longest ? this.#longest : count;
    if (length > Limit.Every && length !== this.#longest) {
      let power = Limit.Every;
      while (power * 2 <= length) power *= 2;
      length = power;
    }
    const known = this.#views[length];
    if (known !== undefined) return known;
    const view = this.bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}
