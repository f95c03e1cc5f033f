/**
 * What bytes on a wire look like to someone who expected something else: text, frames of the link, or the noise of a wrong
 * baud rate. Must not know: what was expected.
 */
const enum Share {
  /** Of a sample: from here on it is text. */
  Text = 0.9,
  /** Bytes of a wrong baud rate are mostly these few. */
  Noise = 0.5,
}

function share(sample: Uint8Array, belongs: (byte: number) => boolean): number {
  let count = 0;
  for (const byte of sample) if (belongs(byte)) count += 1;
  return sample.length === 0 ? 0 : count / sample.length;
}

const isTextByte = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13;
/** A start bit that lasts too long or too short is read as a run of zeros or ones. */
const isNoiseByte = (byte: number): boolean => byte === 0 || byte === 0xff || byte === 0xfe || byte === 0xfc || byte === 0xf8 || byte === 0xf0 || byte === 0xe0 || byte === 0x80;

/** A phrase with what is seen and what to look at. */
export function wireWords(sample: Buffer): string {
  const shown = sample.subarray(0, 24);
  if (share(sample, isTextByte) >= Share.Text) {
    return `it prints text (${JSON.stringify(shown.toString('latin1'))}); mode "client" turns lines into messages`;
  }
  const hex = shown.toString('hex').replace(/../g, '$& ').trim();
  if (share(sample, isNoiseByte) >= Share.Noise) return `it looks like another baud rate (${hex}); compare baud with the board's program`;
  return `unknown bytes (${hex}); compare mode and baud with the board's program`;
}
