/**
 * SIGHUP, of which none is lost: what comes while the program starts is done when it has started, what comes while one is
 * being done is done after it. Must not know what is done.
 */
export class Hangups {
  private isAsked = false;
  private what: (() => Promise<void>) | undefined;
  private doing: Promise<void> | undefined;

  private readonly heard = (): void => {
    this.isAsked = true;
    this.next();
  };

  /** From now on SIGHUP does not end the process. */
  constructor() {
    process.on('SIGHUP', this.heard);
  }

  /** From now on each SIGHUP is answered; several that come at once are answered together. */
  answer(what: () => Promise<void>): void {
    this.what = what;
    this.next();
  }

  private next(): void {
    if (!this.isAsked || this.what === undefined || this.doing !== undefined) return;
    this.isAsked = false;
    this.doing = this.what().finally(() => {
      this.doing = undefined;
      this.next();
    });
  }

  /** Resolves when what is being done is done. Later ones are heard, so that they do not end the process, and not answered. */
  async stop(): Promise<void> {
    this.what = undefined;
    await this.doing;
  }

  release(): void {
    process.off('SIGHUP', this.heard);
  }
}
