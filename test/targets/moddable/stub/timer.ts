/** Moddable's module `timer`, for Node.js: one that is set once is void after it has rung, and scheduling it then throws. */

class Timer {
  private handle: NodeJS.Timeout | undefined;
  private callback: ((timer: Timer) => void) | undefined;

  static set(callback: (timer: Timer) => void, interval = 0, repeat = 0): Timer {
    const timer = new Timer();
    timer.callback = callback;
    timer.start(interval, repeat);
    return timer;
  }

  static repeat(callback: (timer: Timer) => void, interval: number): Timer {
    return Timer.set(callback, interval, interval);
  }

  static schedule(timer: Timer, interval = 0, repeat = 0): void {
    if (timer.callback === undefined) throw new Error('invalid timer');
    clearTimeout(timer.handle);
    timer.start(interval, repeat);
  }

  static clear(timer: Timer | undefined | null): void {
    if (timer === undefined || timer === null || timer.callback === undefined) return;
    clearTimeout(timer.handle);
    timer.callback = undefined;
  }

  private start(interval: number, repeat: number): void {
    this.handle = setTimeout(() => {
      const { callback } = this;
      if (repeat > 0) this.start(repeat, repeat);
      else this.callback = undefined;
      callback?.(this);
    }, interval);
  }
}

export default Timer;
