// Answers of access hooks are remembered only where the hook says what they follow from, and only as long as that stays.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Access } from '../../src/broker/index.js';
import { publish, subscribe, text, withBroker } from './support.js';

/** Hooks that allow all, and tell what they are asked; with rules if `rules` gives some. */
function hooks(rules?: () => object | undefined): { asked: string[]; denied: Set<string>; options: object } {
  const asked: string[] = [];
  const denied = new Set<string>();
  const answer = (question: string): boolean => {
    asked.push(question);
    return !denied.has(question);
  };
  const authorize = ({ action, clientId, topic }: { action: string; clientId: string; topic: string }): boolean => action === 'subscribe' || answer(`${clientId} writes ${topic}`);
  const authorizeDelivery = (clientId: string, userName: string | undefined, topic: string): boolean => answer(`${clientId} ${userName ?? '-'} reads ${topic}`);
  const extra = rules === undefined ? {} : { rules };
  return { asked, denied, options: { authorize: Object.assign(authorize, extra), authorizeDelivery: Object.assign(authorizeDelivery, extra), authenticate: () => true } };
}

const named = (userName: string, flags = 0x82): { clientId: string; flags: number; rest: string } => ({ clientId: 'r', flags, rest: text(userName) });

test('a hook without rules is asked about each message', async (t) => {
  const { asked, options } = hooks();
  await withBroker(options, async (world) => {
    const reader = await world.join(4, named('ann'));
    reader.send(subscribe(4, 1, 'a', 0));
    await reader.takePacket();
    const writer = await world.join(4, { clientId: 'w' });
    writer.send(publish(4, 'a', '1').repeat(3));
    await writer.untilPong();
    t.deepEqual(asked, ['w writes a', 'r ann reads a', 'w writes a', 'r ann reads a', 'w writes a', 'r ann reads a']);
  });
});

test('a hook with rules is asked once, and again under other rules or another user name; what is denied is asked each time', async (t) => {
  let rules: object | undefined = {};
  const { asked, denied, options } = hooks(() => rules);
  await withBroker(options, async (world) => {
    const reader = await world.join(4, named('ann', 0x80));
    reader.send(subscribe(4, 1, '+', 1));
    await reader.takePacket();
    const writer = await world.join(4, { clientId: 'w' });
    const sent = async (topics: string): Promise<string[]> => {
      asked.length = 0;
      for (const topic of topics) writer.send(publish(4, topic, '1'));
      await writer.untilPong();
      return [...asked];
    };
    t.deepEqual(await sent('aaa'), ['w writes a', 'r ann reads a']);
    t.deepEqual(await sent('aba'), ['w writes b', 'r ann reads b', 'w writes a'], 'the writer\'s latest topic, the readers\' many');
    rules = {};
    t.deepEqual(await sent('aa'), ['w writes a', 'r ann reads a']);
    denied.add('r ann reads a');
    rules = {};
    t.deepEqual(await sent('aa'), ['w writes a', 'r ann reads a', 'r ann reads a']);
    t.is(world.broker.stats.deniedDeliveries, 2);
    denied.clear();
    t.deepEqual(await sent('aa'), ['r ann reads a']);
    await reader.end();
    const other = await world.join(4, named('bob', 0x80));
    t.deepEqual(await sent('aa'), ['r bob reads a'], 'the session has another user');
    rules = undefined;
    t.deepEqual(await sent('aa'), ['w writes a', 'r bob reads a', 'w writes a', 'r bob reads a']);
    await other.end();
  });
});

test('an ACL file that is read again counts from the next message on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-acl-'));
  const aclFile = join(folder, 'acl');
  try {
    writeFileSync(aclFile, 'topic readwrite a\n');
    const access = new Access({ aclFile });
    await withBroker(access.hooks, async (world) => {
      const reader = await world.join(4, { clientId: 'r' });
      reader.send(subscribe(4, 1, 'a', 0));
      await reader.takePacket();
      const writer = await world.join(4, { clientId: 'w' });
      const { stats } = world.broker;
      for (const [lines, delivered, deniedPublishes, deniedDeliveries] of [
        ['topic readwrite a\n', true, 0, 0], ['topic write a\n', false, 0, 1], ['topic read a\n', false, 1, 1], ['topic a\n', true, 1, 1],
      ] as const) {
        writeFileSync(aclFile, lines);
        access.reload();
        for (let round = 0; round < 2; round++) {
          const before = { ...stats };
          writer.send(publish(4, 'a', 'x'));
          await writer.untilPong();
          t.is(await reader.untilPong(), delivered ? publish(4, 'a', 'x') : '', lines);
          if (!delivered) t.is(stats.deniedPublishes + stats.deniedDeliveries, before.deniedPublishes + before.deniedDeliveries + 1);
          else t.is(stats.deniedPublishes + stats.deniedDeliveries, before.deniedPublishes + before.deniedDeliveries);
        }
        t.true(stats.deniedPublishes >= deniedPublishes && stats.deniedDeliveries >= deniedDeliveries);
      }
    });
    access.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
