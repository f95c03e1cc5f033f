/*
 * Integers, texts and byte strings in one growing buffer, and back. Knows nothing of what they mean.
 */

export class ByteWriter {
  private bytes: Buffer<ArrayBuffer>;
  length = 0;

  /** `expectedBytes`: what will probably be written, so that the buffer need not grow in steps. */
  constructor(expectedBytes = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(expectedBytes);
  }

  private room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  twoBytes(value: number): void {
    const at = this.room(2);
    this.bytes.writeUInt16LE(value, at);
  }

  fourBytes(value: number): void {
    const at = this.room(4);
    this.bytes.writeUInt32LE(value, at);
  }

  /** Any number, times and Infinity included. */
  number(value: number): void {
    const at = this.room(8);
    this.bytes.writeDoubleLE(value, at);
  }

  binary(value: Uint8Array): void {
    this.fourBytes(value.length);
    const at = this.room(value.length);
    this.bytes.set(value, at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.fourBytes(length);
    const at = this.room(length);
    this.bytes.write(value, at);
  }

  /** Leaves four bytes for a length, to be filled by `fillLength` when it is known. */
  lengthLater(): number {
    return this.room(4);
  }

  fillLength(at: number): void {
    this.bytes.writeUInt32LE(this.length - at - 4, at);
  }

  /** What was written, as memory of its own; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.bytes.buffer, 0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(4096);
    this.length = 0;
    return taken;
  }
}

/** Throws a RangeError where the bytes end too early. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  private step(count: number): number {
    const at = this.at;
    if (at + count > this.bytes.length) throw new RangeError(`${count} bytes wanted, ${this.bytes.length - at} left`);
    this.at += count;
    return at;
  }

  byte(): number {
    return this.bytes[this.step(1)];
  }

  twoBytes(): number {
    return this.bytes.readUInt16LE(this.step(2));
  }

  fourBytes(): number {
    return this.bytes.readUInt32LE(this.step(4));
  }

  number(): number {
    return this.bytes.readDoubleLE(this.step(8));
  }

  /** A view; copy it to keep it. */
  view(): Buffer {
    return this.viewOf(this.fourBytes());
  }

  /** A view, or undefined if the mark stands in place of the length. */
  viewOrMark(mark: number): Buffer | undefined {
    const length = this.fourBytes();
    return length === mark ? undefined : this.viewOf(length);
  }

  private viewOf(length: number): Buffer {
    const at = this.step(length);
    return this.bytes.subarray(at, at + length);
  }

  binary(): Uint8Array {
    return new Uint8Array(this.view());
  }

  text(): string {
    return this.view().toString();
  }
}
