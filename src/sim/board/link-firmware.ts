/**
 * Firmware of a board in mode link: the core over the serial link, joined by `targets/link/port.ts`. The calls are those of a real
 * board, in their order. Must not know: what the application says, the UART.
 *
 * Read first: targets/link/port.ts; src/link/README.md.
 */
import { linkOf, linkEventWords } from '../../gateway/link/link-words.js';
import {
  createLinkConfig, type Link, linkAskTime, linkBaudSet, LinkChannel, LinkEvent, linkInput, linkNextEvent, linkOutput, linkRestart, linkSent, linkWrite,
} from '../../link/index.js';
import { portCarry, portEvent, portNextDeadline } from '../../../targets/link/port.js';
import type { Application } from './application.js';
import type { Firmware, FirmwareHost } from './firmware.js';

export interface LinkFirmwareOptions {
  readonly baudRate: number;
  /** To which the gateway may raise the rate; 0: it stays. */
  readonly baudRateMax: number;
  readonly seed: number;
}

export class LinkFirmware implements Firmware {
  readonly link: Link;
  private count = 0;

  /** Throws a RangeError that says which rate is not possible. */
  constructor({ baudRate, baudRateMax, seed }: LinkFirmwareOptions, private readonly application: Application, private readonly host: FirmwareHost) {
    const config = createLinkConfig();
    config.baud = baudRate;
    config.baudMax = baudRateMax;
    config.logSendBytes = 128;
    config.seed = seed;
    this.link = linkOf(config);
  }

  input(bytes: Uint8Array, now: number): void {
    linkInput(this.link, bytes, 0, bytes.length, now);
  }

  turn(now: number): void {
    let isBusy = true;
    while (isBusy) {
      isBusy = false;
      this.application.turn(now);
      for (let event = linkNextEvent(this.link); event !== LinkEvent.None; event = linkNextEvent(this.link)) {
        this.take(event, now);
        isBusy = true;
      }
      if (portCarry(this.application.client, this.link, now)) isBusy = true;
    }
  }

  private take(event: LinkEvent, now: number): void {
    const { link } = this;
    this.host.tell(linkEventWords(link, event, 'gateway'));
    portEvent(this.application.client, event, now);
    if (event === LinkEvent.Up) {
      const line = Buffer.from('board has started\n');
      linkWrite(link, LinkChannel.Log, line, 0, line.length);
      linkAskTime(link);
    }
    if (event === LinkEvent.Baud) this.host.setBaud(link.baud, (then) => { linkBaudSet(link, then); });
  }

  output(now: number): Uint8Array {
    this.count = linkOutput(this.link, now);
    return this.link.out.subarray(this.link.outFrom, this.link.outFrom + this.count);
  }

  sent(count: number): void {
    linkSent(this.link, count);
  }

  nextDeadline(now: number): number {
    return Math.min(portNextDeadline(this.application.client, this.link, now), this.application.waitMs());
  }

  wireOpened(now: number): void {
    linkRestart(this.link, now);
  }

  wireLost(now: number): void {
    linkRestart(this.link, now);
  }

  start(now: number): void {
    this.application.start(now);
  }

  rest(): void {
    this.application.rest();
  }

  /** Connected, and told of commands. */
  get isReady(): boolean {
    return this.application.isReady;
  }

  get isSettled(): boolean {
    return this.application.isSettled && this.link.channels[LinkChannel.Mqtt].held === 0;
  }

  leave(now: number): void {
    this.application.leave(now);
  }

  get hasLeft(): boolean {
    return this.application.hasLeft && this.link.channels[LinkChannel.Mqtt].held === 0;
  }
}
