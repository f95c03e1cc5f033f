/**
 * Two results of one call, which TypeScript cannot say. Written by hand in values.lua; must not know what they are.
 */

/** `return both(a, b)` is Lua's `return a, b`; the caller in TypeScript sees the first. */
export declare function both<A, B>(a: A, b: B): A;
