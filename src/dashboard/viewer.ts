/*
 * One browser that reads a stream of events. It can never hold more memory than one buffer and one event: while it has not
 * read what it was given, it is given nothing, and if that takes too long, it is cut off and may come again.
 * Read first: "Server-sent events" of the HTML standard.
 */
import type { ServerResponse } from 'node:http';

/** A browser that reads nothing for so long is gone, or will be served better by a new start. */
const stuckMs = 30_000;

export class Viewer {
  private stuckSinceMs: number | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    response.flushHeaders();
  }

  /** Whether it was taken; if not, the browser is behind, and the event is gone. */
  send(event: string, data: unknown): boolean {
    if (this.isBehind) {
      const nowMs = this.nowMs();
      this.stuckSinceMs ??= nowMs;
      if (nowMs - this.stuckSinceMs > stuckMs) this.end();
      return false;
    }
    this.stuckSinceMs = undefined;
    // JSON has no line break of its own, so that one line holds it.
    this.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    return true;
  }

  get isBehind(): boolean {
    return this.response.writableNeedDrain;
  }

  end(): void {
    this.response.destroy();
  }
}
