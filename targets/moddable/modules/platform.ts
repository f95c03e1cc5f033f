/**
 * What a client needs of Moddable itself: the time and one alarm. Everything else (sockets, resolvers, serial ports) is handed to it as options.
 * Must not know: MQTT.
 */
import Time from 'time';
import Timer from 'timer';

/** The core's clock: milliseconds modulo 2^30. */
export function clock(): number {
  return Time.ticks & 0x3fffffff;
}

/** Rings once. Setting it later than it stands costs nothing now: it rings early, and whoever listens looks and sets it again. */
export class Alarm {
  #timer: Timer | undefined;
  #at = 0;
  readonly #ring: () => void;

  constructor(ring: () => void) {
    this.#ring = () => {
      this.#timer = undefined;
      ring();
    };
  }

  /** Rings at `now + ms` at the latest. */
  within(ms: number, now: number): void {
    const at = (now + ms) & 0x3fffffff;
    if (this.#timer === undefined) this.#timer = Timer.set(this.#ring, ms);
    else if (((at - this.#at) & 0x3fffffff) >= 0x20000000) Timer.schedule(this.#timer, ms);
    else return;
    this.#at = at;
  }

  clear(): void {
    Timer.clear(this.#timer);
    this.#timer = undefined;
  }
}
