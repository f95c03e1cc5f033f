/** The examples of the target `lua`, as they are written for people, against the reference broker: on NodeMCU's stub, and on plain Lua. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createClient, type MidgeClient } from '../../targets/node/index.js';
import { createBroker } from '../../src/broker/index.js';
import { packageRoot } from '../../targets/build/program.js';
import { registerNotRun } from '../engines/installed.js';
import { LinkEnd } from './link-end.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import { ScriptedServer } from './scripted-server.js';

// A build takes the process for seconds, in which the broker and the gateway of another test would be deaf, and its board give up.
test.before('the files are built before the first board runs', () => {
  for (const name of ['nodemcu/midge', 'nodemcu/midge-uart', 'luasocket/midge', 'luasocket/midge53', 'stdio/midge', 'stdio/midge53']) luaFile(`${name}.lua`);
});

const [lua51, lua53] = luas;
const able = luaWithSockets(lua51);

interface Ground {
  readonly port: number;
  readonly folder: string;
  readonly peer: MidgeClient;
  /** Starts a program with its modules in the folder, which is its current one too. */
  readonly start: (command: string, args: readonly string[]) => ChildProcessWithoutNullStreams;
  /** Joins a board's serial link to the broker. */
  readonly join: (board: ChildProcessWithoutNullStreams) => void;
  /** The payload of the next message on a topic that has not been taken yet. */
  readonly next: (topic: string) => Promise<string>;
}

async function onGround(use: (ground: Ground) => Promise<void>): Promise<void> {
  const broker = createBroker();
  const { port } = await broker.listen();
  const folder = await mkdtemp(join(tmpdir(), 'midge-example-'));
  const peer = createClient({ host: '127.0.0.1', port, buffers: { receiveBytes: 8192, outboxBytes: 65536, controlBytes: 512, transmitBytes: 8192 } });
  const seen: { topic: string; text: string }[] = [];
  const children: ChildProcessWithoutNullStreams[] = [];
  const ends: LinkEnd[] = [];
  await peer.connect();
  await peer.subscribe('#', { qos: 1 }, (message) => { seen.push({ topic: message.topic, text: message.payload.toString() }); });
  const start = (command: string, args: readonly string[]): ChildProcessWithoutNullStreams => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, NODEMCU_FILES: folder } });
    child.stderr.on('data', (text: Buffer) => { errors += text.toString(); });
    children.push(child);
    return child;
  };
  let errors = '';
  const next = async (topic: string): Promise<string> => {
    for (let waited = 0; waited < 60_000; waited += 10) {
      const at = seen.findIndex((message) => message.topic === topic);
      if (at >= 0) return seen.splice(at, 1)[0].text;
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    throw new Error(`nothing came on ${topic}; there was ${JSON.stringify(seen)}; ${errors}`);
  };
  try {
    await use({ port, folder, peer, start, join: (board) => { ends.push(new LinkEnd(board, port)); }, next });
  } finally {
    for (const end of ends) end.end();
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await peer.end();
    await broker.close();
    await rm(folder, { recursive: true });
  }
}

function exampleFile(name: string): string {
  return join(packageRoot, 'targets/lua/examples', name);
}

async function startNodemcu({ folder, port, start }: Ground, example: string, module: 'midge' | 'midge-uart' = 'midge'): Promise<ChildProcessWithoutNullStreams> {
  await copyFile(luaFile(`nodemcu/${module}.lua`), join(folder, `${module}.lua`));
  return start(lua51.command, [luaTestFile('nodemcu/run-example.lua'), luaTestFile('nodemcu/stub.lua'), folder, exampleFile(`nodemcu/${example}.lua`), String(port)]);
}

/** The examples' broker is at port 1883 of a host that the command line names: here the module is told another port. */
function portedTo(module: string, port: number, example: string): string {
  return `local make = require("${module}").client require("${module}").client = function(o) o.port = ${port} return make(o) end arg = { "127.0.0.1" } dofile(${JSON.stringify(exampleFile(example))})`;
}

