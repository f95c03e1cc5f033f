/**
 * A serial port of Linux or macOS that is read and written on the main thread. The native binding opens ports so that
 * neither ever waits, yet sends each read and write through the thread pool, where a piece of 8 to 32 bytes, which is what
 * drivers give away at a time, costs 23 µs in place of 0.4; and it reads twice, the second time to find nothing. Here the
 * system says first that there are bytes. Busy lines are read together, once in a while: one waking serves them all.
 * Must not know: what the bytes mean.
 *
 * Read first: `unix-read.js`, `poller.js` and `poller.cpp` of `@serialport/bindings-cpp`.
 */
import type { EventEmitter } from 'node:events';
import { readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineLoad } from './line-load.js';
import type { SerialBinding } from './line-settings.js';

type SerialPort = Awaited<ReturnType<SerialBinding['open']>>;

/** What the binding's ports have beside that on these systems. */
interface UnixPort extends SerialPort {
  readonly fd: number | null;
  /** Emits `readable` and `writable` with null, or with an error: also when the port is closed. */
  readonly poller: EventEmitter & { poll(ready: number): void };
}

const enum Ready {
  Readable = 1,
  Writable = 2,
}

const enum Pace {
  /** Between two reads of busy lines: 58 bytes at 115,200 baud. */
  GatherMs = 5,
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The binding, whose ports are of this kind where the system has it. */
export function withDirectPorts(binding: SerialBinding): SerialBinding {
  return {
    list: () => binding.list(),
    open: async (options) => {
      const port = await binding.open(options);
      return 'fd' in port && 'poller' in port ? new DirectPort(port as UnixPort) : port;
    },
  };
}

let gathering: Promise<void> | null = null;

/** A pause in which bytes gather; all lines that are busy share it. */
function gathered(): Promise<void> {
  gathering ??= sleep(Pace.GatherMs).then(() => { gathering = null; });
  return gathering;
}

export class DirectPort implements SerialPort {
  private reader: Waiter | null = null;
  private writer: Waiter | null = null;
  private writing: Promise<void> = Promise.resolve();
  private readonly load: LineLoad;
  private gathers = false;

  constructor(private readonly port: UnixPort) {
    this.load = new LineLoad(port.openOptions.baudRate);
    port.poller.on('readable', (error: Error | null) => {
      const waiter = this.reader;
      this.reader = null;
      this.settle(waiter, error);
    });
    port.poller.on('writable', (error: Error | null) => {
      const waiter = this.writer;
      this.writer = null;
      this.settle(waiter, error);
    });
  }

  get openOptions(): SerialPort['openOptions'] {
    return this.port.openOptions;
  }

  get isOpen(): boolean {
    return this.port.isOpen;
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    const attempt = (): number => this.attempt((fd) => readSync(fd, buffer, offset, length, null));
    await (this.gathers ? gathered() : this.ready(Ready.Readable));
    let bytesRead = attempt();
    while (bytesRead < 0) {
      await this.ready(Ready.Readable);
      bytesRead = attempt();
    }
    if (bytesRead === 0) throw new Error('the device has hung up');
    this.load.took(bytesRead, performance.now());
    // A full buffer says that the line is faster than its rate, as USB is: what is behind it does not wait.
    this.gathers = this.load.isBusy && bytesRead < length;
    return { buffer, bytesRead };
  }

  write(buffer: Buffer): Promise<void> {
    this.writing = this.writeAll(buffer);
    return this.writing;
  }

  private async writeAll(buffer: Buffer): Promise<void> {
    for (let at = 0; at < buffer.length;) {
      const count = this.attempt((fd) => writeSync(fd, buffer, at, buffer.length - at, null));
      if (count > 0) at += count;
      else await this.ready(Ready.Writable);
    }
  }

  /** What a read or write returns; -1: the system has nothing, or takes nothing, just now. */
  private attempt(move: (fd: number) => number): number {
    const fd = this.openFd();
    try {
      return move(fd);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') return -1;
      throw error;
    }
  }

  private openFd(): number {
    const { fd } = this.port;
    // The stream takes this word for its own wish.
    if (fd === null) throw Object.assign(new Error('the port is closed'), { canceled: true });
    return fd;
  }

  private ready(what: Ready): Promise<void> {
    this.openFd();
    return new Promise((resolve, reject) => {
      if (what === Ready.Readable) this.reader = { resolve, reject };
      else this.writer = { resolve, reject };
      this.poll();
    });
  }

  private settle(waiter: Waiter | null, error: Error | null): void {
    if (error !== null) {
      waiter?.reject(error);
      return;
    }
    this.poll();
    waiter?.resolve();
  }

  /** The poller forgets one wish for another, and goes on with wishes that were fulfilled: it is told all of them each time. */
  private poll(): void {
    this.port.poller.poll((this.reader === null ? 0 : Ready.Readable) | (this.writer === null ? 0 : Ready.Writable));
  }

  close(): Promise<void> {
    return this.port.close();
  }

  async update(options: { baudRate: number }): Promise<void> {
    await this.port.update(options);
    this.load.baudRate = options.baudRate;
  }

  set(options: Parameters<SerialPort['set']>[0]): Promise<void> {
    return this.port.set(options);
  }

  get(): ReturnType<SerialPort['get']> {
    return this.port.get();
  }

  getBaudRate(): ReturnType<SerialPort['getBaudRate']> {
    return this.port.getBaudRate();
  }

  flush(): Promise<void> {
    return this.port.flush();
  }

  async drain(): Promise<void> {
    await this.writing;
    await this.port.drain();
  }
}
