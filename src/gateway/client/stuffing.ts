/** COBS and SLIP: how bytes are written so that the delimiter is not among them. Must not know: lengths, wires. */
export const enum Slip {
  End = 0xc0,
  Escape = 0xdb,
  EscapedEnd = 0xdc,
  EscapedEscape = 0xdd,
}

/** Without the delimiter; null: damaged. */
export function decodeCobs(bytes: Buffer): Buffer | null {
  const out = Buffer.alloc(bytes.length);
  let put = 0;
  for (let at = 0; at < bytes.length;) {
    const code = bytes[at];
    const to = at + code;
    if (code === 0 || to > bytes.length) return null;
    put += bytes.copy(out, put, at + 1, to);
    at = to;
    if (code < 255 && at < bytes.length) out[put++] = 0;
  }
  return out.subarray(0, put);
}

/** With a delimiter before and behind it: noise before the frame does not become part of it. */
export function encodeCobs(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length + Math.ceil(bytes.length / 254) + 4);
  let put = 2;
  let codeAt = 1;
  for (const byte of bytes) {
    if (byte !== 0) out[put++] = byte;
    if (byte === 0 || put - codeAt === 255) {
      out[codeAt] = put - codeAt;
      codeAt = put++;
    }
  }
  out[codeAt] = put - codeAt;
  out[put++] = 0;
  return out.subarray(0, put);
}

/** Without the delimiter; null: damaged. */
export function decodeSlip(bytes: Buffer): Buffer | null {
  const out = Buffer.alloc(bytes.length);
  let put = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at];
    if (byte === Slip.Escape) {
      at += 1;
      if (bytes[at] !== Slip.EscapedEnd && bytes[at] !== Slip.EscapedEscape) return null;
      byte = bytes[at] === Slip.EscapedEnd ? Slip.End : Slip.Escape;
    }
    out[put++] = byte;
  }
  return out.subarray(0, put);
}

/** With a delimiter before and behind it, as RFC 1055 recommends. */
export function encodeSlip(bytes: Buffer): Buffer {
  const out: number[] = [Slip.End];
  for (const byte of bytes) {
    if (byte === Slip.End) out.push(Slip.Escape, Slip.EscapedEnd);
    else if (byte === Slip.Escape) out.push(Slip.Escape, Slip.EscapedEscape);
    else out.push(byte);
  }
  return Buffer.from([...out, Slip.End]);
}
