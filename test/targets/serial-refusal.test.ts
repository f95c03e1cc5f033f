/**
 * A server refuses and closes at once, and both reach a board behind the gateway in one piece: what came last is read before the end of the connection is
 * told, so that the program hears why, on every target that speaks the link.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { registerNotRun } from '../engines/installed.js';
import { until } from '../until.js';
import { serialPort, wirePair } from './espruino-serial-stub.js';
import { Espruino } from './espruino-stub.js';
import { LinkEnd, type LinkWire } from './link-end.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';
import './moddable/register.js';
import { ScriptedServer } from './scripted-server.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');
const { SerialTransport } = await import('../../targets/moddable/modules/serial.js');
const { default: Serial } = await import('./moddable/stub/serial.js');

/** CONNACK of 3.1.1 with return code 5, not authorized, and the end of the connection. */
async function refusingServer(t: ExecutionContext): Promise<number> {
  const server = await ScriptedServer.open((firstByte, _packet, socket) => {
    if (firstByte === 0x10) socket.end(Buffer.from('20020005', 'hex'));
  });
  t.teardown(() => server.close());
  return server.port;
}

/** Waits until the board has said something of the end of its first connection. */
async function said(t: ExecutionContext, wire: LinkWire, lines: readonly string[]): Promise<string> {
  const end = new LinkEnd(wire, await refusingServer(t), true);
  t.teardown(() => { end.end(); });
  await until(() => lines.length > 0, 'the end of the connection');
  return lines[0];
}

// A build takes the process for seconds, in which the gateway's end of a link would be deaf.
const espruinoModule = buildStorageModule('mqtt311', true, 'midge-serial').code;
test.before('the files are built before the first program runs', () => {
  for (const name of ['stdio/midge', 'stdio/midge53', 'nodemcu/midge-uart']) luaFile(`${name}.lua`);
});

test('Espruino', async (t) => {
  const [far, near] = wirePair();
  const lines: string[] = [];
  const board = new Espruino({ print: (line) => { lines.push(line); }, flash: new Map([['midge-serial', espruinoModule]]), devices: (idle) => ({ Serial1: serialPort(idle, near) }) });
  t.teardown(() => { board.off(); });
  board.run(`Serial1.setup(115200);
    var mqtt = require("midge-serial").create(Serial1, { client_id: "board" });
    ["error", "disconnected"].forEach(function (name) { mqtt.on(name, function (about) { print(name + " " + about); }); });
    mqtt.connect();`);
  t.regex(await said(t, { stdin: far, stdout: far }, lines), /^error Connection refused, NOT_AUTHORIZED$/);
});

test('Moddable', async (t) => {
  const [far, near] = wirePair();
  const lines: string[] = [];
  const transport = new SerialTransport({ io: Serial, baud: 115200, host: 'fifo', wire: { stdin: near, stdout: near }, seed: 3 });
  const client = new Midge({ id: 'board', transport, onDisconnected: (words) => { lines.push(words); } });
  t.teardown(() => { client.close(); });
  client.connect();
  t.regex(await said(t, { stdin: far, stdout: far }, lines), /^the server refused$/);
});

for (const lua of luas) {
  const able = luaWithSockets(lua);
  if (able !== true) {
    registerNotRun(test, `${lua.name} with LuaSocket is installed`, `${able}: a refusal behind a gateway was NOT RUN`);
    continue;
  }
  const programs = {
    'standard input and output': [luaFile.bind(null, `stdio/${lua.command === 'lua5.3' ? 'midge53' : 'midge'}.lua`), `
      local client = dofile(arg[1]).client({ id = "board" })
      client:on("disconnect", function(_, status, reason) io.stderr:write(status, " ", reason, "\\n") end)
      client:connect()
      while true do client:step(1) end`],
    'UART 0 of NodeMCU': [luaFile.bind(null, 'nodemcu/midge-uart.lua'), `
      local stub = dofile(${JSON.stringify(luaTestFile('nodemcu/stub.lua'))})
      local client = dofile(arg[1]).Client("board", 60, nil, nil, 0, 256)
      client:connect(115200, nil, function(_, code) io.stderr:write("-42 ", code, "\\n") end)
      stub.run()`],
  } as const;
  for (const [where, [module, program]] of Object.entries(programs)) {
    if (where.startsWith('UART') && lua.command !== 'lua5.1') continue;
    test(`${lua.name}, ${where}`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'midge-refusal-'));
      t.teardown(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, 'program.lua'), `pcall(require, "bit") ${program}`);
      const board = spawn(lua.command, [join(folder, 'program.lua'), module()]);
      t.teardown(() => { board.kill('SIGKILL'); });
      const lines: string[] = [];
      board.stderr.on('data', (text: Buffer) => { lines.push(...text.toString().trimEnd().split('\n')); });
      t.is(await said(t, board, lines), '-42 5');
    });
  }
}
