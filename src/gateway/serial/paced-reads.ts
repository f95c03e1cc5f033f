/**
 * Lets the bytes of a busy line gather before they are read. Drivers give away what a UART's FIFO holds, 8 to 32 bytes, and
 * the binding goes through a thread twice for each piece, the second time to find nothing: with 16 busy ports that was more
 * than half of the gateway's processor time. A line that was quiet is read at once, so that a message by itself is not late.
 * Must not know: what the bytes mean.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialBinding } from './line-settings.js';

const enum Pace {
  /** Without bytes for so long a line is quiet. */
  QuietMs = 10,
  /** A line that was not quiet for longer is busy: a message of 200 bytes at 115,200 baud is over by then. */
  RunMs = 20,
  /** Before a busy line is read again. */
  GatherMs = 2,
}

type SerialPort = Awaited<ReturnType<SerialBinding['open']>>;

/** The binding, whose ports read in this way. `now` and `pause` stand in for the clock in tests. */
export function withPacedReads(binding: SerialBinding, now = (): number => performance.now(), pause: (ms: number) => Promise<unknown> = sleep): SerialBinding {
  return { list: () => binding.list(), open: async (options) => paced(await binding.open(options), now, pause) };
}

function paced(port: SerialPort, now: () => number, pause: (ms: number) => Promise<unknown>): SerialPort {
  const read = port.read.bind(port);
  let beganMs = 0;
  let lastMs = -Infinity;
  port.read = async (buffer, offset, length) => {
    if (now() - lastMs < Pace.QuietMs && lastMs - beganMs > Pace.RunMs) await pause(Pace.GatherMs);
    const result = await read(buffer, offset, length);
    const atMs = now();
    if (atMs - lastMs >= Pace.QuietMs) beganMs = atMs;
    lastMs = atMs;
    return result;
  };
  return port;
}
