/** The scenarios through the plain-Lua client over LuaSocket, on each Lua that is installed. */
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import { registerTargetScenarios } from './register.js';

for (const lua of luas) {
  const able = luaWithSockets(lua);
  if (able === true) {
    registerTargetScenarios(test, lua.name, 2, () => ({
      name: `LuaSocket on ${lua.name}`, command: lua.command, large: 'streamed',
      args: [luaTestFile('lua/actor.lua'), luaFile(lua.command === 'lua5.3' ? 'luasocket/midge53.lua' : 'luasocket/midge.lua')],
    }));
    if (lua === luas[0]) {
      registerTargetScenarios(test, `${lua.name}, MQTT 5.0`, 2, () => ({
        name: `LuaSocket on ${lua.name}, MQTT 5.0`, command: lua.command, large: 'streamed', args: [luaTestFile('lua/actor.lua'), luaFile('luasocket/midge.lua', true, 'full'), '5'],
      }), 5);
    }
  } else {
    registerNotRun(test, `${lua.name} with LuaSocket is installed`, `${able}: its scenarios were NOT RUN`);
  }
}
