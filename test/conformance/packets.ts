/**
 * The packets that differ between the two versions only by 5.0's property length, so that one test serves both.
 * Must not know: the core. They are put together from hex digits, not by any codec.
 */
import { type Level } from './cite.js';
import { field, int16, packet, properties } from './hex.js';

/** PUBLISH; `id` null at QoS 0; `payload` is text. */
export function publishOf(level: Level, first: string, topic: string, id: number | null, payload = '', ...list: readonly string[]): string {
  return packet(first, field(topic), id === null ? '' : int16(id), level === 5 ? properties(...list) : '', `"${payload}"`);
}

/** SUBSCRIBE as the client writes it: one filter; in 5.0 with its subscription identifier, unless 0. */
export function subscribeOf(level: Level, id: number, filter: string, options: string, identifier = 1): string {
  const list = level === 5 ? properties(identifier > 0 ? `0b ${int16(identifier).slice(2)}` : '') : '';
  return packet('82', int16(id), list, field(filter), options);
}

export function subackOf(level: Level, id: number, code: string): string {
  return packet('90', int16(id), level === 5 ? '00' : '', code);
}

export function unsubscribeOf(level: Level, id: number, filter: string): string {
  return packet('a2', int16(id), level === 5 ? '00' : '', field(filter));
}

/** UNSUBACK; 3.1.1 has no code in it. */
export function unsubackOf(level: Level, id: number, code = '00'): string {
  return packet('b0', int16(id), level === 5 ? `00 ${code}` : '');
}

export function puback(id: number): string {
  return packet('40', int16(id));
}

export function pubrec(id: number): string {
  return packet('50', int16(id));
}

export function pubrel(id: number): string {
  return packet('62', int16(id));
}

export function pubcomp(id: number): string {
  return packet('70', int16(id));
}
