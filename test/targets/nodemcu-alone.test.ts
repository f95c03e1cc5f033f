/**
 * NodeMCU's client without sockets, against a server that the script plays: on every Lua that is installed, and on the executable that MIDGE_NODEMCU_LUA names,
 * with its arguments if it needs any (NodeMCU's Lua for a computer).
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { canRun, runProcess } from '../engines/process.js';
import { luaFile, luas, luaTestFile } from './lua-files.js';

const named = process.env['MIDGE_NODEMCU_LUA'];
const commands = luas.filter(({ command }) => canRun(command, ['-e', command === 'lua5.3' ? '' : 'require("bit")']) === true)
  .map(({ name, command }) => ({ name, words: [command] }));
if (named !== undefined) commands.push({ name: `MIDGE_NODEMCU_LUA (${named})`, words: named.split(' ') });

const expected = [
  'connected', 'message b hi', 'offline', 'published with a handle', 'published with a handle', 'published without a handle', 'subscribed', 'suns 18, moons 18',
];

for (const { name, words: [command, ...args] } of commands) {
  test(`a conversation without sockets, on ${name}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'midge-alone-'));
    try {
      const path = join(folder, 'alone.lua');
      const client = await readFile(luaFile('nodemcu/midge.lua'), 'utf8');
      await writeFile(path, `local function module()\n${client}end\n${await readFile(luaTestFile('nodemcu/alone.lua'), 'utf8')}`);
      t.deepEqual((await runProcess(command, [...args, path], '')).trim().split('\n').sort(), expected);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

if (canRun('luac5.1', ['-v']) === true) {
  test("NodeMCU's Lua 5.1 allows a function 50 locals and 60 upvalues", async (t) => {
    for (const path of ['nodemcu/midge.lua', 'nodemcu/midge-uart.lua']) {
      const listing = await runProcess('luac5.1', ['-l', '-p', luaFile(path)], '');
      const counts = [...listing.matchAll(/(\d+) upvalues?, (\d+) locals?/g)];
      t.true(counts.length > 200);
      for (const [, upvalues, locals] of counts) t.true(Number(upvalues) <= 60 && Number(locals) <= 50, `${path}: ${upvalues} upvalues, ${locals} locals`);
    }
  });
}

test("NodeMCU's own Lua was named, or this machine may do without", (t) => {
  if (named === undefined) t.log("NOT RUN on NodeMCU's own Lua: MIDGE_NODEMCU_LUA names no executable");
  t.pass();
});
