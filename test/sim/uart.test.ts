/** The UART of simulated boards: its pace, its noise, and that a seed repeats it. */
import test from 'ava';
import { Uart } from '../../src/sim/board/uart.js';

function wired(options: Partial<ConstructorParameters<typeof Uart>[0]> = {}): { uart: Uart; written: () => Buffer; wire: { waitingBytes: number } } {
  const parts: Buffer[] = [];
  const uart = new Uart({ baudRate: 10_000, bitErrorRate: 0, seed: 1, ...options });
  const wire = { waitingBytes: 0, write: (bytes: Buffer): void => { parts.push(bytes); }, setBaud: (_rate: number, done: () => void): void => { done(); } };
  uart.wire = wire;
  return { uart, wire, written: () => Buffer.concat(parts) };
}

/** Sends all of it, and returns the milliseconds that it took. */
function sendAll(uart: Uart, bytes: Uint8Array): number {
  let now = 0;
  for (let at = 0; at < bytes.length;) {
    now += uart.waitMs(now);
    at += uart.send(bytes.subarray(at), now);
  }
  return now;
}

test('bytes leave as they are, at ten bits each', (t) => {
  const { uart, written } = wired();
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => at & 255));
  const ms = sendAll(uart, bytes);
  t.deepEqual(written(), bytes);
  t.true(ms > 980 && ms <= 1000, `${ms} ms for 1000 bytes at 1000 bytes a second, of which the FIFO holds 8`);
  let isDone = false;
  uart.setBaud(20_000, () => { isDone = true; });
  t.true(isDone);
  const from = 5000;
  uart.send(bytes, from);
  t.true(uart.waitMs(from) <= 1, 'what the FIFO holds is counted in time');
});

test('noise flips about as many bits as it says, drawn from the seed', (t) => {
  const bytes = Buffer.alloc(100_000);
  const passed = (seed: number): Buffer => wired({ bitErrorRate: 1e-3, seed }).uart.receive(bytes);
  const { uart } = wired({ bitErrorRate: 1e-3, seed: 7 });
  const first = uart.receive(bytes);
  t.true(uart.bitsFlipped > 850 && uart.bitsFlipped < 1150, `${uart.bitsFlipped} of a million bits at 1e-3`);
  t.true(first.length < bytes.length && first.length > bytes.length - 250, `${bytes.length - first.length} bytes without start or stop bit`);
  t.true(first.some((byte) => byte !== 0));
  t.deepEqual(passed(7), first);
  t.notDeepEqual(passed(8), first);
  t.deepEqual(bytes, Buffer.alloc(100_000), 'the bytes given are left alone');
});

test('with nobody there to read, bytes are lost and counted, as on a wire', (t) => {
  const { uart, wire, written } = wired();
  wire.waitingBytes = 4096;
  sendAll(uart, Buffer.alloc(10));
  t.is(written().length, 0);
  t.is(uart.bytesUnread, 10);
  uart.wire = null;
  sendAll(uart, Buffer.alloc(5));
  t.is(uart.bytesUnread, 15);
});
