/*
 * The broker's end of the thread that owns the database: waits for all that is stored, then hands over batches, one at a time.
 * Changes together with worker.ts.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BatchAnswer, BatchRequest, StartAnswer, WorkerData } from './worker.js';

export class StoreThread {
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private deathReason: string | undefined;

  /** `answered` is told of each batch: undefined if it is stored, else the reason. */
  constructor(folder: string, private readonly answered: (reason: string | undefined) => void) {
    const { port1, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(4));
    const workerData: WorkerData = { folder, signal, port: port2 };
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, transferList: [port2] });
    this.worker.on('message', (reason: BatchAnswer) => answered(reason));
    // A thread that dies takes what was waiting with it: nothing of that may be acknowledged.
    this.worker.on('error', (error) => {
      this.deathReason = `the thread that writes it ended: ${error.message}`;
      answered(this.deathReason);
    });
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.port = port1;
    this.signal = signal;
  }

  private readonly port: MessageChannel['port1'];
  private readonly signal: Int32Array<SharedArrayBuffer>;

  /** Everything stored, in chunks. The broker's thread sleeps meanwhile: it has nothing to serve before. */
  *readAll(): Generator<Uint8Array> {
    let seen = 0;
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (received === undefined) {
        const outcome = Atomics.wait(this.signal, 0, seen, startTimeoutMs);
        if (outcome === 'timed-out') throw new Error('the thread that reads it does not answer');
        seen = Atomics.load(this.signal, 0);
        continue;
      }
      const answer = received.message as StartAnswer;
      if (answer.kind === 'chunk') yield answer.bytes;
      else {
        this.port.close();
        if (answer.kind === 'ready') return;
        throw new Error(answer.reason);
      }
    }
  }

  write(batch: Uint8Array<ArrayBuffer>): void {
    const { deathReason } = this;
    if (deathReason !== undefined) setImmediate(() => this.answered(deathReason));
    else this.worker.postMessage(batch satisfies BatchRequest, [batch.buffer]);
  }

  async close(): Promise<void> {
    this.worker.postMessage('close' satisfies BatchRequest);
    await this.ended;
  }

  /** Ends the thread whatever it does. */
  terminate(): void {
    void this.worker.terminate();
  }
}

/** Long enough for a slow disk; reached only if the thread cannot even start. */
const startTimeoutMs = 60_000;
