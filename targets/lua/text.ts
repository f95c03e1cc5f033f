/**
 * Lua strings as bytes, and bytes as Lua strings: what a Lua platform's sockets, UARTs and files deal in. Written by hand in text.lua, since
 * only Lua says it well; the bodies here are never used. Must not know: MQTT, ports.
 */

import type { Engine } from './engine-state.js';

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

/** What is told of a message; `packetId` is 0 at QoS 0. */
export type MessageHandler = (this: void, topic: string, payload: string, qos: number, isRetained: boolean, packetId: number) => void;

/** Tells of `data` if it is one PUBLISH of QoS 0, shorter than 130 bytes, and its topic plain. False: nothing has been done. */
export declare function takePlain(data: string, tell: MessageHandler): boolean;

/** The same for the packet at `from` of what else may have arrived; `e.at` is then where it ends. */
export declare function takePlainAt(e: Engine, data: string, from: number, tell: MessageHandler): boolean;

/**
 * Gives the packet at `from` to `takeMessage` if it is a PUBLISH of QoS 1 or 2 of the same kind, or to `takeAnswer` if it is a PUBACK, PUBREC, PUBREL or PUBCOMP
 * of 3.1.1, with what it holds and where it ends, and returns what they return. False: it is neither.
 */
export declare function takeWithId(
  e: Engine, data: string, from: number, least: number,
  takeMessage: (this: void, e: Engine, topic: string, payload: string, flags: number, packetId: number, to: number) => boolean,
  takeAnswer: (this: void, e: Engine, first: number, packetId: number, to: number) => boolean,
): boolean;

/** A PUBLISH whose remaining length is less than 128; `packetId` is 0 at QoS 0. */
export declare function publishPacket(first: number, topic: string, payload: string, packetId: number): string;

/** PUBACK, PUBREC, PUBREL or PUBCOMP of 3.1.1. */
export declare function answerPacket(first: number, packetId: number): string;

/** The string from the byte at `at`, counted from 0, on. */
export declare function textFrom(text: string, at: number): string;

/** One string of many. */
export declare function joined(parts: readonly string[]): string;
