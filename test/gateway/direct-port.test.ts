/** Ports read and written on the main thread: a named pipe stands in for the device, and the test for the poller. */
import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { withDirectPorts } from '../../src/gateway/serial/direct-port.js';
import { LineLoad } from '../../src/gateway/serial/line-load.js';
import type { SerialBinding } from '../../src/gateway/serial/line-settings.js';

type SerialPort = Awaited<ReturnType<SerialBinding['open']>>;

const readable = 1;
const writable = 2;

/** Notes what is asked of it, and says what it is told to. */
class Poller extends EventEmitter {
  readonly asked: number[] = [];

  poll(ready: number): void {
    this.asked.push(ready);
  }

  get last(): number | undefined {
    return this.asked.at(-1);
  }
}

class Device {
  readonly poller = new Poller();
  readonly openOptions = { path: '', baudRate: 9600 };
  fd: number | null;
  drained = false;
  /** The other end. */
  readonly far: number;

  constructor(t: ExecutionContext, flags: number) {
    const folder = mkdtempSync(path.join(tmpdir(), 'midge-port-'));
    const file = path.join(folder, 'pipe');
    execFileSync('mkfifo', [file]);
    this.far = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
    this.fd = openSync(file, flags | constants.O_NONBLOCK);
    const { fd } = this;
    t.teardown(() => {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    });
  }

  get isOpen(): boolean {
    return this.fd !== null;
  }

  close(): Promise<void> {
    this.fd = null;
    for (const event of ['readable', 'writable']) this.poller.emit(event, Object.assign(new Error('Canceled'), { canceled: true }));
    return Promise.resolve();
  }

  drain(): Promise<void> {
    this.drained = true;
    return Promise.resolve();
  }
}

async function opened(t: ExecutionContext, flags: number = constants.O_RDWR): Promise<{ device: Device; port: SerialPort }> {
  const device = new Device(t, flags);
  const binding = { open: () => Promise.resolve(device), list: () => Promise.resolve([]) } as unknown as SerialBinding;
  return { device, port: await withDirectPorts(binding).open(device.openOptions) };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test('a port is read when there is something, and waits again where there was nothing after all', async (t) => {
  const { device, port } = await opened(t);
  const buffer = Buffer.alloc(10);
  const reading = port.read(buffer, 2, 8);
  t.deepEqual(device.poller.asked, [readable]);
  device.poller.emit('readable', null);
  await turn();
  t.deepEqual(device.poller.asked, [readable, 0, readable]);
  writeSync(device.far, 'abc');
  device.poller.emit('readable', null);
  t.is((await reading).bytesRead, 3);
  t.is(buffer.toString('latin1', 2, 5), 'abc');
  closeSync(device.far);
});

test('a write that the system takes in parts waits in between, without forgetting the read that waits', async (t) => {
  const { device, port } = await opened(t);
  const bytes = Buffer.from(Uint8Array.from({ length: 150_000 }, (_, n) => n * 7));
  const reading = port.read(Buffer.alloc(1), 0, 1);
  const writing = port.write(bytes);
  const draining = port.drain();
  const came: Buffer[] = [];
  for (let left = bytes.length; left > 0;) {
    const isWritten = left <= 65_536;
    t.is(device.poller.last, isWritten ? readable : readable | writable);
    t.is(device.drained, isWritten);
    const piece = Buffer.alloc(65_536);
    const count = readSync(device.far, piece);
    came.push(piece.subarray(0, count));
    left -= count;
    device.poller.emit('writable', null);
    await turn();
  }
  await writing;
  await draining;
  t.deepEqual(Buffer.concat(came), bytes);
  await port.close();
  await t.throwsAsync(reading);
  closeSync(device.far);
});

test('closing ends what waits, and what comes after, in the way that the stream takes for its own wish', async (t) => {
  const { device, port } = await opened(t);
  const reading = port.read(Buffer.alloc(1), 0, 1);
  await port.close();
  t.like(await t.throwsAsync(reading), { canceled: true });
  t.like(await t.throwsAsync(port.read(Buffer.alloc(1), 0, 1)), { canceled: true });
  t.like(await t.throwsAsync(port.write(Buffer.from('x'))), { canceled: true });
  closeSync(device.far);
});

test('the end of a device, and every other error, is none of the kind', async (t) => {
  const { device, port } = await opened(t, constants.O_RDONLY);
  const reading = port.read(Buffer.alloc(1), 0, 1);
  closeSync(device.far);
  device.poller.emit('readable', null);
  t.is((await t.throwsAsync(reading))?.message, 'the device has hung up');
  await t.throwsAsync(port.write(Buffer.from('x')), { code: 'EBADF' });
  const next = port.read(Buffer.alloc(1), 0, 1);
  device.poller.emit('readable', new Error('bad file descriptor'));
  t.is((await t.throwsAsync(next))?.message, 'bad file descriptor');
});

test('a busy line is read without waiting to be told of bytes; one that is faster than its rate without a pause', async (t) => {
  const { device, port } = await opened(t);
  const read = async (length: number): Promise<number> => (await port.read(Buffer.alloc(length), 0, length)).bytesRead;
  const first = read(100);
  // 40 bytes at 9,600 baud take longer than a line may be ahead.
  writeSync(device.far, Buffer.alloc(40));
  device.poller.emit('readable', null);
  t.is(await first, 40);
  const askedThen = device.poller.asked.length;
  const second = read(100);
  writeSync(device.far, Buffer.alloc(30));
  await turn();
  writeSync(device.far, Buffer.alloc(30));
  t.is(await second, 60);
  t.is(device.poller.asked.length, askedThen);
  writeSync(device.far, Buffer.alloc(120));
  t.is(await read(100), 100);
  const last = read(100);
  t.is(device.poller.asked.length, askedThen + 1);
  device.poller.emit('readable', null);
  t.is(await last, 20);
  closeSync(device.far);
});

/** When a line that carries this part of its rate, in pieces of 32 bytes, is first busy; null: not within a second. */
function busyAfterMs(share: number): number | null {
  const load = new LineLoad(115_200);
  const pieceMs = 320_000 / 115_200 / share;
  for (let atMs = 0; atMs < 1000; atMs += pieceMs) {
    load.took(32, atMs);
    if (load.isBusy) return atMs;
  }
  return null;
}

test('a line is busy that has carried nearly all that it can for a while', (t) => {
  t.is(busyAfterMs(0.7), null);
  const afterMs = busyAfterMs(1) ?? NaN;
  t.true(afterMs > 60 && afterMs < 85, String(afterMs));
  t.true((busyAfterMs(0.85) ?? NaN) > afterMs);
});

test('a line that was busy for long, and then silent, is not busy with its next message', (t) => {
  const load = new LineLoad(115_200);
  for (let atMs = 0; atMs < 5000; atMs += 2) load.took(32, atMs);
  t.true(load.isBusy);
  load.took(8, 5040);
  t.false(load.isBusy);
});

test('at another rate the same bytes make another load', (t) => {
  const load = new LineLoad(115_200);
  load.baudRate = 1_152_000;
  load.took(2000, 0);
  t.false(load.isBusy);
  load.baudRate = 115_200;
  load.took(2000, 1000);
  t.true(load.isBusy);
});
