/**
 * Promises that wait for an answer of the core: publishes by handle, subscriptions by row.
 * Must not know: the core, links.
 */
import { Reason, Status } from '../../src/core/index.js';
import type { PublishResult } from './api.js';
import { MidgeError } from './error.js';
import { reasonWords } from './words.js';

export interface Deferred<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Publishes of QoS 1 and 2 whose caller waits. */
export class PendingPublishes {
  private readonly waiting = new Map<number, Deferred<PublishResult>>();

  get count(): number {
    return this.waiting.size;
  }

  wait(handle: number): Promise<PublishResult> {
    return new Promise((resolve, reject) => {
      this.waiting.set(handle, { resolve, reject });
    });
  }

  published(handle: number, reason: Reason): void {
    const deferred = this.waiting.get(handle);
    if (deferred === undefined) return;
    this.waiting.delete(handle);
    deferred.resolve({ handle, reason });
  }

  dropped(handle: number, status: Status, reason: Reason, words: string): void {
    const deferred = this.waiting.get(handle);
    if (deferred === undefined) return;
    this.waiting.delete(handle);
    deferred.reject(new MidgeError(words, { status, reason }));
  }

  rejectAll(error: Error): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const deferred of all) deferred.reject(error);
  }
}

interface Request extends Deferred<{ reason: Reason }> {
  filter: string;
  isSubscribe: boolean;
}

/** SUBSCRIBE and UNSUBSCRIBE whose caller waits. A later request for the same filter supersedes an unlike one. */
export class PendingRequests {
  private readonly waiting = new Map<number, Request[]>();

  wait(row: number, filter: string, isSubscribe: boolean): Promise<{ reason: Reason }> {
    const before = this.waiting.get(row) ?? [];
    for (const request of before) {
      if (request.isSubscribe !== isSubscribe) {
        request.reject(new MidgeError(
          `${request.isSubscribe ? 'the subscription to' : 'the unsubscription from'} '${filter}' was superseded by a later call`,
          { status: Status.Replaced },
        ));
      }
    }
    return new Promise((resolve, reject) => {
      this.waiting.set(row, [...before.filter((request) => request.isSubscribe === isSubscribe), { resolve, reject, filter, isSubscribe }]);
    });
  }

  answered(row: number, reason: Reason): void {
    const requests = this.waiting.get(row);
    if (requests === undefined) return;
    this.waiting.delete(row);
    for (const request of requests) {
      if (reason < Reason.Unspecified) request.resolve({ reason });
      else {
        const what = request.isSubscribe ? 'the subscription to' : 'the unsubscription from';
        request.reject(new MidgeError(`the server refused ${what} '${request.filter}': ${reasonWords(reason)}`, { status: Status.Refused, reason }));
      }
    }
  }

  rejectAll(error: Error): void {
    const all = [...this.waiting.values()].flat();
    this.waiting.clear();
    for (const request of all) request.reject(error);
  }
}
