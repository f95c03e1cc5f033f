// midge size: figures of the real builds, and a memory map that adds up.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type CodeSize, readableCode, readableLinkCode } from '../../src/cli/codeSize.js';
import { readConfig } from '../../src/cli/configFile.js';
import { linkMemoryMap } from '../../src/cli/linkMemory.js';
import { loadCore, type MemoryMap, memoryMap } from '../../src/cli/memoryMap.js';
import { codeText, linkMemoryText, memoryText } from '../../src/cli/size.js';
import { createConfig } from '../../src/core/index.js';
import { midge } from './process.js';

function bytesOf(memory: MemoryMap): Partial<Record<string, number>> {
  return Object.fromEntries(memory.buffers.map(({ name, bytes }) => [name, bytes]));
}

test.serial('every profile in both languages, smaller profiles smaller, gzip smaller still; JSON', async (t) => {
  const { code, stdout, stderr } = await midge(['size', '--json']);
  t.is(code, 0, stderr);
  const { code: sizes, memory, link } = JSON.parse(stdout.toString()) as {
    code: CodeSize[]; memory: MemoryMap & { profile: string; version: string }; link: { code: CodeSize[]; memory: MemoryMap };
  };
  t.deepEqual(sizes.map((one) => `${one.profile} ${one.language}`), ['qos0 ES5', 'qos0 Lua', 'mqtt311 ES5', 'mqtt311 Lua', 'full ES5', 'full Lua']);
  for (const language of ['ES5', 'Lua']) {
    const bytes = sizes.filter((one) => one.language === language).map((one) => one.minifiedBytes);
    t.true(bytes[0] < bytes[1] && bytes[1] < bytes[2]);
  }
  for (const one of sizes) t.true(one.gzipBytes < one.minifiedBytes);
  t.deepEqual(sizes.flatMap((one) => one.barBytes ?? []), [4000, 9000, 15000]);
  t.like(memory, { profile: 'full', version: '3.1.1' });
  t.is(bytesOf(memory)['receive buffer'], 256);
  t.deepEqual(link.code.map((one) => `${one.profile} ${one.language}`), ['linkmin ES5', 'linkmin Lua', 'link ES5', 'link Lua']);
  t.true(link.code[0].minifiedBytes < link.code[2].minifiedBytes && link.code[1].minifiedBytes < link.code[3].minifiedBytes);
  for (const one of link.code) t.true(one.gzipBytes < one.minifiedBytes);
  t.is(bytesOf(link.memory)['receive pool'], 6 * 128);
});

test.serial('the memory map of the link adds up, and every part of it has words', (t) => {
  const { buffers, structs, totalBytes } = linkMemoryMap(readableLinkCode());
  t.is(totalBytes, [...buffers, ...structs].reduce((sum, part) => sum + part.bytes, 0));
  for (const part of [...buffers, ...structs]) t.notRegex(part.purpose, /^a (buffer|struct) of the link|\(\d*\.\d+ of/, part.name);
  t.is(buffers.length, new Set(buffers.map(({ name }) => name)).size);
  t.regex(linkMemoryText({ buffers, structs, totalBytes }, 80), /^Memory of a serial link in bytes: default.*\n(.*\n)*  total +[\d,]+  fixed at createLink/);
});

test.serial('the memory map adds up, and every buffer and struct says what it is for', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-size-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({
    version: '5', clientId: '', receiveBytes: 1000, controlBytes: 200, outboxBytes: 2000, outboxMessages: 10, receiveMaximum: 6, subscriptions: 3,
    filterBytes: 77, userName: 'me', password: 'secret', will: { topic: 'gone', payload: 'x', qos: 1, retain: true },
    v5: { topicAliasesOut: 4, topicAliasMaximum: 3, aliasTopicBytes: 30, assignedClientIdBytes: 40 },
  }));
  const memory = memoryMap(loadCore(readableCode('full')), readConfig(file, 'full'));
  t.like(bytesOf(memory), {
    'receive buffer': 1000, 'control buffer': 200, 'outbox arena': 2000, 'inbound table': 24, 'filter store': 77, 'subscription table': 48,
    'outbound aliases': 4 * 32, 'inbound aliases': 3 * 32, 'assigned identifier': 42,
  });
  const { buffers, structs, totalBytes } = memory;
  t.is(totalBytes, [...buffers, ...structs].reduce((sum, part) => sum + part.bytes, 0));
  for (const part of [...buffers, ...structs]) t.notRegex(part.purpose, /^a (buffer|struct) of the client/, part.name);
  for (const part of buffers) t.notRegex(part.purpose, /\(\d*\.\d+ of/, part.name);
  for (const struct of structs) t.is(struct.bytes, 4 * (struct.integers + struct.references));
});

test.serial('a smaller profile: its memory comes from its own code, laid out for people', (t) => {
  const memory = memoryMap(loadCore(readableCode('qos0')), createConfig('a'));
  t.is(bytesOf(memory)['inbound table'], undefined);
  const text = memoryText(memory, { profile: 'qos0', version: '3.1.1' }, undefined, 80);
  t.regex(text, /^Memory of a client in bytes: profile qos0, MQTT 3\.1\.1, default configuration\n/);
  t.regex(text, /\n {2}receive buffer +256 {2}receiveBytes: /);
  t.regex(text, /\n {2}total +[\d,]+ {2}/);
});

test('the table of code says whether a bar is met', (t) => {
  const text = codeText([
    { profile: 'qos0', language: 'ES5', minifiedBytes: 3999, gzipBytes: 1500, barBytes: 4000 },
    { profile: 'full', language: 'ES5', minifiedBytes: 16000, gzipBytes: 7000, barBytes: 15000 },
    { profile: 'full', language: 'Lua', minifiedBytes: 20000, gzipBytes: 8000, barBytes: undefined },
  ]);
  t.regex(text, /qos0 +ES5 +3,999 +1,500 +4,000 {2}met\n/);
  t.regex(text, /full +ES5 +16,000 +7,000 +15,000 {2}1,000 over\n/);
  t.regex(text, /full +Lua +20,000 +8,000 +-$/);
});
