/*
 * A cursor over one received packet: integers, strings, binary data, each checked against the packet's end.
 * Every read either succeeds or throws the violation that the bytes commit. Knows nothing of packet types.
 * Read first: MQTT 5.0, 1.5.
 */
import type { ProtocolVersion } from './protocol.js';
import { ReasonCode } from './protocol.js';
import { TextFault, textFault } from './text.js';
import { ProtocolViolation } from './violation.js';

export class PacketReader {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;
  version: ProtocolVersion = 5;

  /** Points the cursor at the bytes after a fixed header. */
  open(bytes: Buffer, from: number, end: number, version: ProtocolVersion): void {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    this.version = version;
  }

  left(): number {
    return this.end - this.at;
  }

  byte(what: string): number {
    if (this.at >= this.end) this.truncated(what);
    return this.bytes[this.at++];
  }

  twoByteInteger(what: string): number {
    if (this.at + 2 > this.end) this.truncated(what);
    this.at += 2;
    return (this.bytes[this.at - 2] << 8) | this.bytes[this.at - 1];
  }

  fourByteInteger(what: string): number {
    if (this.at + 4 > this.end) this.truncated(what);
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  /** At most four bytes, in the shortest form. [MQTT-1.5.5-1] */
  variableByteInteger(what: string): number {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) this.malformed('1.5.5-1', '2.2.3', `${what} is not in its shortest form`);
        return value;
      }
    }
    return this.malformed('1.5.5', '2.2.3', `${what} goes on after its fourth byte`);
  }

  binary(what: string): Uint8Array {
    const length = this.twoByteInteger(what);
    if (this.at + length > this.end) this.truncated(what);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(what: string): string {
    const length = this.twoByteInteger(what);
    const from = this.at;
    if (from + length > this.end) this.truncated(what);
    this.at += length;
    const fault = textFault(this.bytes, from, this.at);
    if (fault === TextFault.IllFormed) this.malformed('1.5.4-1', '1.5.3-1', `${what} is not well-formed UTF-8`);
    if (fault === TextFault.NullCharacter) this.malformed('1.5.4-2', '1.5.3-2', `${what} holds U+0000`);
    return this.bytes.toString('utf8', from, this.at);
  }

  /** Demands that the packet ends here. */
  finish(what: string): void {
    if (this.at !== this.end) this.malformed('2.1.4', '2.2.3', `${what} has ${this.end - this.at} bytes too many`);
  }

  truncated(what: string): never {
    return this.malformed('2.1.4', '2.2.3', `the packet ends within ${what}`);
  }

  malformed(statement5: string, statement311: string, reason: string): never {
    throw new ProtocolViolation(ReasonCode.MalformedPacket, statement5, statement311, reason);
  }

  protocolError(statement5: string, statement311: string, reason: string): never {
    throw new ProtocolViolation(ReasonCode.ProtocolError, statement5, statement311, reason);
  }
}
