/*
 * The thread that owns the database: reads all of it once, then writes one batch per transaction and says when it is
 * on the disk. Knows records as numbers and bytes only. lmdb's own asynchronous writes are not used: a transaction of
 * one thread fails as a whole, with its reason, and leaves the database as it was.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { Database } from './database.js';

export interface WorkerData {
  readonly folder: string;
  /** Counts up when there is something to take from `port`, while the broker's thread sleeps on it. */
  readonly signal: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
}

/** What the start answers, in this order: any number of chunks of records, then `ready`; or `failed`. */
export type StartAnswer =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Bytes to write; none at all to close. */
export type BatchRequest = Uint8Array<ArrayBuffer> | 'close';

/** Undefined if the batch is stored, else why it is not. */
export type BatchAnswer = string | undefined;

const { folder, signal, port } = workerData as WorkerData;

function answer(message: StartAnswer): void {
  port.postMessage(message, message.kind === 'chunk' ? [message.bytes.buffer] : []);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function start(): void {
  let database: Database;
  try {
    database = new Database(join(folder, 'broker.mdb'));
    database.readAll((bytes) => answer({ kind: 'chunk', bytes }));
  } catch (thrown) {
    answer({ kind: 'failed', reason: wordsOf(thrown) });
    port.close();
    return;
  }
  answer({ kind: 'ready' });
  port.close();
  parentPort!.on('message', (request: BatchRequest) => {
    if (request === 'close') {
      void database.close().then(() => parentPort!.close());
      return;
    }
    let reason: BatchAnswer;
    try {
      database.write(request);
    } catch (thrown) {
      reason = wordsOf(thrown);
    }
    parentPort!.postMessage(reason);
  });
}

start();
