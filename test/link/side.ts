/**
 * A link with a program behind it that writes a known stream on a channel, checks the one that arrives, and counts what happens.
 * After every step the link's invariants are asked. Must not know: the wire.
 */
import {
  type CloseReason, createLink, createLinkConfig, type Link, LinkChannel, type LinkConfig, LinkEvent, linkHolds, linkInput, linkNextEvent,
  linkOpened, linkRead, linkTake, linkWrite,
} from '../../src/link/index.js';
import { isPattern, patternFrom } from './pattern.js';
import type { WorldSide } from './world.js';

export class Side implements WorldSide {
  readonly link: Link;
  readonly events: LinkEvent[] = [];
  /** Positions in the streams, by channel: written and read since the session began. */
  readonly written = [0, 0, 0, 0];
  readonly position = [0, 0, 0, 0];
  /** Bytes in all sessions, and how many sessions there were. */
  delivered = 0;
  sessions = 0;
  fault = '';
  /** How many bytes a program may read at a time, and whether it accepts connections. */
  takesMax = Number.POSITIVE_INFINITY;
  /** A channel that is not read. */
  skips = -1;
  accepts = true;
  closeReasons: CloseReason[] = [];
  /** What a test does about an event, beside what is done anyway. */
  onEvent: (event: LinkEvent) => void = () => undefined;
  /** Ask for the invariants after each step; off for the longest runs. */
  isWatched = true;

  constructor(readonly name: string, change: (config: LinkConfig) => void = () => undefined) {
    const config = createLinkConfig();
    change(config);
    const link = createLink(config);
    if (link === null) throw new Error(`${name}: the configuration is refused`);
    this.link = link;
  }

  get isUp(): boolean {
    return this.events.lastIndexOf(LinkEvent.Up) > this.events.lastIndexOf(LinkEvent.Down);
  }

  input(bytes: Uint8Array, now: number): void {
    linkInput(this.link, bytes, 0, bytes.length, now);
    this.look();
  }

  turn(): void {
    if (this.link.events !== 0) this.look();
    else this.check();
  }

  /** Reads events and channels. */
  look(): void {
    let isBusy = true;
    while (isBusy) {
      isBusy = false;
      for (let event = linkNextEvent(this.link); event !== LinkEvent.None; event = linkNextEvent(this.link)) {
        isBusy = true;
        this.act(event);
      }
      for (let channel = 0; channel < 4; channel++) if (channel !== this.skips && this.link.channels[channel].readyCount > 0) isBusy = this.read(channel) || isBusy;
    }
    this.check();
  }

  check(): void {
    if (this.isWatched && !linkHolds(this.link)) this.fault ||= `${this.name}: the invariants do not hold`;
  }

  private act(event: LinkEvent): void {
    if (this.events.length < 1000) this.events.push(event);
    if (event === LinkEvent.Up) this.sessions++;
    this.onEvent(event);
    if (event === LinkEvent.Up || event === LinkEvent.Down) {
      this.written.fill(0);
      this.position.fill(0);
    } else if (event === LinkEvent.Closed) {
      this.closeReasons.push(this.link.closeReason);
    } else if (event === LinkEvent.OpenWanted && this.accepts) {
      this.written[LinkChannel.Mqtt] = 0;
      this.position[LinkChannel.Mqtt] = 0;
      linkOpened(this.link);
    } else if (event === LinkEvent.Opened) {
      this.written[LinkChannel.Mqtt] = 0;
      this.position[LinkChannel.Mqtt] = 0;
    }
  }

  private read(channel: LinkChannel): boolean {
    const l = this.link;
    const count = Math.min(linkRead(l, channel), this.takesMax);
    if (count === 0) return false;
    if (!isPattern(this.position[channel], l.pool, l.readFrom, l.readFrom + count)) {
      this.fault ||= `${this.name}: channel ${channel} is wrong in ${count} bytes from ${this.position[channel]} on`;
    }
    this.position[channel] += count;
    this.delivered += count;
    linkTake(l, channel, count);
    return this.takesMax === Number.POSITIVE_INFINITY;
  }

  /** Writes as much of the channel's stream as there is room for, up to `most` bytes; returns how many. */
  write(channel: LinkChannel, most: number): number {
    const room = this.link.channels[channel].ringSize - this.link.channels[channel].held;
    if (room === 0) return 0;
    const bytes = patternFrom(this.written[channel], Math.min(most, room, 4096));
    const taken = linkWrite(this.link, channel, bytes, 0, bytes.length);
    if (taken > 0) this.written[channel] += taken;
    this.check();
    return Math.max(taken, 0);
  }
}
