/**
 * Refuses what a script gives, by name. One function, since each takes memory on a small engine. Must not know: options, methods.
 */

/** Throws: `name` is that of an option or an argument, `allowed` says what it must be. */
export function wrong(name: string, value: unknown, allowed: string): never {
  throw new Error('midge: ' + name + ' must be ' + allowed + ', not ' + String(value));
}
