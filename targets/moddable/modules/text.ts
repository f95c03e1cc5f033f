/**
 * What applications hand over, as bytes: ECMA-419 knows ArrayBuffers and views of single bytes; Midge's own API also takes text.
 * Must not know: what the bytes are for.
 */

import { shown } from './checks.js';

export type Data = ArrayBuffer | ArrayBufferView;

interface XsArrayBuffer {
  fromString(text: string): ArrayBuffer;
}

interface XsString {
  fromArrayBuffer(buffer: ArrayBufferLike, from?: number, count?: number): string;
}

/** The text of UTF-8 that the core has found well-formed, in a buffer of the core's. */
export function textIn(bytes: Uint8Array, from: number, to: number): string {
  return (String as unknown as XsString).fromArrayBuffer(bytes.buffer, from, to - from);
}

/** A byte array over the same memory. */
export function bytesOf(data: Data | null | undefined): Uint8Array {
  // What most applications hand over; `instanceof` takes XS three times as long.
  const kind = data?.constructor;
  if (kind === ArrayBuffer) return new Uint8Array(data as ArrayBuffer);
  if (kind === Uint8Array) return data as Uint8Array;
  const size = data?.byteLength;
  // `typeof` makes a string on XS.
  if (size === undefined) throw new TypeError(`data is ${shown(data)}; it must be an ArrayBuffer or a view of bytes`);
  // An ArrayBuffer has no buffer.
  if ((data as Partial<ArrayBufferView>).buffer === undefined) {
    const whole = new Uint8Array(data as ArrayBuffer);
    if (whole.length !== size) throw new TypeError(`data is ${shown(data)} with a byteLength; it must be an ArrayBuffer or a view of bytes`);
    return whole;
  }
  if (data instanceof Uint8Array) return data;
  const view = data as Uint8Array;
  // The order of bytes in larger elements is the machine's.
  if ((view.BYTES_PER_ELEMENT ?? 1) > 1) throw new TypeError(`data has elements of ${view.BYTES_PER_ELEMENT} bytes; it must be an ArrayBuffer or a view of single bytes`);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Text as UTF-8, or data as it is. */
export function textBytes(data: string | Data): Uint8Array {
  if ((data as Partial<Data> | null | undefined)?.constructor === Uint8Array) return data as Uint8Array;
  if ((data as Partial<Data> | null | undefined)?.byteLength !== undefined) return bytesOf(data as Data);
  if (typeof data !== 'string') throw new TypeError(`payload is ${shown(data)}; it must be text, an ArrayBuffer or a view of bytes`);
  return new Uint8Array((ArrayBuffer as unknown as XsArrayBuffer).fromString(data));
}

/** An error that also says its cause in numbers: a `Status` of the core, and the server's reason code where it gave one. */
export interface Failure extends Error {
  status: number;
  returnCode: number;
}

export function failure(message: string, status: number, returnCode: number): Failure {
  const error = new Error(message) as Failure;
  error.status = status;
  error.returnCode = returnCode;
  return error;
}
