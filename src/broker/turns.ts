/*
 * Turns: how much is done for one client before the others are looked after, so that who floods waits and who sends little
 * does not. Work is counted, not timed: a packet taken is one, a message handed to a subscriber another.
 * Knows nothing of packets or sockets.
 */

export interface TurnTaker {
  /** Goes on with what has come. */
  takeTurn(): void;
}

/** In one go for one client: a few milliseconds. */
const turnWorkMax = 2000;
/** For all between two looks at the sockets; beyond it a client gets no more than a little at once. */
const tickWorkMax = 10_000;
const crowdedWorkMax = 50;

export class Turns {
  /** All work since the beginning; whoever does some adds it here. */
  work = 0;
  private tickBeganAt = 0;
  private waiting: TurnTaker[] = [];
  private scheduled = false;

  /** Whether so much has been done since the sockets were last looked at that what can wait should. */
  get isCrowded(): boolean {
    return this.work - this.tickBeganAt >= tickWorkMax;
  }

  /** Begins a turn; it ends when `work` has come to what is returned. */
  begin(): number {
    this.schedule();
    return this.work + (this.isCrowded ? crowdedWorkMax : turnWorkMax);
  }

  /** The taker has its turn after those that wait already. */
  wait(taker: TurnTaker): void {
    this.waiting.push(taker);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.tick);
  }

  private tick = (): void => {
    this.scheduled = false;
    this.tickBeganAt = this.work;
    const takers = this.waiting;
    this.waiting = [];
    let taken = 0;
    while (taken < takers.length && !this.isCrowded) takers[taken++].takeTurn();
    if (taken === takers.length) return;
    this.waiting = takers.slice(taken).concat(this.waiting);
    this.schedule();
  };
}
