/**
 * What applications hand over, as bytes: ECMA-419 knows ArrayBuffers and views of single bytes; Midge's own API also takes text.
 * Must not know: what the bytes are for.
 */

export type Data = ArrayBuffer | ArrayBufferView;

interface XsArrayBuffer {
  fromString(text: string): ArrayBuffer;
}

/** A byte array over the same memory. */
export function bytesOf(data: Data): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const view = data as Partial<Uint8Array>;
  // An ArrayBuffer has no buffer; what has elements of more bytes than one is refused, since their order is the machine's.
  if (view.buffer === undefined) {
    if (typeof view.byteLength !== 'number') throw new TypeError('data must be an ArrayBuffer or a view of bytes');
    return new Uint8Array(data as ArrayBuffer);
  }
  if ((view.BYTES_PER_ELEMENT ?? 1) > 1) throw new TypeError('data must be bytes, not elements of several');
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Text as UTF-8, or data as it is. */
export function textBytes(data: string | Data): Uint8Array {
  return typeof data === 'string' ? new Uint8Array((ArrayBuffer as unknown as XsArrayBuffer).fromString(data)) : bytesOf(data);
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
