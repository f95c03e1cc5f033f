/** What the plain-Lua client makes of a program's mistakes: handlers that raise errors, calls and options that are wrong. */
import { spawn } from 'node:child_process';
import test from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { createClient } from '../../targets/node/index.js';
import { registerNotRun } from '../engines/installed.js';
import { LinkEnd } from './link-end.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import { until } from '../until.js';

// A build takes the process for seconds, in which broker and gateway would be deaf.
test.before('the files are built before the first program runs', () => {
  for (const name of ['midge', 'midge53']) luaFile(`stdio/${name}.lua`);
});

for (const lua of luas) {
  const able = luaWithSockets(lua);
  if (able !== true) {
    registerNotRun(test, `${lua.name} with LuaSocket is installed`, `${able}: what its client makes of errors was NOT RUN`);
    continue;
  }
  const variant = lua.command === 'lua5.3' ? 'midge53' : 'midge';

  test(`${lua.name}: behind a gateway, the client goes on after an error in a handler`, async (t) => {
    const broker = createBroker();
    const { port } = await broker.listen();
    const peer = createClient({ host: '127.0.0.1', port });
    const board = spawn(lua.command, [luaTestFile('lua/serial-error.lua'), luaFile(`stdio/${variant}.lua`)]);
    const end = new LinkEnd(board, port);
    const heard: string[] = [];
    try {
      await peer.connect();
      await peer.subscribe('careless/out', { qos: 1 }, (message) => { heard.push(message.payload.toString()); });
      await until(() => heard.includes('here'), 'the first words');
      for (const [payload, answer] of [['good', 'heard good'], ['bad', "raised the program's own fault"], ['better', 'heard better']] as const) {
        await peer.publish('careless/in', payload, { qos: 1 });
        await until(() => heard.includes(answer), () => `${answer}; there was ${heard.join(', ')}`);
        t.pass();
      }
    } finally {
      end.end();
      board.kill('SIGKILL');
      await peer.end();
      await broker.close();
    }
  });
}
