/**
 * The SDK's module `preference` as on ESP32, where it stands on NVS: names of at most 15 characters, values that are numbers, texts, booleans and
 * ArrayBuffers, and a key that is set anew is deleted first. Where `kind` is "sector" as on ESP8266, nRF52 and Pico: at most 63 bytes to a value, and
 * about 4 kilobytes to all. The power fails with that of the flash.
 * Must not know: Node.js, so that XS can load it too.
 */
import { power } from './flash.js';

type Value = string | boolean | number | ArrayBuffer;

export const preferences = { kind: 'nvs' as 'nvs' | 'sector', domains: new Map<string, Map<string, Value>>() };

/** What all entries take of a sector. */
function sectorBytes(): number {
  let bytes = 4;
  for (const [domain, entries] of preferences.domains) {
    for (const [key, value] of entries) bytes += (domain.length + key.length + 5 + (value instanceof ArrayBuffer ? value.byteLength : 4) + 3) & ~3;
  }
  return bytes;
}

/** Whether there is power for one more change, of a key. */
function isPowered(): boolean {
  if (power.left < 1) {
    power.isOff = true;
    return false;
  }
  power.left -= 1;
  power.used += 1;
  return true;
}

export default class Preference {
  static set(domain: string, key: string, value: Value): void {
    const isSector = preferences.kind === 'sector';
    if (isSector ? domain.length > 31 || key.length > 31 : domain.length > 15) throw new Error(isSector ? 'too long' : 'nvs_open fail');
    if (!isSector && key.length > 15) throw new Error('nvs set fail');
    if (typeof value === 'object' && !(value instanceof ArrayBuffer)) throw new Error('unsupported type');
    const entries = preferences.domains.get(domain) ?? new Map<string, Value>();
    preferences.domains.set(domain, entries);
    if (entries.has(key)) {
      if (!isPowered()) return;
      entries.delete(key);
    }
    if (isSector && ((value instanceof ArrayBuffer && value.byteLength > 63) || sectorBytes() + 80 > 4096)) throw new Error('can\'t save prefs');
    if (isPowered()) entries.set(key, value instanceof ArrayBuffer ? value.slice(0) : value);
  }

  static get(domain: string, key: string): Value | undefined {
    const value = preferences.domains.get(domain)?.get(key);
    return value instanceof ArrayBuffer ? value.slice(0) : value;
  }

  static delete(domain: string, key: string): void {
    const entries = preferences.domains.get(domain);
    if (entries?.has(key) === true && isPowered()) entries.delete(key);
  }

  static keys(domain: string): string[] {
    return [...preferences.domains.get(domain)?.keys() ?? []];
  }
}
