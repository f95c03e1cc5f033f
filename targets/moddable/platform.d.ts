/**
 * What the device modules use of Moddable's platform, in types, for this package's own compiler. On a device mcconfig brings the platform's
 * typings instead, and a test checks the modules against `@moddable/typings`. Must not know: anything but signatures.
 */

/** The debug console. */
declare function trace(...words: unknown[]): void;

declare module 'timer' {
  /** A timer that has been set. One that is set once is void after it has rung. */
  class Timer {
    static set(callback: () => void, interval?: number, repeat?: number): Timer;
    static schedule(timer: Timer, interval?: number, repeat?: number): void;
    static clear(timer: Timer | undefined | null): void;
    private readonly brand: boolean;
  }
  export { Timer as default };
}

declare module 'time' {
  const Time: {
    /** Milliseconds since some moment, an integer that wraps. */
    readonly ticks: number;
  };
  export { Time as default };
}
