/**
 * Payloads for people's eyes: CBOR in the diagnostic notation of RFC 8949 section 8, text as it is, else hexadecimal.
 * Must not know where a payload comes from.
 */
import { cborText } from '../dashboard/cbor-text.js';

const charactersMax = 200;

export function textOfPayload(payload: Uint8Array): string {
  if (payload.length === 0) return '(empty)';
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const text = bytes.toString();
  const isText = !text.includes('\ufffd') && !/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text);
  const shown = isText ? text : cborText(payload) ?? bytes.toString('hex');
  const oneLine = shown.replace(/\s+/g, ' ');
  return oneLine.length > charactersMax ? `${oneLine.slice(0, charactersMax)}…` : oneLine;
}
