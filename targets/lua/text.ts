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

/** Whether a topic is printable ASCII, without wildcards, and not empty. */
export declare function plainTopic(topic: string): boolean;

/** What is told of a message; `flags` are the lowest bits of its first byte. */
export type MessageHandler = (this: void, topic: string, payload: string, flags: number) => void;

/** Tells of the PUBLISH of QoS 0 at `at`, if it is whole, shorter than 130 bytes, and its topic plain; returns where it ends, else `at`. */
export declare function takePlain(data: string, at: number, tell: MessageHandler): number;

/** A PUBLISH of QoS 0 whose remaining length is less than 128. */
export declare function publishPacket(first: number, topic: string, payload: string): string;

/** The string from the byte at `at`, counted from 0, on. */
export declare function textFrom(text: string, at: number): string;
