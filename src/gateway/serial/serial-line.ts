/**
 * One opening of a serial port: bytes both ways, until it is closed or unplugged. Used once; the keeper opens the next.
 * Must not know: where the device was found, what the bytes mean.
 *
 * Read first: the documentation of `@serialport/stream`. What it does not say, measured on Linux: a device that goes away
 * gives `close` with an error at the next read, the callback of a write in flight may never come, and DTR and RTS cannot
 * be set on pseudo-terminals.
 */
import { SerialPortStream } from '@serialport/stream';
import type { LineSettings, SerialBinding } from './line-settings.js';

/** What happens to a line. After `lineClosed`, nothing does. */
export interface LineOwner {
  lineOpened(): void;
  /** The bytes are the owner's until the next call. */
  lineData(bytes: Buffer): void;
  /** What was written has gone to the operating system: `unsentBytes` is 0. */
  lineDrained(): void;
  /** Closed, or could not be opened; `error` says why where nobody asked for it. */
  lineClosed(error: Error | null): void;
}

const enum Limit {
  /** Bytes read ahead of a paused owner, and the size of one read. */
  ReadBytes = 4096,
  /** A last message may take this long to leave before the line is cut. */
  DrainMs = 500,
}

export class SerialLine {
  private readonly stream: SerialPortStream;
  private isEnding = false;
  private isOver = false;
  private opened = false;
  /** Written, and not yet with the operating system. */
  unsentBytes = 0;
  bytesIn = 0;
  bytesOut = 0;
  private endTimer: NodeJS.Timeout | null = null;

  constructor(readonly path: string, settings: LineSettings, binding: SerialBinding, private readonly owner: LineOwner) {
    const { baudRate, dataBits, parity, stopBits, flowControl } = settings;
    const isXon = flowControl === 'xon-xoff';
    this.stream = new SerialPortStream({
      binding, path, baudRate, dataBits, parity, stopBits, autoOpen: false, lock: true, highWaterMark: Limit.ReadBytes,
      rtscts: flowControl === 'rts-cts', xon: isXon, xoff: isXon,
    });
    this.stream.on('error', (error) => this.over(error));
    this.stream.on('close', (error: Error | null) => this.over(error));
    this.stream.on('data', (bytes: Buffer) => {
      if (this.isEnding || this.isOver) return;
      this.bytesIn += bytes.length;
      owner.lineData(bytes);
    });
    this.stream.open((error) => {
      if (error !== null) this.over(error);
      else if (this.isEnding) this.stream.close();
      else this.ready(settings);
    });
  }

  private ready({ dtr, rts }: LineSettings): void {
    this.opened = true;
    // A pseudo-terminal has no such lines, and a board that needs none works without.
    if (dtr !== undefined || rts !== undefined) this.stream.set({ dtr, rts }, () => undefined);
    this.owner.lineOpened();
  }

  /** The bytes stay untouched until `lineDrained`. */
  write(bytes: Uint8Array): void {
    if (this.isEnding || this.isOver || bytes.length === 0) return;
    this.unsentBytes += bytes.length;
    this.stream.write(bytes, (error) => {
      if (error !== null && error !== undefined) return;
      this.unsentBytes -= bytes.length;
      this.bytesOut += bytes.length;
      if (this.unsentBytes === 0 && !this.isEnding && !this.isOver) this.owner.lineDrained();
    });
  }

  /** Lets what was written leave, and goes on at another rate. `done` is not called when the line is lost meanwhile. */
  setBaud(baudRate: number, done: () => void): void {
    this.stream.drain(() => {
      if (this.isEnding || this.isOver) return;
      this.stream.update({ baudRate }, (error) => {
        if (error !== null) this.over(error);
        else if (!this.isEnding && !this.isOver) done();
      });
    });
  }

  /** No more `lineData` until `resume`, except for what is under way: at most two reads. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    if (!this.isEnding && !this.isOver) this.stream.resume();
  }

  /** Sends what is written, as far as that takes no longer than a moment, and closes. `lineClosed` follows. */
  close(): void {
    if (this.isEnding || this.isOver) return;
    this.isEnding = true;
    if (!this.opened) return;
    this.endTimer = setTimeout(() => this.cut(), this.unsentBytes === 0 ? 0 : Limit.DrainMs);
  }

  /** Closes at once; what the board has not taken is lost. */
  cut(): void {
    this.isEnding = true;
    if (this.endTimer !== null) clearTimeout(this.endTimer);
    this.endTimer = null;
    if (!this.stream.isOpen) return;
    // Else the driver of a UART whose board takes nothing may hold the closing for half a minute.
    if (this.unsentBytes > 0) this.stream.flush(() => { if (this.stream.isOpen) this.stream.close(); });
    else this.stream.close();
  }

  private over(error: Error | null): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.endTimer !== null) clearTimeout(this.endTimer);
    // An error that is no end, such as one of a control line, leaves the port open.
    if (this.stream.isOpen) this.stream.close(() => undefined);
    this.owner.lineClosed(this.isEnding && this.opened ? null : error);
  }
}
