// @ts-check
// A payload as people read it. What it is nobody says, so it is shown as the first of JSON, text, CBOR and bytes that it can be.

/** @typedef {{ size: number, bytes: string, cbor?: string }} Payload `bytes` is its beginning, in base64 */
/** @typedef {'auto' | 'json' | 'cbor' | 'text' | 'hex'} Form */

export const forms = /** @type {const} */ ({ auto: 'as it looks', json: 'JSON', cbor: 'CBOR', text: 'text', hex: 'bytes' });

/** @param {Payload} payload @param {Form} form @returns {{ form: Form, text: string }} */
export function payloadText(payload, form) {
  if (payload.size === 0) return { form, text: '(empty)' };
  const bytes = Uint8Array.from(atob(payload.bytes), (character) => character.charCodeAt(0));
  const more = payload.size > bytes.length ? `\n… ${payload.size - bytes.length} more bytes` : '';
  if (form === 'auto') {
    const text = utf8(bytes, more !== '');
    if (text !== undefined) return json(text) ?? { form: 'text', text: text + more };
    if (payload.cbor !== undefined) return { form: 'cbor', text: payload.cbor };
    return { form: 'hex', text: hex(bytes) + more };
  }
  if (form === 'json') return json(utf8(bytes, false) ?? '') ?? { form, text: more === '' ? '(this is no JSON)' : '(too long to be shown as JSON)' };
  if (form === 'cbor') return { form, text: payload.cbor ?? (more === '' ? '(this is not one item of CBOR)' : '(too long to be shown as CBOR)') };
  if (form === 'text') return { form, text: new TextDecoder().decode(bytes) + more };
  return { form, text: hex(bytes) + more };
}

/** Undefined if it is no text: ill-formed, or with control characters. @param {Uint8Array} bytes @param {boolean} isCut */
function utf8(bytes, isCut) {
  try {
    // A cut may have gone through a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** @param {string} text @returns {{ form: Form, text: string } | undefined} */
function json(text) {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    const value = /** @type {unknown} */ (JSON.parse(text));
    const flat = JSON.stringify(value);
    return { form: 'json', text: flat.length <= 100 ? flat : JSON.stringify(value, null, 2) };
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
