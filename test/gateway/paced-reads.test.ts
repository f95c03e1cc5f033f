/** How often a port is read: at once where it was quiet, after a moment where bytes keep coming. */
import test from 'ava';
import type { SerialBinding } from '../../src/gateway/serial/line-settings.js';
import { withPacedReads } from '../../src/gateway/serial/paced-reads.js';

/** Reads a port whose bytes come `gapsMs` after one another; true: the read before them waited for more to gather. */
async function pausesOf(gapsMs: readonly number[]): Promise<boolean[]> {
  let nowMs = 1000;
  let at = 0;
  let paused = false;
  const port = {
    read: (buffer: Buffer): Promise<{ buffer: Buffer; bytesRead: number }> => {
      nowMs += gapsMs[at++];
      return Promise.resolve({ buffer, bytesRead: 1 });
    },
  };
  const binding = { open: () => Promise.resolve(port), list: () => Promise.resolve([]) } as unknown as SerialBinding;
  const pause = (): Promise<void> => {
    paused = true;
    return Promise.resolve();
  };
  const open = await withPacedReads(binding, () => nowMs, pause).open({ path: '', baudRate: 9600 });
  const pauses: boolean[] = [];
  for (let n = 0; n < gapsMs.length; n++) {
    paused = false;
    await open.read(Buffer.alloc(1), 0, 1);
    pauses.push(paused);
  }
  return pauses;
}

test('a message by itself is read as it comes', async (t) => {
  t.deepEqual(await pausesOf([500, 3, 3, 3, 3, 500, 3, 3, 3]), Array.from({ length: 9 }, () => false));
});

test('bytes of a line that stays busy gather before they are read, until it was quiet', async (t) => {
  t.deepEqual(await pausesOf([500, 9, 9, 9, 9, 9, 10, 3, 3]), [false, false, false, false, true, true, true, false, false]);
});
