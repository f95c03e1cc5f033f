/**
 * Requests for subscriptions: each is one filter, waits until it can be sent, is sent again after a lost link, and stays until it is answered.
 * What was granted is remembered, and asked for again where the server has lost the session. Must not know: links, callbacks of applications.
 */
import { type Client, clientSubscribe, clientUnsubscribe, Reason, Status } from './core.js';

const enum Sent {
  No = -1,
}

export interface Request {
  readonly filter: string;
  /** The QoS and, in MQTT 5.0, further options; -1: the subscription is to end. */
  readonly options: number;
  /** What SUBACK or UNSUBACK says about the filter, from 0x80 on a failure. */
  readonly tell: ((reason: number) => void) | undefined;
  /** By which the core names it once it is sent. */
  handle: number;
}

export class Requests {
  /** Those that are not sent. */
  waiting = 0;
  #requests: Request[] = [];
  readonly #granted = new Map<string, number>();
  readonly #core: Client;

  constructor(core: Client) {
    this.#core = core;
  }

  /** Notes a request; `send` sends it when it can be. */
  add(filter: string, options: number, tell: ((reason: number) => void) | undefined): void {
    this.#requests.push({ filter, options, tell, handle: Sent.No });
    this.waiting += 1;
  }

  /** Sends what waits, in order; of one filter only the first, until that is answered. */
  send(): void {
    const refused: Request[] = [];
    for (const request of this.#requests) {
      if (request.handle === Sent.No && this.#requests.find((other) => other.filter === request.filter) === request) {
        const { filter, options } = request;
        const handle = options < 0 ? clientUnsubscribe(this.#core, filter) : clientSubscribe(this.#core, filter, options, 0);
        // Not connected, or the queue is full for now: it keeps its place. What does not even fit an empty one never will.
        if (handle === Status.BadState || (handle === Status.NoControlRoom && this.#core.controlTo > 0)) break;
        if (handle < 0) refused.push(request);
        else {
          request.handle = handle;
          this.waiting -= 1;
        }
      }
    }
    for (const request of refused) {
      // Whoever is told of one may ask for another: then the rest has been told from there.
      if (this.#requests.includes(request)) {
        this.waiting -= 1;
        this.#end(request, Reason.Unspecified);
      }
    }
  }

  answered(handle: number, reason: number): void {
    const request = this.#requests.find((other) => other.handle === handle);
    if (request === undefined) return;
    if (reason < 0x80) {
      if (request.options < 0) this.#granted.delete(request.filter);
      else this.#granted.set(request.filter, request.options);
    }
    this.#end(request, reason);
  }

  #end(request: Request, reason: number): void {
    this.#requests = this.#requests.filter((other) => other !== request);
    request.tell?.(reason);
  }

  /** What was sent and not answered is sent again. */
  linkLost(): void {
    for (const request of this.#requests) request.handle = Sent.No;
    this.waiting = this.#requests.length;
  }

  connected(isSessionPresent: boolean): void {
    if (isSessionPresent) return;
    for (const [filter, options] of this.#granted) {
      if (!this.#requests.some((request) => request.filter === filter)) this.add(filter, options, undefined);
    }
  }
}
