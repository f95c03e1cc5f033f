/**
 * NodeMCU's mqtt API in all its documented shapes, its refusals, and a session over deep sleep, on the stub of NodeMCU's modules. With MIDGE_NODEMCU_DOCS
 * (the path of docs/modules/mqtt.md in nodemcu-firmware) the documentation's own examples run too, unchanged.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createClient } from '../../targets/node/index.js';
import { createBroker } from '../../src/broker/index.js';
import { reportNotRun } from '../engines/installed.js';
import { runProcess } from '../engines/process.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

const stub = luaTestFile('nodemcu/stub.lua');
const present = luas.filter((lua) => luaWithSockets(lua) === true);

test('each Lua with sockets is installed, or this machine may do without', (t) => {
  for (const lua of luas) {
    const able = luaWithSockets(lua);
    if (able === true) continue;
    reportNotRun(t, `${able}: NodeMCU's API on it was NOT RUN`);
  }
  t.pass();
});

async function withBroker(use: (port: number) => Promise<void>): Promise<void> {
  const broker = createBroker();
  const { port } = await broker.listen();
  try {
    await use(port);
  } finally {
    await broker.close();
  }
}

/** In this order, whichever Lua runs it. */
const shapesExpected = `constants -5 -4 -3 -2 -1 0 1 2 3 4 5
refused clientid must be a string
refused keepalive must be 0 to 65535 seconds
refused password needs a username
refused clientid must not be empty with cleansession 0
refused max_message_length and option 'receive' must be at least 16
refused mqtt.Client: option 'colour' is unknown; known are connect_ms, filters, inbound, messages, outbox, ping_ms, receive, reconnect, retry_max_ms, retry_min_ms, session, subscriptions, version
refused mqtt.Client: option 'outbox' must be a whole number
refused on: event 'thunder' is unknown; known are connect, connfail, drop, message, offline, overflow, puback, stream, suback, subfail, unsuback
refused connect: host must be a string
refused connect: behind the host stand port (a number), secure (true or false), and one or two functions, in this order
refused publish: qos must be 0, 1 or 2
refused lwt: qos must be 0, 1 or 2
connected true
suback true
true 0
suback of a table
true 0
puback true
message true shapes/one hello
message true shapes/two hello
puback true
message true shapes/three nil
puback true
message true shapes/two 800
puback true
false -20
overflow shapes/two 1007 true
message true shapes/two small
true 0
unsuback
unsuback of a table
offline true
connected again
offline true
connfail true -5
connfail -3
no network -3
`;

/** Acknowledgement and message of one publish may come in either order. */
function sorted(text: string): string[] {
  return text.trim().replaceAll('\t', ' ').split('\n').sort();
}

for (const lua of present) {
  test(`every documented call in each of its shapes, on ${lua.name}`, async (t) => {
    await withBroker(async (port) => {
      const output = await runProcess(lua.command, [luaTestFile('nodemcu/shapes.lua'), stub, luaFile('nodemcu/midge.lua'), String(port)], '');
      t.deepEqual(sorted(output), sorted(shapesExpected));
    });
  });
}

async function sleeps(t: ExecutionContext, command: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'midge-nodemcu-'));
  process.env['NODEMCU_FILES'] = folder;
  const wake = (port: number, text: string, patienceMs: number): Promise<string> =>
    runProcess(command, [luaTestFile('nodemcu/sleep.lua'), stub, luaFile('nodemcu/midge.lua'), String(port), text, String(patienceMs)], '');
  try {
    // Nobody listens: the reading is kept over the sleep.
    t.regex(await wake(1, 'first', 300), /accepted\s+connfail\s+-5\s+no acknowledgement\s+true/);
    t.true((await readFile(join(folder, 'midge.ses'))).length > 60);
    await withBroker(async (port) => {
      const watcher = createClient({ host: '127.0.0.1', port });
      const seen: string[] = [];
      await watcher.connect();
      await watcher.subscribe('sleeper/#', { qos: 2 }, (message) => { seen.push(message.payload.toString()); });
      t.regex(await wake(port, 'second', 30_000), /connected\s+false\s+acknowledged\s+acknowledged\s+offline\s+true/);
      t.deepEqual(seen, ['first', 'second']);
      t.regex(await wake(port, 'third', 30_000), /connected\s+true\s+acknowledged\s+offline/);
      // A damaged file is no session: the sensor starts with an empty one.
      await writeFile(join(folder, 'midge.ses'), 'x'.repeat(200));
      t.regex(await wake(port, 'fourth', 30_000), /acknowledged\s+offline/);
      t.deepEqual(seen, ['first', 'second', 'third', 'fourth']);
      await watcher.end();
    });
  } finally {
    delete process.env['NODEMCU_FILES'];
    await rm(folder, { recursive: true });
  }
}

for (const lua of present.slice(0, 1)) {
  test.serial(`a session in a file outlives deep sleep, on ${lua.name}`, async (t) => { await sleeps(t, lua.command); });
}

const docs = process.env['MIDGE_NODEMCU_DOCS'];

test("the documentation's own examples run unchanged, where MIDGE_NODEMCU_DOCS names it", async (t) => {
  if (docs === undefined || present.length === 0) {
    t.log('NOT RUN: set MIDGE_NODEMCU_DOCS to docs/modules/mqtt.md of nodemcu-firmware');
    t.pass();
    return;
  }
  const [whole] = /```lua\n([\s\S]*?)```/.exec(await readFile(docs, 'utf8')) ?? [];
  await withBroker(async (port) => {
    // The example's address and port lead to the test's broker; nothing of the program is changed.
    const program = `local stub = dofile(${JSON.stringify(stub)})
local create = net.createConnection
net.createConnection = function()
  local socket = create()
  local connect = socket.connect
  socket.connect = function(self) connect(self, ${port}, "127.0.0.1") end
  return socket
end
mqtt = dofile(${JSON.stringify(luaFile('nodemcu/midge.lua'))})
tmr.create():alarm(1500, tmr.ALARM_SINGLE, function() stub.isOver = true end)
${whole!.replace(/^```lua\n|```$/g, '')}
stub.run()
`;
    const folder = await mkdtemp(join(tmpdir(), 'midge-nodemcu-'));
    try {
      await writeFile(join(folder, 'example.lua'), program);
      const output = await runProcess(present[0].command, [join(folder, 'example.lua')], '');
      t.deepEqual(sorted(output), ['/topic:', 'connected', 'hello', 'offline', 'sent', 'subscribe success'].sort());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
