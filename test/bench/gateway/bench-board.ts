/**
 * A board of the benchmarks: a client of MQTT behind the link or on the bare wire, or the same client on TCP beside it; or a
 * board that prints lines. Must not know: what is measured.
 */
import { Duplex } from 'node:stream';
import { BoardEnd } from '../../../src/gateway/link/board-end.js';
import { type ClientOptions, createClient, type MidgeClient } from '../../../targets/node/index.js';
import { Uart, type UartOptions } from './uart.js';

/** How a board reaches the broker; `socat`: plain MQTT on the wire, joined to the broker by socat alone. */
export type Way = 'link' | 'raw' | 'client' | 'socat' | 'tcp';

export interface BoardOptions {
  readonly name: string;
  readonly way: Way;
  /** Null: by way of TCP. */
  readonly uart: UartOptions | null;
  readonly client: ClientOptions;
}

export class BenchBoard {
  readonly client: MidgeClient;
  /** Messages of numbers that this board was sent: right ones. */
  readonly heard = new Map<string, number>();
  private readonly end: BoardEnd | null = null;
  private stream: Duplex | null = null;

  private constructor({ name, way, uart: uartOptions, client }: BoardOptions, readonly uart: Uart | null) {
    if (uart !== null && way === 'link') {
      this.end = new BoardEnd({ baudRate: uartOptions!.baudRate, seed: uartOptions!.seed });
      uart.heard = (bytes) => this.end!.input(bytes);
      this.end.begin(uart);
    } else if (uart !== null) uart.heard = (bytes) => { this.stream?.push(bytes); };
    const { end } = this;
    const stream = uart === null ? {} : { stream: end === null ? (): Duplex => this.wireStream(uart) : (): Duplex => end.connect() };
    this.client = createClient({
      clientId: name, reconnect: { minMs: 50, maxMs: 200 }, buffers: { transmitBytes: 256, outboxBytes: 8192, outboxMessages: 64 }, ...client, ...stream,
    });
    this.client.on('message', (topic) => this.heard.set(topic, (this.heard.get(topic) ?? 0) + 1));
  }

  static async open(options: BoardOptions): Promise<BenchBoard> {
    return new BenchBoard(options, options.uart === null ? null : await Uart.open(options.uart));
  }

  /** MQTT on the bare wire: nothing more is taken before the wire has carried what was. */
  private wireStream(uart: Uart): Duplex {
    const stream = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        uart.write(bytes);
        uart.drained(done);
      },
    });
    this.stream = stream;
    return stream;
  }

  async close(): Promise<void> {
    await this.client.end({ timeoutMs: 0 });
    this.end?.end();
    this.uart?.close();
  }
}
