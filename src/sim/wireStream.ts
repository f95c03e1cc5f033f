/**
 * Bytes over a wire at the pace of a UART, as a stream for a client that speaks plain MQTT on it. A wire has no end:
 * the stream is the client's view of it, for one connection. Must not know what is said.
 */
import { Duplex } from 'node:stream';

const bitsPerByte = 10;

export class WireStream extends Duplex {
  constructor(private readonly send: (bytes: Uint8Array) => void, private readonly baudRate: number) {
    super();
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.send(bytes);
    setTimeout(done, (bytes.length * bitsPerByte * 1000) / this.baudRate);
  }
}
