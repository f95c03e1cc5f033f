/**
 * What texts of settings look like that several programs need. Must not know which setting asks.
 */
import { isIP } from 'node:net';
import type { TextForm } from './settings.js';

const hostName = /^(?=.{1,253}\.?$)[\p{L}\p{N}_]([\p{L}\p{N}_-]{0,62})(\.[\p{L}\p{N}_][\p{L}\p{N}_-]{0,62})*\.?$/u;

/** A host name or an address; a name that nobody knows is found out later. */
export const hostForm: TextForm = {
  allowed: 'a host name or an IP address, without a port',
  fits: (text) => isIP(text) > 0 || hostName.test(text),
  pattern: '^[^\\s/]+$',
};

/** A URL of one of these schemes, with a host. */
export function urlForm(schemes: readonly string[]): TextForm {
  return {
    allowed: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    fits: (text) => {
      if (!schemes.some((scheme) => text.toLowerCase().startsWith(`${scheme}://`)) || !URL.canParse(text)) return false;
      return new URL(text).hostname !== '';
    },
    pattern: `^(${schemes.join('|')})://`,
  };
}

/** Something, as MQTT takes it: 1 to 65535 bytes without U+0000. */
export const mqttTextForm: TextForm = {
  allowed: 'a text of 1 to 65535 bytes without the character U+0000',
  fits: (text) => text !== '' && !text.includes('\0') && Buffer.byteLength(text) <= 65_535,
  pattern: '^[^\\u0000]+$',
};
