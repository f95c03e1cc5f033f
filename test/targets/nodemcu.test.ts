/** The scenarios through NodeMCU's mqtt API: the file that is flashed, on Lua 5.1, over the stub of NodeMCU's modules. */
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import { registerTargetScenarios } from './register.js';

const [lua51] = luas;
const able = luaWithSockets(lua51);

if (able === true) {
  registerTargetScenarios(test, 'NodeMCU', 2, () => ({
    name: 'NodeMCU API on Lua 5.1', command: lua51.command, large: 'streamed',
    args: [luaTestFile('nodemcu/actor.lua'), luaTestFile('nodemcu/stub.lua'), luaFile('nodemcu/midge.lua')],
  }));
} else {
  registerNotRun(test, 'Lua 5.1 with bit and socket is installed', `${able}: the NodeMCU scenarios were NOT RUN`);
}
