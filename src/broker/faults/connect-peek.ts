/*
 * Finds the client identifier in the first bytes of a connection, so that a plan can speak of clients from their first byte
 * on. Judges nothing: what is no CONNECT is handed on without an identifier. Read first: MQTT 5.0, 3.1.
 */

/** The client identifier; undefined while more bytes are needed; null if there is none to be found. */
export function peekClientId(bytes: Buffer): string | null | undefined {
  if (bytes.length > 0 && bytes[0] !== 0x10) return null;
  const remaining = variableByteInteger(bytes, 1);
  if (remaining === undefined || remaining === null) return remaining;
  const nameLength = word(bytes, remaining.end);
  if (nameLength === undefined) return undefined;
  const levelAt = remaining.end + 2 + nameLength;
  if (nameLength > 6) return null;
  if (bytes.length <= levelAt) return undefined;
  let at = levelAt + 4;
  if (bytes[levelAt] >= 5) {
    const properties = variableByteInteger(bytes, at);
    if (properties === undefined || properties === null) return properties;
    at = properties.end + properties.value;
  }
  const packetEnd = remaining.end + remaining.value;
  if (at + 2 > packetEnd) return null;
  const idLength = word(bytes, at);
  if (idLength === undefined) return undefined;
  if (at + 2 + idLength > packetEnd) return null;
  return bytes.length < at + 2 + idLength ? undefined : bytes.toString('utf8', at + 2, at + 2 + idLength);
}

function word(bytes: Buffer, at: number): number | undefined {
  return bytes.length < at + 2 ? undefined : bytes.readUInt16BE(at);
}

function variableByteInteger(bytes: Buffer, at: number): { value: number; end: number } | null | undefined {
  let value = 0;
  for (let n = 0, scale = 1; n < 4; n++, scale *= 128) {
    if (at + n >= bytes.length) return undefined;
    const byte = bytes[at + n];
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at + n + 1 };
  }
  return null;
}
