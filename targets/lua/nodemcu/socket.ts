/**
 * Calls of a NodeMCU socket that may raise an error, which must not end the program: written by hand in socket.lua, since TypeScript has
 * no word for a method that is called by `pcall` without a closure. Must not know: MQTT.
 */
import type { Socket } from './platform.js';

/** False: there is no connection, or no memory. */
export declare function trySend(socket: Socket, text: string): boolean;

/** False: the name cannot even be asked for, as without a network. */
export declare function tryConnect(socket: Socket, port: number, host: string): boolean;

/** Closes; one that is gone already raises an error, which says nothing new. */
export declare function tryClose(socket: Socket): void;
