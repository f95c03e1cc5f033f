/**
 * Plain Lua behind a gateway: a connection that ends while the client had stopped to read, since its answers did not leave, holds up no other one; and a
 * program hears of the end of its standard input.
 */
import { spawn } from 'node:child_process';
import net from 'node:net';
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { LinkEnd } from './link-end.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import { until } from '../until.js';

// A build takes the process for seconds, in which server and gateway would be deaf.
test.before('the files are built before the first program runs', () => {
  for (const name of ['midge', 'midge53']) luaFile(`stdio/${name}.lua`);
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A server that accepts everybody, and sends the first connection more messages of QoS 1 than anybody has room to answer. Counts those that say they are there. */
async function flooding(): Promise<{ server: net.Server; port: number; count: () => number }> {
  let connections = 0;
  let count = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    const isFirst = connections === 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (bytes[0] >>> 4 === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
      if (!bytes.includes('here')) return;
      count += 1;
      for (let id = 1; isFirst && id <= 600; id++) socket.write(Buffer.from([0x32, 45, 0, 1, 97, id >>> 8, id & 255, ...Buffer.alloc(40)]));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { server, port: (server.address() as net.AddressInfo).port, count: () => count };
}

for (const lua of luas) {
  const able = luaWithSockets(lua);
  if (able !== true) {
    registerNotRun(test, `${lua.name} with LuaSocket is installed`, `${able}: what its client makes of a full serial link was NOT RUN`);
    continue;
  }
  const variant = lua.command === 'lua5.3' ? 'midge53' : 'midge';

  test(`${lua.name}: a client that had stopped to read connects again where the gateway starts anew`, async (t) => {
    const { server, port, count } = await flooding();
    const board = spawn(lua.command, [luaTestFile('lua/serial-held.lua'), luaFile(`stdio/${variant}.lua`)]);
    let end = new LinkEnd(board, port);
    try {
      await until(() => count() >= 1, 'the first connection');
      t.is(count(), 1);
      end.isDeaf = true;
      // Until the board takes no more.
      for (let left = -1; left !== end.waiting || left === 0; await pause(300)) left = end.waiting;
      end.end();
      end = new LinkEnd(board, port);
      await until(() => count() >= 2, 'the second connection');
      t.is(count(), 2);
    } finally {
      end.end();
      board.kill('SIGKILL');
      await new Promise((resolve) => { server.close(resolve); });
    }
  });

  test(`${lua.name}: a program whose standard input has ended hears so`, async (t) => {
    const board = spawn(lua.command, [luaTestFile('lua/serial-held.lua'), luaFile(`stdio/${variant}.lua`)]);
    let said = '';
    board.stdout.resume();
    board.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
    board.stdin.end();
    try {
      await until(() => board.exitCode !== null && board.stderr.readableEnded, () => `its end; it said ${said}`);
      t.true(said.includes('midge: standard input has ended: nobody is at the other end of the link any more'), said);
    } finally {
      board.kill('SIGKILL');
    }
  });
}
