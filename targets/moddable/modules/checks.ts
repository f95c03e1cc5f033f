/**
 * What is wrong with a value that an application handed over: its name, what it is, what it must be.
 * Must not know: what the values are for.
 */

/** A value as an error names it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

export function wrong(name: string, value: unknown, allowed: string): never {
  throw new RangeError(`${name} is ${shown(value)}; it must be ${allowed}`);
}

export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${name} is ${shown(value)}; it must be an object`);
}

/** Throws for a property that neither list has. */
export function checkNames(options: object, own: readonly string[], shared: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (!own.includes(name) && !shared.includes(name)) throw new TypeError(`${what} has no option "${name}"; there are ${[...own, ...shared].join(', ')}`);
  }
}

export function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || Math.floor(value) !== value || value < least || value > most) wrong(name, value, `a whole number, ${least} to ${most}`);
}

export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'function') wrong(name, value, 'a function');
}

/** Text that MQTT can carry. */
export function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string') wrong(name, value, 'text');
  else if (value.length > 65535 || value.includes('\0')) wrong(name, value, 'text of at most 65,535 bytes without U+0000');
}

/** A topic to publish to. */
export function checkTopic(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.length > 65535 || value.includes('\0') || value.includes('+') || value.includes('#')) {
    wrong(name, value, 'text of 1 to 65,535 bytes without +, # and U+0000');
  }
}

/** A topic filter to subscribe to; what stands behind `$share/` is the core's to judge. */
export function checkFilter(name: string, value: unknown): void {
  checkText(name, value);
  const levels = (value as string).split('/');
  const last = levels.length - 1;
  if (value === '' || levels.some((level, place) => level.length > 1 ? level.includes('+') || level.includes('#') : level === '#' && place < last)) {
    wrong(name, value, 'text in which + and # stand alone on their level, and # on the last');
  }
}

/** 0, 1 or 2; absent is 0. */
export function checkQoS(name: string, value: unknown): void {
  if (value !== undefined && value !== null && value !== 0 && value !== 1 && value !== 2) wrong(name, value, '0, 1 or 2');
}

/** True or false, or the numbers that stand for them. */
export function checkFlag(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'boolean' && value !== 0 && value !== 1) wrong(name, value, 'true or false');
}
