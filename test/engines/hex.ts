/**
 * Bytes as hexadecimal text, and parts of a line, for the device-side drivers of parity tests. Not device code itself (it builds strings), but it compiles
 * for every engine without a runtime library.
 */
const digits: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/** Writes the bytes of `text[from …]` into `target[0 …)`, up to the first character that is no lower-case digit; returns how many. */
export function bytesFromHex(target: Uint8Array, text: string, from: number): number {
  let count = 0;
  let at = from;
  while (at + 1 < text.length) {
    const high = digitValue(text.charCodeAt(at));
    const low = digitValue(text.charCodeAt(at + 1));
    if (high < 0 || low < 0) return count;
    target[count] = high * 16 + low;
    count++;
    at += 2;
  }
  return count;
}

/** The bytes `source[from … to)` as lower-case digits. */
export function hexFromBytes(source: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += digits[source[at] >>> 4] + digits[source[at] & 15];
  return text;
}

function digitValue(character: number): number {
  if (character >= 48 && character <= 57) return character - 48;
  return character >= 97 && character <= 102 ? character - 87 : -1;
}

/** The character code at an index; a line's first characters are ASCII. */
export function codeAt(text: string, at: number): number {
  return text.charCodeAt(at);
}

/** The text from an index on, all before it being ASCII. */
export function textFrom(text: string, at: number): string {
  return text.substring(at);
}
