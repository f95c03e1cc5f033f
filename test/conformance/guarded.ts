/**
 * Buffers that notice what a JavaScript typed array forgives and C and Lua do not: an index outside, a value that is no
 * byte (or no int32). The core's own code runs on them unchanged, only slower.
 * Must not know: what the buffers are for. Any field of a struct that is a typed array is guarded.
 */
import { type Client } from '../../src/core/index.js';

type Buffers = Uint8Array | Int32Array;

/** The typed array behind a guarded one: for tests to fill, free of checks. */
const targets = new WeakMap<Buffers, Buffers>();

/** The array itself, where it is guarded; else what was given. */
export function unguarded<T extends Buffers>(array: T): T {
  return (targets.get(array) ?? array) as T;
}

function indexOf(key: string | symbol): number {
  if (typeof key !== 'string' || !/^-?\d+$/.test(key)) return NaN;
  return Number(key);
}

function valueFault(isBytes: boolean, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isInteger(value)) return true;
  return isBytes ? value < 0 || value > 255 : (value | 0) !== value;
}

/** An array that throws at any index outside and any value that it would have to truncate. */
export function guarded<T extends Buffers>(array: T, name: string): T {
  const isBytes = array instanceof Uint8Array;
  const proxy = new Proxy(array, {
    get(target, key) {
      const index = indexOf(key);
      if (!Number.isNaN(index)) {
        if (index < 0 || index >= target.length) throw new RangeError(`read of ${name}[${index}], length ${target.length}`);
        return target[index];
      }
      if (key === 'set') {
        return (source: ArrayLike<number>, at = 0) => {
          if (at < 0 || at + source.length > target.length) throw new RangeError(`set of ${name}[${at} … ${at + source.length})`);
          target.set(source instanceof Uint8Array ? unguarded(source) : source, at);
        };
      }
      if (key === 'subarray') {
        return (from: number, to: number) => {
          if (from < 0 || to < from || to > target.length) throw new RangeError(`view of ${name}[${from} … ${to})`);
          return guarded(target.subarray(from, to), `${name}+${from}`);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as (...a: unknown[]) => unknown).bind(target) : value;
    },
    set(target, key, value) {
      const index = indexOf(key);
      if (Number.isNaN(index) || index < 0 || index >= target.length) {
        throw new RangeError(`write of ${name}[${String(key)}], length ${target.length}`);
      }
      if (valueFault(isBytes, value)) throw new RangeError(`${name}[${index}] = ${String(value)} is not ${isBytes ? 'a byte' : 'an int32'}`);
      target[index] = value as number;
      return true;
    },
  });
  targets.set(proxy, array);
  return proxy;
}

/** Puts guards around every buffer of a struct; the same buffer in two fields stays the same. */
export function guardFields(struct: object): void {
  const fields = struct as Record<string, unknown>;
  const done = new Map<unknown, Buffers>();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Uint8Array || value instanceof Int32Array) {
      const known = done.get(value) ?? guarded(value, name);
      done.set(value, known);
      fields[name] = known;
    }
  }
}

/** Puts guards around every buffer of a client. */
export function guardClient(c: Client): void {
  guardFields(c);
  if (c.v5 !== null) guardFields(c.v5);
}
