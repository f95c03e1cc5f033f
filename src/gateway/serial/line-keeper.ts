/**
 * Keeps one device open: opens it when it is there, opens it again when it was lost or could not be opened, with growing
 * pauses, and lets it go when it is unplugged. Must not know: how devices are found, what the bytes mean.
 */
import type { Claims } from './claims.js';
import type { Device } from './device-watch.js';
import type { LineSettings, SerialBinding } from './line-settings.js';
import { openFaultWords } from './open-fault.js';
import { type LineOwner, SerialLine } from './serial-line.js';

export const enum KeeperState {
  /** There is no device. */
  Missing,
  /** Another port of this gateway has the device. */
  Taken,
  Opening,
  Open,
  /** Before the next attempt to open. */
  Pausing,
  /** The line is on its way out, by the keeper's wish. */
  Closing,
  Ended,
}

export const keeperStateWords: Readonly<Record<KeeperState, string>> = {
  [KeeperState.Missing]: 'missing', [KeeperState.Taken]: 'taken', [KeeperState.Opening]: 'opening', [KeeperState.Open]: 'open',
  [KeeperState.Pausing]: 'pausing', [KeeperState.Closing]: 'closing', [KeeperState.Ended]: 'ended',
};

/** Who uses the line. */
export interface KeeperOwner {
  keeperOpened(line: SerialLine): void;
  keeperData(bytes: Buffer): void;
  keeperDrained(): void;
  /** The open line is no more. */
  keeperLost(): void;
  /** For the log: each thing once, however often it is tried. */
  keeperSays(level: 'warn' | 'info', event: string, words: string): void;
}

const enum Pause {
  LeastMs = 100,
  MostMs = 10_000,
  /** A line that was open this long was a good one: the next pause is the least. */
  GoodMs = 5000,
}

export class LineKeeper implements LineOwner {
  state = KeeperState.Missing;
  opens = 0;
  /** Times that an open line was lost, not counting those closed by wish. */
  losses = 0;
  private device: Device | null = null;
  /** The device of the present line, or the one whose claim is held. */
  private claimed: Device | null = null;
  private line: SerialLine | null = null;
  private pauseMs = Pause.LeastMs as number;
  private timer: NodeJS.Timeout | null = null;
  private openedAtMs = 0;
  private said = '';
  private isEnding = false;
  private whenEnded: (() => void)[] = [];
  /** Another port of this gateway has let a device go. */
  private readonly onFree = (): void => {
    if (this.state === KeeperState.Taken) this.begin();
  };

  constructor(
    private readonly name: string, private readonly settings: LineSettings, private readonly binding: SerialBinding,
    private readonly claims: Claims, private readonly owner: KeeperOwner,
  ) {}

  get path(): string | null {
    return this.device?.path ?? null;
  }

  /** The device that there is now, or null. `where`: how it was selected, for the log. */
  found(device: Device | null, where: string): void {
    if (this.state === KeeperState.Ended) return;
    this.device = device;
    if (device === null) {
      this.say('info', 'missing', `waiting for ${where}, which is not there`);
      if (this.line !== null) this.letGo();
      else this.settle(KeeperState.Missing);
    } else if (this.line === null) this.begin();
    else if (this.claimed?.id !== device.id) this.letGo();
  }

  /** Sends what is written, closes, and resolves when the device is free. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.whenEnded.push(resolve);
      if (this.state === KeeperState.Ended || this.line === null) this.settle(KeeperState.Ended);
      else {
        this.device = null;
        this.state = KeeperState.Closing;
        this.isEnding = true;
        this.line.close();
      }
    });
  }

  private begin(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const device = this.device;
    if (device === null) return;
    if (this.claimed !== null && this.claimed.id !== device.id) this.unclaim();
    if (!this.claims.claim(device.id, this.name, this.onFree)) {
      this.state = KeeperState.Taken;
      this.say('warn', 'taken', `${device.path} is the same device as that of port ${this.claims.holderOf(device.id)}, which has it`);
      return;
    }
    this.claimed = device;
    this.state = KeeperState.Opening;
    this.line = new SerialLine(device.path, this.settings, this.binding, this);
  }

  private letGo(): void {
    if (this.state === KeeperState.Closing) return;
    const wasOpen = this.state === KeeperState.Open;
    this.state = KeeperState.Closing;
    if (wasOpen) {
      this.losses += 1;
      this.owner.keeperLost();
    }
    this.line?.cut();
  }

  lineOpened(): void {
    if (this.state !== KeeperState.Opening || this.line === null) return;
    this.state = KeeperState.Open;
    this.opens += 1;
    this.openedAtMs = performance.now();
    this.say('info', 'opened', `opened ${this.line.path} at ${this.settings.baudRate} baud`);
    this.owner.keeperOpened(this.line);
  }

  lineData(bytes: Buffer): void {
    if (this.state === KeeperState.Open) this.owner.keeperData(bytes);
  }

  lineDrained(): void {
    if (this.state === KeeperState.Open) this.owner.keeperDrained();
  }

  lineClosed(error: Error | null): void {
    const path = this.line?.path ?? '';
    const before = this.state;
    this.line = null;
    if (before === KeeperState.Open) {
      this.losses += 1;
      this.say('warn', 'lost', `lost ${path}: the device has gone (${error?.message ?? 'closed'})`);
      this.owner.keeperLost();
    } else if (before === KeeperState.Opening && error !== null) this.say('warn', 'openFailed', openFaultWords(path, error));
    if (this.isEnding) this.settle(KeeperState.Ended);
    else if (this.device === null) this.settle(KeeperState.Missing);
    else {
      if (performance.now() - this.openedAtMs > Pause.GoodMs && before !== KeeperState.Opening) this.pauseMs = Pause.LeastMs;
      this.state = KeeperState.Pausing;
      this.timer = setTimeout(() => this.begin(), this.pauseMs);
      this.pauseMs = Math.min(this.pauseMs * 2, Pause.MostMs);
    }
  }

  private settle(state: KeeperState.Missing | KeeperState.Ended): void {
    this.state = state;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.pauseMs = Pause.LeastMs;
    this.unclaim();
    if (state !== KeeperState.Ended) return;
    for (const resolve of this.whenEnded) resolve();
    this.whenEnded = [];
  }

  private unclaim(): void {
    if (this.claimed !== null) this.claims.release(this.claimed.id, this.name);
    this.claimed = null;
  }

  private say(level: 'warn' | 'info', event: string, words: string): void {
    if (this.said === words) return;
    this.said = words;
    this.owner.keeperSays(level, event, words);
  }
}
