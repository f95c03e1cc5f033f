/*
 * The database beside a plain map: batches of puts and removals, small records and large ones, at random; what is read
 * back after each reopening is what the map holds, in the order of the numbers. A failure prints its seed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ByteReader, ByteWriter } from '../../src/broker/store/byte-writer.js';
import { Database } from '../../src/broker/store/database.js';
import { groupedBytesMax, groupRecords } from '../../src/broker/store/group.js';
import { removed } from '../../src/broker/store/records.js';
import { withFolder } from './durability-process.js';

const seed = Number(process.env.MIDGE_SEED ?? Date.now() % 1_000_000);

function batchOf(changes: ReadonlyMap<number, Buffer | undefined>): Uint8Array {
  const out = new ByteWriter();
  for (const [record, bytes] of changes) {
    out.number(record);
    if (bytes === undefined) out.fourBytes(removed);
    else out.binary(bytes);
  }
  return out.take();
}

function contentOf(database: Database): [number, string][] {
  const found: [number, string][] = [];
  database.readAll((chunk) => {
    const reader = new ByteReader(Buffer.from(chunk));
    while (!reader.isAtEnd) found.push([reader.number(), Buffer.from(reader.view()).toString('hex')]);
  });
  return found;
}

test('what is written and removed in batches is what a reopened database holds', (t) =>
  withFolder(async (folder) => {
    t.log(`MIDGE_SEED=${seed}`);
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const file = join(folder, 'records.mdb');
    const sizes = [0, 1, 40, groupedBytesMax, groupedBytesMax + 1, 3000];
    const model = new Map<number, string>();
    for (let opening = 0; opening < 6; opening++) {
      const database = new Database(file);
      const expected = [...model].sort(([a], [b]) => a - b);
      t.deepEqual(contentOf(database), expected);
      for (let batch = 0; batch < 20; batch++) {
        const changes = new Map<number, Buffer | undefined>();
        for (let count = random(60); count >= 0; count--) {
          const record = 1 + random(groupRecords * 4);
          changes.set(record, random(3) === 0 ? undefined : Buffer.alloc(sizes[random(sizes.length)], random(256)));
        }
        database.write(batchOf(changes));
        for (const [record, bytes] of changes) {
          if (bytes === undefined) model.delete(record);
          else model.set(record, bytes.toString('hex'));
        }
      }
      await database.close();
    }
  }));

test('a group with a wrong byte is refused', (t) =>
  withFolder(async (folder) => {
    const file = join(folder, 'records.mdb');
    const database = new Database(file);
    database.write(batchOf(new Map([[5, Buffer.from('a record like no other')]])));
    await database.close();
    const whole = readFileSync(file);
    const at = whole.lastIndexOf('a record like no other');
    const broken = Buffer.from(whole);
    broken[at] ^= 1;
    writeFileSync(file, broken);
    const opened = new Database(file);
    t.throws(() => contentOf(opened), { message: 'the value of key 1 does not match its checksum' });
    await opened.close();
  }));
