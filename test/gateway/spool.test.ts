/** Messages that wait on disk, while the disk takes nothing: what is tried again, what is held, what is told, what is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { clientOptions } from '../../src/gateway/client/client-board.js';
import type { OutboundMessage } from '../../src/gateway/client/publish-rule.js';
import { Sender } from '../../src/gateway/client/sender.js';
import { SpoolFile } from '../../src/gateway/client/spool-file.js';
import { Spool, type SpoolRecords } from '../../src/gateway/client/spool.js';
import { createClient } from '../../targets/node/index.js';
import { clientEntry } from './entries.js';
import { until } from '../until.js';

/** A disk that can be made to refuse. */
class Disk implements SpoolRecords {
  readonly records = new Map<number, Buffer>();
  isFull = false;
  refusals = 0;

  *readAll(): Iterable<readonly [number, Buffer]> {
    yield* [...this.records].sort(([a], [b]) => a - b);
  }

  get(_port: string, number: number): Buffer | undefined {
    return this.records.get(number);
  }

  async put(_port: string, number: number, value: Buffer): Promise<void> {
    await this.turn();
    this.records.set(number, value);
  }

  async remove(_port: string, number: number): Promise<void> {
    await this.turn();
    this.records.delete(number);
  }

  private async turn(): Promise<void> {
    await new Promise(setImmediate);
    if (!this.isFull) return;
    this.refusals += 1;
    throw new Error('the disk is full');
  }
}

function spoolOn(disk: Disk, bytesMax = 16_777_216): { spool: Spool; said: (string | null)[] } {
  const spool = new Spool(disk, 'p', bytesMax, { retryMinMs: 5, retryMaxMs: 20 });
  const said: (string | null)[] = [];
  spool.follow({ spoolReady: () => undefined, spoolFault: (words) => { said.push(words); } });
  return { spool, said };
}

const message = (text: string): OutboundMessage => ({ topic: 'm', payload: Buffer.from(text), qos: 1, retain: false, keepLatest: false });

test('what the disk refuses is kept, tried again, and in order on disk at last; both changes are told once', async (t) => {
  const disk = new Disk();
  const { spool, said } = spoolOn(disk);
  spool.append(message('one'));
  await until(() => disk.records.size === 1, 'the first on disk');
  disk.isFull = true;
  for (const text of ['two', 'three', 'four']) t.not(spool.append(message(text)), 0);
  await until(() => disk.refusals > 6, 'several attempts');
  t.deepEqual(said, ['the disk is full']);
  t.true(spool.isFailing);
  t.is(spool.unwrittenCount, 3);
  t.deepEqual([1, 2, 3, 4].map((number) => spool.read(number)?.payload.toString()), ['one', 'two', 'three', 'four']);
  // The broker has these two: one is on disk, the other never was.
  spool.remove(1);
  spool.remove(3);
  t.is(spool.read(1), undefined);
  t.is(spool.count, 2);
  disk.isFull = false;
  await until(() => !spool.isFailing, 'the end of it');
  t.deepEqual(said, ['the disk is full', null]);
  t.deepEqual([...new Spool(disk, 'p', 65_536).read(2)!.payload], [...Buffer.from('two')]);
  t.deepEqual([...disk.records.keys()].sort(), [2, 4]);
  t.is(spool.unwrittenCount, 0);
  await spool.end();
});

test('a disk that takes nothing is told once, however many messages the broker takes meanwhile, and is well when one is written', async (t) => {
  const disk = new Disk();
  const { spool, said } = spoolOn(disk);
  disk.isFull = true;
  for (let round = 0; round < 10; round++) {
    spool.remove(spool.append(message('x')));
    const { refusals } = disk;
    spool.append(message('y'));
    await until(() => disk.refusals > refusals, 'a refusal');
    for (let number = spool.first; number < spool.next; number++) spool.remove(number);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.deepEqual(said, ['the disk is full']);
  disk.isFull = false;
  const number = spool.append(message('z'));
  await until(() => said.length === 2, 'the end of it');
  t.deepEqual(said, ['the disk is full', null]);
  t.deepEqual([...disk.records.keys()], [number]);
});

test('memory is bounded meanwhile, and what the process ends with is counted', async (t) => {
  const disk = new Disk();
  const { spool } = spoolOn(disk);
  disk.isFull = true;
  let count = 0;
  while (spool.append(message('x'.repeat(10_000))) !== 0) count += 1;
  t.is(count, Math.floor(262_144 / (10_000 + 4 + 64)));
  await spool.end();
  t.is(spool.unwrittenCount, count);
  disk.isFull = false;
  await spool.end();
  t.is(spool.unwrittenCount, 0);
});

test('a sender whose disk has no room for more waits for it, and the rest of the process goes on', async (t) => {
  const disk = new Disk();
  const { spool } = spoolOn(disk);
  disk.isFull = true;
  const { board } = clientEntry('/dev/none', 1);
  if (board.mode !== 'client') throw new Error('no client');
  // The client has room for one that is smaller than what waits: it is not the client that must tell.
  const client = createClient(clientOptions('p', board));
  t.teardown(() => client.end({ timeoutMs: 0 }));
  let readies = 0;
  const sender = new Sender(client, spool, { senderReady: () => { readies += 1; }, senderDropped: () => undefined, senderDisk: () => undefined });
  const large: OutboundMessage = { ...message('x'.repeat(30_000)) };
  while (sender.offer(large));
  await until(() => disk.refusals > 12, 'attempts');
  t.is(sender.offer(large), false);
  const before = readies;
  disk.isFull = false;
  await until(() => !spool.isFailing && readies > before, 'room');
  t.true(sender.offer(large));
  sender.end();
  await spool.end();
});

test('a file that is none of messages is refused, and not touched', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-none-'));
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  const file = join(folder, 'outbox.mdb');
  for (const text of ['garbage', 'garbage '.repeat(5000)]) {
    writeFileSync(file, text);
    t.throws(() => new SpoolFile(file), { message: /outbox\.mdb" is no file of messages; move it away, or choose another folder/ });
    t.is(readFileSync(file, 'utf8'), text);
  }
});

test('lmdb on a disk that is full: said in words, nothing ends, what fits again is there after a restart, closing ends', async (t: ExecutionContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-full-'));
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  const program = fileURLToPath(new URL('./full-disk.js', import.meta.url));
  // A file that may have so many blocks of 512 bytes, and no more, stands in for the disk.
  const child = spawn('sh', ['-c', 'ulimit -S -f 1024 && exec "$0" "$1" "$2"', process.execPath, program, join(folder, 'outbox.mdb')], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => { child.kill('SIGKILL'); });
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => { out += bytes.toString(); });
  child.stderr.resume();
  const [code] = await once(child, 'close') as [number | null];
  t.is(code, 0, out);
  const { said, appended, removed, left } = JSON.parse(out) as { said: (string | null)[]; appended: number; removed: number; left: number[] };
  t.is(said.length, 2);
  t.regex(said[0] ?? '', /file too large|input\/output error/);
  t.is(said[1], null);
  t.deepEqual(left, Array.from({ length: appended - removed }, (_, at) => removed + 1 + at));
});
