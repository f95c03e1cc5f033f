/** From a port to the client and its disk: messages for which there will never be room do not hold up those behind them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { clientOptions } from '../../src/gateway/client/client-board.js';
import type { OutboundMessage } from '../../src/gateway/client/publish-rule.js';
import { Sender } from '../../src/gateway/client/sender.js';
import { SpoolFile } from '../../src/gateway/client/spool-file.js';
import { createClient } from '../../targets/node/index.js';
import { clientEntry } from './entries.js';

function senderOf(t: ExecutionContext, spool: ConstructorParameters<typeof Sender>[1]): { sender: Sender; dropped: string[] } {
  const { board } = clientEntry('/dev/none', 1);
  if (board.mode !== 'client') throw new Error('no client');
  const client = createClient(clientOptions('p', board));
  t.teardown(() => client.end({ timeoutMs: 0 }));
  const dropped: string[] = [];
  const sender = new Sender(client, spool, { senderReady: () => undefined, senderDropped: (_topic, why) => { dropped.push(why); }, senderDisk: () => undefined });
  return { sender, dropped };
}

const message = (bytes: number, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  topic: 'm', payload: Buffer.alloc(bytes, 0x61), qos: 1, retain: false, keepLatest: false, ...more,
});

test('a message larger than the outbox is given up, and the next one goes on', (t) => {
  const { sender, dropped } = senderOf(t, null);
  t.true(sender.offer(message(40_000)));
  t.is(dropped.length, 1);
  t.regex(dropped[0], /40000 bytes/);
  t.true(sender.offer(message(40_000, { keepLatest: true })));
  t.is(dropped.length, 2);
  t.true(sender.offer(message(31_000)));
  t.is(dropped.length, 2);
  // What fits in principle waits, and is not given up.
  t.false(sender.offer(message(31_000)));
  t.is(dropped.length, 2);
});

test('with a disk too, a message larger than the outbox is given up', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-sender-'));
  const file = new SpoolFile(join(folder, 'outbox.mdb'));
  t.teardown(async () => {
    await file.close();
    rmSync(folder, { recursive: true });
  });
  const spool = file.of('p', 65_536);
  const { sender, dropped } = senderOf(t, spool);
  t.true(sender.offer(message(65_500)));
  t.true(sender.offer(message(40_000)));
  t.is(dropped.length, 2);
  t.is(spool.count, 0);
  t.true(sender.offer(message(32_000)));
  t.is(spool.count, 1);
  await spool.end();
});

test('the largest message that is not given up fits into the outbox, wherever the last one ended', (t) => {
  for (const topic of ['m', 'm'.repeat(900)]) {
    const { sender, dropped } = senderOf(t, null);
    t.true(sender.offer(message(32_768 - 64 - topic.length, { topic })));
    t.deepEqual(dropped, []);
  }
});
