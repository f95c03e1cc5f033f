/**
 * Words, numbers and text of a script's lines, and bytes as readable text, for the driver of parity tests. Not device code (it builds
 * strings); `text.lua` holds the same functions for every Lua. Must not know the commands.
 */
const digits: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/** The word with this index, from 0, of a line whose words are parted by single spaces; '' when there is none. */
export function wordAt(line: string, index: number): string {
  let from = 0;
  let left = index;
  for (let at = 0; at <= line.length; at++) {
    if (at === line.length || line.charCodeAt(at) === 32) {
      if (left === 0) return line.substring(from, at);
      left--;
      from = at + 1;
    }
  }
  return '';
}

/** A decimal integer, or a hexadecimal one after `0x`; '' is 0. */
export function integerOf(word: string): number {
  if (word.length > 2 && word.charCodeAt(1) === 120) {
    let value = 0;
    for (let at = 2; at < word.length; at++) value = value * 16 + digitValue(word.charCodeAt(at));
    return value;
  }
  let value = 0;
  for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) !== 45) value = value * 10 + word.charCodeAt(at) - 48;
  return word.charCodeAt(0) === 45 ? -value : value;
}

/** Text whose bytes outside 0x21 to 0x7E stand as `%xx`, UTF-8; `*n` at its end repeats the plain character before it to n in all; `-` is none. */
export function textOf(word: string): string {
  if (word === '-') return '';
  let text = '';
  let at = 0;
  while (at < word.length) {
    const character = word.charCodeAt(at);
    if (character === 42) {
      const one = word.substring(at - 1, at);
      for (let count = integerOf(word.substring(at + 1, word.length)); count > 1; count--) text += one;
      return text;
    }
    if (character !== 37) {
      text += word.substring(at, at + 1);
      at++;
    } else {
      const lead = byteAt(word, at + 1);
      at += 3;
      if (lead < 0x80) text += String.fromCharCode(lead);
      else if (lead < 0xe0) {
        text += String.fromCharCode(((lead & 0x1f) << 6) | (byteAt(word, at + 1) & 0x3f));
        at += 3;
      } else if (lead < 0xf0) {
        text += String.fromCharCode(((lead & 15) << 12) | ((byteAt(word, at + 1) & 0x3f) << 6) | (byteAt(word, at + 4) & 0x3f));
        at += 6;
      } else {
        const point = ((lead & 7) << 18) | ((byteAt(word, at + 1) & 0x3f) << 12) | ((byteAt(word, at + 4) & 0x3f) << 6) | (byteAt(word, at + 7) & 0x3f);
        text += String.fromCharCode(0xd800 + ((point - 0x10000) >>> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
        at += 9;
      }
    }
  }
  return text;
}

/**
 * Writes the bytes that `word` names into `target[0 …)` and returns how many: pieces joined by `+`, each hexadecimal digits,
 * repeated when `*n` follows. `-` and '' are nothing.
 */
export function bytesOf(target: Uint8Array, word: string): number {
  let put = 0;
  let from = 0;
  let at = 0;
  while (at + 1 < word.length) {
    const character = word.charCodeAt(at);
    if (character === 42) {
      let count = 0;
      at++;
      while (at < word.length && word.charCodeAt(at) !== 43) {
        count = count * 10 + word.charCodeAt(at) - 48;
        at++;
      }
      const size = put - from;
      for (let n = size; n < size * count; n++) {
        target[put] = target[put - size];
        put++;
      }
    } else if (character === 43) {
      from = put;
      at++;
    } else {
      target[put] = byteAt(word, at);
      put++;
      at += 2;
    }
  }
  return put;
}

/** Bytes as text in the form that `textOf` reads; '-' for none. */
export function printable(bytes: Uint8Array, from: number, to: number): string {
  if (from >= to) return '-';
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte > 0x20 && byte < 0x7f && byte !== 37 && byte !== 42) text += String.fromCharCode(byte);
    else text += '%' + digits[byte >>> 4] + digits[byte & 15];
  }
  return text;
}

/** Bytes as digits: all of them up to 64, else the first 24, their number and a sum over all, and the last 8; '-' for none. */
export function digitsOf(bytes: Uint8Array, from: number, to: number): string {
  if (from >= to) return '-';
  if (to - from > 64) return allDigits(bytes, from, from + 24) + '..' + (to - from) + ':' + sumOf(bytes, from, to) + '..' + allDigits(bytes, to - 8, to);
  return allDigits(bytes, from, to);
}

/** Whether every key and value of a buffer is one that a typed array has: shows in Lua what a typed array would swallow. */
export function bufferHolds(bytes: Uint8Array): boolean {
  return bytes.length >= 0;
}

function allDigits(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += digits[bytes[at] >>> 4] + digits[bytes[at] & 15];
  return text;
}

/** Depends on every byte and its place, and stays within 30 bits. */
function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum = (sum * 31 + bytes[at]) % 16777213;
  return sum;
}

function byteAt(word: string, at: number): number {
  return digitValue(word.charCodeAt(at)) * 16 + digitValue(word.charCodeAt(at + 1));
}

function digitValue(character: number): number {
  return character >= 97 ? character - 87 : character - 48;
}
