/**
 * The engine's link over standard input and output, in the serial link's frames: a Lua process as a board behind `midge gateway`, on a pseudo-terminal or
 * a real port. It takes port.ts's place in the build. LuaSocket only waits and tells the time. Must not know: MQTT, frames.
 */
import { type Engine, engineResume, type Link } from '../engine.js';
import { error } from '../lua.js';
import { createSerial, type Serial, serialNextDeadline, serialReceived, serialRun } from '../serial.js';
import { type Socket, type Waitable } from './platform.js';
import { canRead, loadSocket, milliseconds, readByte, standardInput, waitFor, writeOutput } from './streams.js';

export interface Port extends Link {
  host: string;
  portNumber: number;
  engine: Engine | undefined;
  socket: Socket;
  input: Waitable;
  serial: Serial;
  hasEnded: boolean;
}

export const needsHost = false;

export function createPort(): Port {
  const socket = loadSocket();
  const serial = createSerial(milliseconds(socket), () => milliseconds(socket), writeOutput);
  return {
    host: '', portNumber: 0, engine: undefined, socket: socket, input: standardInput(), serial: serial, hasEnded: false,
    now: serial.link.now, open: serial.link.open, close: serial.link.close, send: serial.link.send, hold: serial.link.hold,
  };
}

export function portStep(p: Port, seconds: number): void {
  engineResume(p.engine as Engine);
  portRest(p);
  let wait = serialNextDeadline(p.serial) / 1000;
  if (wait > seconds) wait = seconds;
  waitFor(p.socket, p.hasEnded ? undefined : p.input, undefined, wait);
  while (!p.hasEnded && canRead(p.socket, p.input)) {
    const byte = readByte();
    if (byte === undefined) p.hasEnded = true;
    else serialReceived(p.serial, byte);
  }
  portRest(p);
  if (p.hasEnded) error('midge: standard input has ended: nobody is at the other end of the link any more', 0);
}

/** Between link and engine: also within `connect` and `publish`, so that nothing waits for the next step. */
export function portRest(p: Port): void {
  p.serial.engine = p.engine;
  serialRun(p.serial);
}
