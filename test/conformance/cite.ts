/**
 * Test titles that name the statements they prove, and how the two specifications are told apart (README.md here).
 * Must not know: the core.
 */

/** Protocol level: 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type Level = 4 | 5;

export const levels: readonly Level[] = [4, 5];

const citation = /v([35]):\[(MQTT-[^\]]+)\]/g;

/** Of `v3:[MQTT-…]` and `v5:[MQTT-…]`, those that belong to this version. */
export function cited(level: Level, ids: string): string {
  const own = level === 4 ? '3' : '5';
  return [...ids.matchAll(citation)].filter((found) => found[1] === own).map((found) => found[0]).join(' ');
}

/** A title for a test that runs in one version: the version, what it shows, the statements it proves there. */
export function titled(level: Level, ids: string, about: string): string {
  const statements = cited(level, ids);
  return `${level === 4 ? '3.1.1' : '5.0'}: ${about}${statements === '' ? '' : ` ${statements}`}`;
}
