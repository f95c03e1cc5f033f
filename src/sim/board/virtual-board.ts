/**
 * A simulated board: firmware on a UART on a wire, moved by bytes and time. Must not know: what the firmware speaks, what the wire is.
 */
import { linkClock } from '../../gateway/link/link-pump.js';
import type { Firmware, FirmwareHost } from './firmware.js';
import { Uart, type UartOptions, type UartWire } from './uart.js';

const enum Wait {
  /** Between looks at whether everything has been settled. */
  LookMs = 20,
  MostMs = 60_000,
}

export class VirtualBoard<F extends Firmware = Firmware> implements FirmwareHost {
  readonly uart: Uart;
  readonly firmware: F;
  private timer: NodeJS.Timeout | null = null;
  private isRunning = false;
  private runAgain = false;
  private isEnded = false;

  /** `say`: hears what is worth a line; the same words twice in a row are said once. */
  constructor(uart: UartOptions, make: (host: FirmwareHost) => F, private readonly say: (words: string) => void = () => undefined) {
    this.uart = new Uart(uart);
    this.firmware = make(this);
  }

  private said = '';

  tell(words: string): void {
    if (words !== this.said) this.say(words);
    this.said = words;
  }

  setBaud(baudRate: number, done: (now: number) => void): void {
    this.uart.setBaud(baudRate, () => {
      done(linkClock());
      this.run();
    });
  }

  plug(wire: UartWire): void {
    this.uart.wire = wire;
    this.firmware.wireOpened(linkClock());
    this.run();
  }

  unplug(): void {
    if (this.uart.wire === null) return;
    this.uart.wire = null;
    this.firmware.wireLost(linkClock());
    this.run();
  }

  input(bytes: Uint8Array): void {
    if (this.isEnded) return;
    this.firmware.input(this.uart.receive(bytes), linkClock());
    this.run();
  }

  /** Moves everything that can move. A call out of a call is caught up with. */
  private run(): void {
    if (this.isRunning) {
      this.runAgain = true;
      return;
    }
    if (this.isEnded) return;
    this.isRunning = true;
    do {
      this.runAgain = false;
      this.firmware.turn(linkClock());
      if (this.send()) this.runAgain = true;
    } while (this.runAgain);
    this.isRunning = false;
    this.setTimer();
  }

  /** True: something was sent, so there may be more to do. */
  private send(): boolean {
    let hasSent = false;
    while (this.uart.wire !== null && this.uart.waitMs(performance.now()) === 0) {
      const bytes = this.firmware.output(linkClock());
      if (bytes.length === 0) break;
      this.firmware.sent(this.uart.send(bytes, performance.now()));
      hasSent = true;
    }
    return hasSent;
  }

  private setTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const uartMs = this.uart.waitMs(performance.now());
    // While the UART is behind, nothing leaves, and nothing is due before.
    const waitMs = uartMs > 0 ? uartMs : Math.min(this.firmware.nextDeadline(linkClock()), Wait.MostMs);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.run();
    }, Math.ceil(waitMs));
  }

  /** Begins to measure, where that is not left to the firmware. */
  start(): void {
    this.firmware.start(linkClock());
    this.run();
  }

  /** Measures no more, and resolves when all that was promised has arrived, at the latest after `timeoutMs`. */
  async settle(timeoutMs: number): Promise<void> {
    this.firmware.rest();
    this.run();
    await this.until(() => this.firmware.isSettled, timeoutMs);
  }

  /** Says goodbye, waits at most `timeoutMs` for that, and ends. */
  async end(timeoutMs: number): Promise<void> {
    if (this.isEnded) return;
    this.firmware.rest();
    this.firmware.leave(linkClock());
    this.run();
    await this.until(() => this.firmware.hasLeft, timeoutMs);
    this.isEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.uart.wire = null;
  }

  /** Resolves when something holds, or the time is over. */
  async until(holds: () => boolean, timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!holds() && performance.now() < endMs) await new Promise((resolve) => { setTimeout(resolve, Wait.LookMs); });
  }
}
