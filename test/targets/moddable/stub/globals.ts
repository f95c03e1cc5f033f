/**
 * What XS adds to the language and Moddable's runtime to the globals, for Node.js. Imported for its effect.
 * Must not know: sockets.
 */

/** UTF-8 as XS writes it: a lone surrogate becomes its three bytes. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return bytes;
}

const leads: readonly [mask: number, lead: number, more: number][] = [[0x80, 0, 0], [0xe0, 0xc0, 1], [0xf0, 0xe0, 2], [0xf8, 0xf0, 3]];

/** The text of bytes whose form is that of UTF-8: XS looks at lead and continuation bytes, not at what they stand for. */
function textOf(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const form = leads.find(([mask, lead]) => (bytes[at] & mask) === lead);
    if (form === undefined || at + form[2] >= bytes.length) throw new TypeError('invalid UTF-8');
    let point = bytes[at] & ~form[0] & 255;
    for (let n = 1; n <= form[2]; n++) {
      if ((bytes[at + n] & 0xc0) !== 0x80) throw new TypeError('invalid UTF-8');
      point = (point << 6) | (bytes[at + n] & 63);
    }
    // Beyond Unicode a JavaScript string has no place for it; what matters is that it is one character.
    text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
    at += 1 + form[2];
  }
  return text;
}

export function trace(...parts: unknown[]): void {
  process.stderr.write(parts.map(String).join(''));
}

Object.assign(ArrayBuffer, { fromString: (text: string) => new Uint8Array(utf8(text)).buffer });
Object.assign(String, {
  fromArrayBuffer(buffer: ArrayBuffer, from = 0, count = buffer.byteLength - from) {
    if (!(buffer instanceof ArrayBuffer)) throw new TypeError('argument: not an ArrayBuffer instance');
    if (from < 0 || count < 0 || from + count > buffer.byteLength) throw new RangeError('invalid byteLength');
    return textOf(new Uint8Array(buffer, from, count));
  },
});
Object.assign(globalThis, { trace, device: { network: {} } });
