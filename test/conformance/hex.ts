/**
 * Packets written by hand: hex digits and spaces, with text between double quotes as its UTF-8 bytes, so that a row of a
 * test reads like the specification's figures: `30 07 0003 "a/b" "hi"`.
 * Must not know: the core, its codec or another's. What is expected here was counted by hand.
 */

/** Bytes of a packet written by hand; bytes are passed through. */
export function bytes(written: string | Uint8Array): Uint8Array {
  if (typeof written !== 'string') return written;
  const parts: Buffer[] = [];
  written.split('"').forEach((part, index) => {
    if (index % 2 === 1) parts.push(Buffer.from(part, 'utf8'));
    else {
      const digits = part.replace(/\s+/g, '');
      if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`"${part}" in "${written}" is not pairs of hex digits`);
      parts.push(Buffer.from(digits, 'hex'));
    }
  });
  return Uint8Array.from(Buffer.concat(parts));
}

/** Hex digits without spaces, for comparisons. */
export function hex(written: string | Uint8Array): string {
  return Buffer.from(bytes(written)).toString('hex');
}

/** Several packets written by hand, each as the harness reports what was sent. */
export function wire(...written: readonly string[]): string[] {
  return written.map(hex);
}

/** A variable byte integer. [MQTT 5.0 section 1.5.5] */
export function varint(value: number): string {
  let left = value;
  let out = '';
  do {
    const byte = left % 128;
    left = (left - byte) / 128;
    out += (left > 0 ? byte + 128 : byte).toString(16).padStart(2, '0');
  } while (left > 0);
  return out;
}

/** A two byte integer. */
export function int16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

/** A string or binary data behind its length; a string is text, bytes are taken as they are. */
export function field(content: string | Uint8Array): string {
  const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  return int16(body.length) + body.toString('hex');
}

/** A whole packet: its first byte, the length of its body, the body. */
export function packet(first: string, ...body: readonly string[]): string {
  const joined = body.map(hex).join('');
  return hex(first) + varint(joined.length / 2) + joined;
}

/** A list of properties behind its length. */
export function properties(...written: readonly string[]): string {
  const joined = written.map(hex).join('');
  return varint(joined.length / 2) + joined;
}
