/**
 * What Lua itself offers to the ports. Only declarations: nothing of this file is in a build.
 */

/** A table whose missing fields are looked up in `methods.__index`. */
export declare function setmetatable<T extends object>(this: void, table: T, methods: { readonly __index: object }): T;

/** Ends the call with a message; level 2 names the line of the caller's caller. */
export declare function error(this: void, message: string, level: number): never;

/** Any value in words. */
export declare function tostring(this: void, value: unknown): string;
