/**
 * A folder for as long as an upload takes. It is gone afterwards, also when the command is ended by Ctrl-C or a signal; a tool that was started with
 * the given AbortSignal ends then too. Must not know what is uploaded, nor with what.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function inScratchFolder<T>(prefix: string, work: (folder: string, ended: AbortSignal) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const controller = new AbortController();
  const remove = (): void => {
    for (const signal of endings) process.off(signal, end);
    rmSync(folder, { recursive: true, force: true });
  };
  // The signal is sent again, so that the process ends by it and its caller sees that.
  const end = (signal: NodeJS.Signals): void => {
    controller.abort();
    remove();
    process.kill(process.pid, signal);
  };
  for (const signal of endings) process.once(signal, end);
  try {
    return await work(folder, controller.signal);
  } finally {
    remove();
  }
}
