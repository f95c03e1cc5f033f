/** The plain-Lua client where programs, servers, clocks and names go wrong: each case of plain-cases.lua on each Lua, with a server in the same process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

const cases = [...readFileSync(luaTestFile('lua/plain-cases.lua'), 'utf8').matchAll(/^(?:function cases\.(\w+)|cases\["([^"]+)"\] = )/gm)].map(([, name, words]) => name ?? words);

for (const lua of luas) {
  const able = luaWithSockets(lua);
  if (able !== true) {
    registerNotRun(test, `${lua.name} with LuaSocket is installed`, `${able}: the cases of its client were NOT RUN`);
    continue;
  }
  for (const name of cases) {
    test(`${lua.name}: ${name}`, (t) => {
      const module = luaFile(lua.command === 'lua5.3' ? 'luasocket/midge53.lua' : 'luasocket/midge.lua');
      t.is(execFileSync(lua.command, [luaTestFile('lua/plain-cases.lua'), module, name], { encoding: 'utf8', timeout: 60_000 }), 'ok\n');
    });
  }
}
