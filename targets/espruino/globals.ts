/**
 * Espruino's global functions, declared: nothing of this file is in a build.
 * Must not know: MQTT. Read first: https://www.espruino.com/Reference#t__global.
 */
import type { Network, Timer } from './platform.js';

export declare const E: {
  hwRand(): number;
  CRC32(bytes: Uint8Array): number;
  toString(bytes: Uint8Array): string;
  /** The string's own bytes, not a copy. */
  toArrayBuffer(text: string): ArrayBuffer;
  /** Absent from small firmware. */
  isUTF8?: (text: string) => boolean;
};

export declare function getTime(): number;
export declare function require(name: string): Network;
export declare function setTimeout<Value>(action: (value: Value) => void, ms: number, value: Value): Timer;
export declare function clearTimeout(timer: Timer): void;

/** What `require` returns to the program: also the prototype of every client. */
export declare const exports: { readonly emit: unknown };

/** With what the language's types for ES5 do not know. */
export declare const Object: Omit<ObjectConstructor, 'assign'> & { assign(target: object, source: object): object };
