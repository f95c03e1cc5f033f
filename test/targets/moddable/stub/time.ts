/** Moddable's module `time`, for Node.js, as far as it is used: ticks are a signed 32-bit integer that wraps. */

const Time = {
  /** Added to the ticks, so that a test can stand before a wrap. */
  shift: 0,
  get ticks(): number {
    return (Math.floor(performance.now()) + this.shift) | 0;
  },
};

export default Time;
