/**
 * The frames of the link written once more, from the words of src/link/README.md alone: what vectors are made of. Plain and slow, and not
 * sharing a line with the link. Must not know: src/link.
 */
import zlib from 'node:zlib';

export type Bytes = readonly number[];

function crc(bytes: Bytes): number[] {
  const value = zlib.crc32(Uint8Array.from(bytes));
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

function cobs(bytes: Bytes): number[] {
  const out: number[] = [];
  let run: number[] = [];
  for (const byte of [...bytes, 0]) {
    if (byte !== 0) run.push(byte);
    else {
      out.push(run.length + 1, ...run);
      run = [];
    }
  }
  return out;
}

export const helloMask: Bytes = [0, 0, 0, 0];

/** The mask of what the side with one nonce sends to the side with another. */
export function maskOf(from: Bytes, to: Bytes): number[] {
  return crc([...from, ...to]);
}

/** A frame as it is on the wire, delimiter included. */
export function wireOf(content: Bytes, mask: Bytes): number[] {
  return [...cobs([...content, ...crc(content).map((byte, at) => byte ^ mask[at])]), 0];
}

export interface Acknowledgement {
  readonly next: number;
  readonly credits: Bytes;
  readonly bitmap?: number;
  readonly duplicate?: boolean;
  readonly poll?: boolean;
}

function ackFlags(ack: Acknowledgement): number {
  return 4 | (ack.bitmap === undefined ? 0 : 8) | (ack.poll === true ? 16 : 0) | (ack.duplicate === true ? 32 : 0);
}

function ackBytes(ack: Acknowledgement): number[] {
  const [a, b, c, d] = ack.credits;
  return [ack.next, a | (b << 4), c | (d << 4), ...(ack.bitmap === undefined ? [] : [ack.bitmap])];
}

export function ackContent(ack: Acknowledgement): number[] {
  return [0x40 | ackFlags(ack), ...ackBytes(ack)];
}

export function dataContent(channel: number, sequence: number, payload: Bytes, ack?: Acknowledgement): number[] {
  if (ack === undefined) return [channel, sequence, ...payload];
  return [channel | ackFlags(ack), sequence, ...ackBytes(ack), ...payload];
}

export interface Hello {
  readonly isUp: boolean;
  readonly version: number;
  readonly nonce: Bytes;
  readonly heard: Bytes;
  readonly frameBytes: number;
  readonly credits: Bytes;
  readonly ackDelayMs: number;
  readonly baudMax: number;
}

export function helloContent(hello: Hello): number[] {
  const [a, b, c, d] = hello.credits;
  const hundreds = Math.floor(hello.baudMax / 100);
  return [
    hello.isUp ? 0x81 : 0x80, hello.version, ...hello.nonce, ...hello.heard, hello.frameBytes, a | (b << 4), c | (d << 4), hello.ackDelayMs,
    hundreds & 255, hundreds >>> 8,
  ];
}

/** A control message from its fields: numbers, each with how many bytes it takes. */
export function record(...fields: readonly (readonly [value: number, bytes: number])[]): number[] {
  const out: number[] = [];
  for (const [value, bytes] of fields) for (let n = 0; n < bytes; n++) out.push(Math.floor(value / 256 ** n) % 256);
  while (out.length < 8) out.push(0);
  return out;
}
