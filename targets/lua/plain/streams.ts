/**
 * Calls of LuaSocket and `io` that give several results, which TypeScript cannot take apart: written by hand in streams.lua.
 * Must not know: MQTT.
 */
import type { Socket, TcpSocket, Waitable } from './platform.js';

/** `require("socket")` */
export declare function loadSocket(): Socket;

/** The addresses of a host, in the order in which they are to be tried; none: it is not known. */
export declare function addressesOf(socket: Socket, host: string): readonly string[];

/** Begins to connect, and to send without waiting for more. False: it has failed at once. */
export declare function beginConnect(tcp: TcpSocket, address: string, port: number): boolean;

/** Sends `text` from the byte at `from` (counted from 0) on; returns where the rest begins, or -1: the connection is gone. */
export declare function sendFrom(tcp: TcpSocket, text: string, from: number): number;

/** What is there, at most `most` bytes; '' for nothing, nil at the end of the connection. */
export declare function receiveSome(tcp: TcpSocket, most: number): string | undefined;

/** Waits until one of the two can be read, or `tcp` written if it is wanted; nil stands for none. */
export declare function waitFor(socket: Socket, reading: Waitable | undefined, writing: Waitable | undefined, seconds: number): void;

/** Milliseconds modulo 2^30, which never go back. */
export declare function milliseconds(socket: Socket): number;

/** Standard input as something to wait for. Its buffer is turned off, and standard output's too. */
export declare function standardInput(): Waitable;

/** One byte of standard input, which must be there; nil at its end. */
export declare function readByte(): string | undefined;

/** Whether standard input can be read now. */
export declare function canRead(socket: Socket, input: Waitable): boolean;

/** Whether a socket can be written now, or has failed. */
export declare function canWrite(socket: Socket, tcp: TcpSocket): boolean;

export declare function writeOutput(text: string): void;
