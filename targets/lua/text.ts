/**
 * Lua strings as bytes, and bytes as Lua strings: what a Lua platform's sockets, UARTs and files deal in. Written by hand in text.lua, since
 * only Lua says it well; the bodies here are never used. Must not know: MQTT, ports.
 */

/** A string in the place of a byte buffer: good as the source of `copyBytes`, and so of `clientInput` and a publish's payload. */
export interface TextBytes extends Uint8Array {
  text: string;
}

/** A view to be used again and again: it costs nothing per message. */
export declare function createText(): TextBytes;

/** Lets the view show `text`. */
export declare function setText(view: TextBytes, text: string): void;

/** `bytes[from … to)` as a string. */
export declare function bytesText(bytes: Uint8Array, from: number, to: number): string;

/** The value of the byte at `at`, counted from 0, of a string. */
export declare function textByte(text: string, at: number): number;

/** The string from the byte at `at`, counted from 0, on. */
export declare function textFrom(text: string, at: number): string;
