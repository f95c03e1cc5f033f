/** The process of the boards as its parent sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BoardsRequest } from './boards-worker.js';

const workerFile = fileURLToPath(new URL('./boards-worker.js', import.meta.url));

export class Boards {
  private readonly child: ChildProcess = fork(workerFile, { serialization: 'advanced' });
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private lastId = 0;

  constructor() {
    this.child.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      if (error === undefined) this.waiting.get(id)?.resolve(value);
      else this.waiting.get(id)?.reject(new Error(`boards: ${error}`));
      this.waiting.delete(id);
    });
  }

  ask<T = undefined>(request: BoardsRequest): Promise<T> {
    const id = this.lastId += 1;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, request });
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.send({ id: 0, request: { what: 'close' } satisfies BoardsRequest });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 3000);
    await gone;
    clearTimeout(timer);
  }
}
