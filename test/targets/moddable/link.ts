/** A server by hand behind the platform's sockets, for tests that say which bytes come when. Must not know: which API is under test. */

/** The server's end of a connection, by hand. What handlers throw comes out of `tell` and `lose`. */
export class Link {
  callbacks: { onReadable(count: number): void; onWritable(count: number): void; onError(): void } | undefined;
  readonly sent: string[] = [];
  #arrived: number[] = [];
  readonly io: new (options: never) => object;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const link = this;
    this.io = class {
      constructor(options: never) {
        link.callbacks = options;
      }

      write(bytes: Uint8Array): number {
        link.sent.push(Buffer.from(bytes).toString('hex'));
        return 1000;
      }

      read(view: Uint8Array): number {
        view.set(link.#arrived.splice(0, view.length));
        return view.length;
      }

      close(): void {
        link.callbacks = undefined;
      }
    };
  }

  put(hex: string): number {
    this.#arrived.push(...Buffer.from(hex.replace(/ /g, ''), 'hex'));
    return this.#arrived.length;
  }

  tell(hex: string): void {
    const count = this.put(hex);
    this.callbacks!.onReadable(count);
  }
}

/** A message at QoS 0, of one letter. */
export const said = (letter: string): string => `30 04 00 01 61 ${Buffer.from(letter).toString('hex')}`;