if (able !== true) {
  registerNotRun(test, 'Lua 5.1 with bit and socket is installed', `${able}: the Lua examples were NOT RUN`);
} else {
  // Building takes seconds in which no connection of this process is kept alive.
  test.before(() => {
    for (const path of ['nodemcu/midge.lua', 'nodemcu/midge-uart.lua', 'luasocket/midge.lua', 'luasocket/midge53.lua', 'stdio/midge.lua', 'stdio/midge53.lua']) luaFile(path);
  });

  test('NodeMCU: the sensor publishes and sleeps', async (t) => {
    await onGround(async (ground) => {
      const board = await startNodemcu(ground, 'sensor');
      const closed = once(board, 'close');
      t.is(await ground.next('sensors/1193046/battery'), '512');
      await closed;
      t.is(board.exitCode, 0);
    });
  });

  test('NodeMCU: a command is answered', async (t) => {
    await onGround(async (ground) => {
      await startNodemcu(ground, 'command');
      t.is(await ground.next('midge/board-1193046/state'), 'here');
      await ground.peer.publish('midge/board-1193046/command', 'on', { qos: 1 });
      t.is(await ground.next('midge/board-1193046/response'), 'on');
      await ground.peer.publish('midge/board-1193046/command', 'fly', { qos: 1 });
      t.is(await ground.next('midge/board-1193046/response'), 'unknown command: fly');
    });
  });

  test('NodeMCU: an image larger than its buffers goes into a file, whole', async (t) => {
    await onGround(async (ground) => {
      const image = Buffer.from(Array.from({ length: 30_000 }, (_, n) => (n * 7 + (n >>> 8)) & 255));
      // Retained, so that it comes whenever the board has subscribed, and once.
      await ground.peer.publish('midge/board-1193046/firmware', image, { qos: 1, retain: true });
      await startNodemcu(ground, 'firmware');
      t.is(await ground.next('midge/board-1193046/response'), 'image of 30000 bytes is here');
      t.deepEqual(await readFile(join(ground.folder, 'lfs.img')), image);
    });
  });

  test('NodeMCU: a board on UART 0 behind a link', async (t) => {
    await onGround(async (ground) => {
      const board = await startNodemcu(ground, 'serial', 'midge-uart');
      ground.join(board);
      await ground.peer.publish('midge/board-1193046/command', 'hello', { qos: 1, retain: true });
      t.is(await ground.next('midge/board-1193046/response'), 'heard: hello');
    });
  });

  test('NodeMCU: what a timer publishes is on the wire of UART 0 before publish returns', async (t) => {
    await onGround(async (ground) => {
      const program = join(ground.folder, 'program.lua');
      await writeFile(program, `
        local count, write = 0, uart.write
        uart.write = function(...) count = count + 1 return write(...) end
        local client = require("midge-uart").Client("timed", 100, nil, nil, 0, 256)
        client:connect(115200, function()
          tmr.create():alarm(500, tmr.ALARM_SINGLE, function()
            local before = count
            client:publish("timed", "at once", 0, 0)
            local first = count - before
            client:publish("timed", "at once", 1, 0)
            client:publish("written", first .. " " .. count - before - first, 1, 0)
          end)
        end)`);
      await copyFile(luaFile('nodemcu/midge-uart.lua'), join(ground.folder, 'midge-uart.lua'));
      const board = ground.start(lua51.command, [luaTestFile('nodemcu/run-example.lua'), luaTestFile('nodemcu/stub.lua'), ground.folder, program, String(ground.port)]);
      ground.join(board);
      t.is(await ground.next('written'), '1 1');
    });
  });

  for (const [lua, module] of [[lua51, 'midge'], [lua53, 'midge53']] as const) {
    test(`${lua.name}: a file larger than any buffer arrives whole, and the program ends`, async (t) => {
      await onGround(async ({ folder, port, start, peer }) => {
        await copyFile(luaFile(`luasocket/${module}.lua`), join(folder, `${module}.lua`));
        // Retained, so that it comes whenever the program has subscribed.
        const image = Buffer.from(Array.from({ length: 30_000 }, (_, n) => (n * 7 + (n >>> 8)) & 255));
        await peer.publish('midge/lua-firmware/firmware', image, { qos: 1, retain: true });
        const program = start(lua.command, ['-e', portedTo(module, port, 'plain/firmware.lua')]);
        let printed = '';
        program.stdout.on('data', (text: Buffer) => { printed += text.toString(); });
        await once(program, 'close');
        t.is(program.exitCode, 0);
        t.is(printed, 'image.bin has 30000 bytes\n');
        t.deepEqual(await readFile(join(folder, 'image.bin')), image);
        t.false((await readdir(folder)).includes('image.part'));
      });
    });
  }

  for (const [lua, module, variant] of [[lua51, 'midge', 'midge'], [lua53, 'midge53', 'midge53']] as const) {
    test(`${lua.name}: sensor, command and a link on standard input and output`, async (t) => {
      await onGround(async (ground) => {
        const { folder, port, start, next, peer } = ground;
        await copyFile(luaFile(`luasocket/${variant}.lua`), join(folder, `${module}.lua`));
        const sensor = start(lua.command, ['-e', portedTo(module, port, 'plain/sensor.lua')]);
        const closed = once(sensor, 'close');
        t.is(await next('sensors/lua-sensor/temperature'), '21.5');
        await closed;
        t.is(sensor.exitCode, 0);
        start(lua.command, ['-e', portedTo(module, port, 'plain/command.lua')]);
        t.is(await next('midge/lua-command/state'), 'here');
        await peer.publish('midge/lua-command/command', 'memory', { qos: 1 });
        t.regex(await next('midge/lua-command/response'), /^\d+ bytes$/);
        await copyFile(luaFile(`stdio/${variant}.lua`), join(folder, `${module}.lua`));
        const board = start(lua.command, [exampleFile('plain/serial.lua')]);
        ground.join(board);
        t.regex(await next('midge/lua-serial/memory'), /^\d+$/);
        await peer.publish('midge/lua-serial/command', 'x'.repeat(600), { qos: 1 });
        t.is(await next('midge/lua-serial/response'), `heard: ${'x'.repeat(600)}`);
        await peer.publish('midge/lua-serial/command', 'hello', { qos: 1 });
        t.is(await next('midge/lua-serial/response'), 'heard: hello');
      });
    });
  }

  test('plain Lua: the sensor keeps every reading that was not acknowledged, and only those', async (t) => {
    const published: string[] = [];
    // How many PUBLISHes are answered before the connection is cut, on each.
    const answers = [0, 1, 9];
    let left = 0;
    const server = await ScriptedServer.open((first, packet, socket, connection) => {
      if (first === 0x10) {
        left = answers[connection] ?? 0;
        socket.write(Buffer.from([0x20, 2, connection > 0 ? 1 : 0, 0]));
      } else if ((first & 0xf0) === 0x30) {
        const at = 4 + packet[3];
        published.push(`${connection}: ${packet.subarray(at + 2).toString()}`);
        left -= 1;
        if (left >= 0) socket.write(Buffer.from([0x40, 2, packet[at], packet[at + 1]]));
        // What was answered has arrived before the end is seen.
        else socket.end();
      }
    });
    t.teardown(() => server.close());
    await onGround(async ({ folder, start }) => {
      await copyFile(luaFile('luasocket/midge.lua'), join(folder, 'midge.lua'));
      const run = async (reading: string): Promise<number | null> => {
        // It connects once, and its patience ends sooner than that of people.
        const impatient = `local make, time = require("midge").client, os.time os.time = function() return time() * 2 end require("midge").client = function(o) o.retry_min_ms, o.retry_max_ms = 99999, 99999 return make(o) end `;
        const program = start(lua51.command, ['-e', impatient + portedTo('midge', server.port, 'plain/sensor.lua').replace('"127.0.0.1"', `"127.0.0.1", "${reading}"`)]);
        await once(program, 'close');
        return program.exitCode;
      };
      t.is(await run('first'), 1);
      t.is(await run('second'), 1);
      t.is(await run('third'), 0);
      t.deepEqual(published, ['0: first', '1: first', '1: second', '2: second', '2: third']);
    });
  });
}
