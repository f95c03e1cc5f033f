/**
 * Fills the file of waiting messages until its disk is full, removes some, waits until the rest is on disk, and reads it all
 * again: what happened is printed as JSON. Run by spool.test.ts under a limit on the size of files.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Spool } from '../../src/gateway/client/spool.js';
import { SpoolFile } from '../../src/gateway/client/spool-file.js';
import { until } from '../until.js';

const [, , path] = process.argv;
const file = new SpoolFile(path);
const spool = new Spool(file, 'p', 1_000_000_000, { retryMinMs: 10, retryMaxMs: 50 });
const said: (string | null)[] = [];
spool.follow({ spoolReady: () => undefined, spoolFault: (words) => { said.push(words); } });

let appended = 0;
while (said.length === 0) {
  if (spool.append({ topic: 'm', payload: Buffer.alloc(8000), qos: 1, retain: false, keepLatest: false }) !== 0) appended += 1;
  await sleep(1);
}
const stillFull = spool.unwrittenCount;
// Half as many again as do not fit: a tree of pages needs some of its own.
const removed = stillFull + 20;
for (let number = 1; number <= removed; number++) spool.remove(number);
await until(() => !spool.isFailing);
await spool.end();
await file.close();

const again = new SpoolFile(path);
const left = [...again.readAll('p')].map(([number]) => number);
await again.close();

// Closing right after a refusal, too.
const last = new SpoolFile(path);
const full = new Spool(last, 'q', 1_000_000_000);
full.follow({ spoolReady: () => undefined, spoolFault: () => undefined });
while (!full.isFailing) {
  full.append({ topic: 'm', payload: Buffer.alloc(8000), qos: 1, retain: false, keepLatest: false });
  await sleep(1);
}
await full.end();
await last.close();
process.stdout.write(JSON.stringify({ said, appended, removed, left }));
