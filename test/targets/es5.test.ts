// The ES5 target: its examples in Duktape against a broker, what its client allocates, and where its files say they come from.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { readMap, sourceOf } from '../../targets/build/source-map.js';
import { sourceText } from '../../targets/build/program.js';
import type { BuildRequest } from '../../targets/build/target.js';
import { publicNames } from '../../targets/es5/public-names.js';
import { type Running, start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { linkEntry } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { deviceFolder, socat, socatIsHere } from '../gateway/pty.js';
import { makeClient } from '../node/support.js';
import { Random, seedOf } from '../unit/random.js';
import { built, builtScript, embedHost, scratch, scriptFolder } from './es5/host.js';
import { ScriptedServer } from './scripted-server.js';
import { until } from '../until.js';

const request: BuildRequest = { profile: 'mqtt311', minify: true };

// A build takes the process for seconds, in which the broker of another test would be deaf, and its board give up.
test.before('all scripts are built before the first board runs', () => {
  for (const example of ['sensor', 'command', 'firmware', 'serial']) built({ ...request, example });
  built(request);
  built({ ...request, profile: 'full' });
  built({ ...request, minify: false, example: 'command' });
});
const host = embedHost();

interface Heard {
  readonly topic: string;
  readonly text: string;
}

/** A broker, and a client of it that hears everything. */
async function site(t: ExecutionContext) {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const heard: Heard[] = [];
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer', buffers: { outboxBytes: 200_000 } });
  peer.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }));
  await peer.connect();
  await peer.subscribe('#', { qos: 2 });
  return { port, peer, heard, on: (topic: string) => heard.filter((one) => one.topic === topic).map(({ text }) => text) };
}

/** Runs scripts in the host, and ends it with the test. */
function board(t: ExecutionContext, args: readonly string[]): Running {
  if ('reason' in host) throw new Error(host.reason);
  const running = start(host.path, args);
  t.teardown(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

function settings(values: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--set', name, String(value)]);
}

if ('path' in host) {
  for (const [profile, version] of [['mqtt311', 4], ['full', 5]] as const) {
    test(`${profile}, version ${version}: no message of any QoS allocates, and a planted allocation is seen`, async (t) => {
      const { port } = await site(t);
      const script = builtScript(scratch(t), { profile, minify: true }, 'midge.js');
      const run = async (planted: number) => {
        const { code, stdout, stderr } = await board(t, [...settings({ port, rounds: 300, planted, version }), script, join(scriptFolder, 'rounds.js')]).ended;
        t.is(code, 0, stderr);
        return stdout.toString();
      };
      const clean = await run(0);
      t.regex(clean, /^allocations 0 messages 1800 wrong 0$/m);
      t.log(clean.split('\n').slice(0, 2).join(' B, '));
      t.regex(await run(1), /^allocations [1-9]\d* messages 1800 wrong 0$/m);
    });
  }

  test('example sensor: three readings, each acknowledged before it sleeps; the number goes on after a restart', async (t) => {
    const { port, on } = await site(t);
    const folder = scratch(t);
    const script = builtScript(folder, { ...request, example: 'sensor' }, 'sensor.js');
    const args = ['--store', folder, ...settings({ port, periodMs: 60, readings: 3 }), script];
    t.is((await board(t, args).ended).code, 0);
    t.is((await board(t, args).ended).code, 0);
    await until(() => on('sensors/7/temperature').length >= 6, 'six readings');
    t.deepEqual(on('sensors/7/temperature'), ['1 21', '2 22', '3 23', '4 24', '5 20', '6 21']);
  });

  test('example sensor: after a server that acknowledged nothing, all readings are sent till they are acknowledged, and not again', async (t) => {
    const acknowledged: string[] = [];
    const again: string[] = [];
    const server = await ScriptedServer.open((first, packet, socket, number) => {
      if (first >>> 4 === 1) socket.write(Uint8Array.of(0x20, 2, number > 0 ? 1 : 0, 0));
      if (first >>> 4 !== 3) return;
      const topicTo = 4 + packet.readUInt16BE(2);
      const reading = packet.toString('latin1', topicTo + 2).split(' ')[0];
      if (acknowledged.includes(reading)) again.push(reading);
      // One after the other: a sensor that leaves at the first acknowledgement misses the next ones.
      if (number > 1) {
        acknowledged.push(reading);
        setTimeout(() => { socket.write(Uint8Array.of(0x40, 2, packet[topicTo], packet[topicTo + 1])); }, 50 * Number(reading));
      }
    });
    t.teardown(() => server.close());
    const folder = scratch(t);
    const { code, stderr } = await board(t, [
      '--store', folder, ...settings({ port: server.port, periodMs: 60, awakeMaxMs: 2000, readings: 6 }), builtScript(folder, { ...request, example: 'sensor' }, 'sensor.js'),
    ]).ended;
    t.is(code, 0, stderr);
    t.deepEqual(acknowledged, ['1', '2', '3', '4', '5', '6']);
    t.deepEqual(again, []);
  });

  test('example command: obeys, answers, and says what it does not know', async (t) => {
    const { port, peer, on } = await site(t);
    const running = board(t, [...settings({ port }), builtScript(scratch(t), { ...request, example: 'command' }, 'command.js')]);
    await running.said('ready for commands', 'stdout');
    for (const line of ['led', 'led on', 'led', 'läd']) await peer.publish('devices/7/command', line, { qos: 1 });
    await until(() => on('devices/7/response').length >= 4, 'four answers');
    t.deepEqual(on('devices/7/response'), ['led off', 'led on', 'led on', 'no such command: led on, led off, led, uptime']);
  });

  test('example firmware: an image of 100 kB through a buffer of 128 bytes, stored whole', async (t) => {
    const random = new Random(seedOf('MIDGE_TARGET_SEED'));
    const { port, peer, on } = await site(t);
    const folder = scratch(t);
    const running = board(t, ['--store', folder, ...settings({ port }), builtScript(folder, { ...request, example: 'firmware' }, 'firmware.js')]);
    await running.said('ready for an image', 'stdout');
    for (const size of [100_000, 50]) {
      const image = Buffer.from(Array.from({ length: size }, () => random.below(256)));
      await peer.publish('devices/7/firmware', image, { qos: 1 });
      const sum = image.reduce((total, byte) => (total + byte) & 65535, 0);
      await until(() => on('devices/7/firmware/done').includes(`${size} ${sum}`), `the sum of ${size} bytes`);
      t.deepEqual(readFileSync(join(folder, 'firmware')).subarray(0, size), image);
    }
  });

  if (socatIsHere(test)) {
    test('example serial: a board behind the gateway publishes and hears', async (t) => {
      const { port, peer, on } = await site(t);
      const folder = await deviceFolder(t);
      const [near, far] = [join(folder, 'near'), join(folder, 'far')];
      const wire = start(socat!, [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
      t.teardown(async () => {
        wire.child.kill();
        await wire.ended;
      });
      const gateway = await Hosted.start(t, { spool: null, ports: [linkEntry(far, port, null)] });
      await gateway.state('open');
      const running = board(t, ['--serial', near, '115200', ...settings({ periodMs: 200 }), builtScript(scratch(t), { ...request, example: 'serial' }, 'serial.js')]);
      await running.said('reading 2 is with the server', 'stdout');
      // On a slow machine that is said of the first, when the second is on its way.
      await until(() => on('boards/7/reading').length >= 2, 'two readings');
      t.deepEqual(on('boards/7/reading').slice(0, 2), ['reading 1', 'reading 2']);
      await peer.publish('boards/7/command', 'hello board', { qos: 1 });
      await running.said('boards/7/command hello board', 'stdout');
    });
  }

  test('disconnect at once after connect, and connect again: the second attempt is made', async (t) => {
    const { port } = await site(t);
    const folder = scratch(t);
    const application = join(folder, 'application.js');
    writeFileSync(application, `
      var began = hostMillis();
      var client = midge.create({ clientId: 'a' });
      client.onConnect = function () { print('connected'); began -= 20000; };
      client.onClose = function (status) { print('closed ' + status); };
      function connect() { print('connect ' + client.connect('127.0.0.1', ${port})); }
      connect();
      client.disconnect();
      client.poll();
      client.poll();
      connect();
      function loop() { return ((hostMillis() - began) & 0x3fffffff) >= 20000 ? -1 : Math.min(client.poll(), 100); }
    `);
    const { stdout } = await board(t, [builtScript(folder, request, 'midge.js'), application]).ended;
    t.is(stdout.toString(), 'connect 0\nclosed -8\nconnect 0\nconnected\n');
  });

  test('what a server sent before it left is read, though nothing can be sent to it any more', async (t) => {
    const message = (n: number): Buffer => Buffer.from(`\x30\x1f\x00\x02inthe message with number ${100 + n}`, 'latin1');
    const server = await ScriptedServer.open((first, packet, socket) => {
      if (first >>> 4 === 1) socket.write(Uint8Array.of(0x20, 2, 0, 0));
      if (first >>> 4 !== 8) return;
      socket.write(Buffer.concat([Uint8Array.of(0x90, 3, packet[2], packet[3], 0), ...Array.from({ length: 40 }, (_, n) => message(n))]));
      socket.destroySoon();
    });
    t.teardown(() => server.close());
    const folder = scratch(t);
    const application = join(folder, 'application.js');
    writeFileSync(application, `
      var client = midge.create({ clientId: 'a' });
      var count = 0;
      var isOver = false;
      // Till the server has left.
      client.onSubscribe = function () { for (var began = hostMillis(); ((hostMillis() - began) & 0x3fffffff) < 500;); };
      client.onMessage = function (m) { count++; client.publish('answer', m.text(), 0); };
      client.onClose = function () { print(count); isOver = true; };
      client.subscribe('in', 0);
      client.connect('127.0.0.1', ${server.port});
      function loop() { return isOver ? -1 : client.poll(); }
    `);
    const { stdout } = await board(t, [builtScript(folder, request, 'midge.js'), application]).ended;
    t.is(stdout.toString(), '40\n');
  });

  test('wrong use is told by name: unknown options, wrong types, values out of range, no server', async (t) => {
    const folder = scratch(t);
    const script = builtScript(folder, request, 'midge.js');
    const wrong: readonly (readonly [code: string, says: RegExp])[] = [
      ['midge.create({ clientID: "a" })', /there is no option clientID/],
      ['midge.create({ version: 5 })', /there is no option version/],
      ['midge.create({ keepAliveS: "60" })', /option keepAliveS must be a number/],
      ['midge.create({ receiveBytes: 4 })', /option receiveBytes must be from 16 to 268435456, not 4/],
      ['midge.create({ will: { topik: "a" } })', /there is no option will\.topik/],
      ['midge.create({}).connect()', /connect needs the name or address of a server/],
    ];
    for (const [code, says] of wrong) {
      const application = join(folder, 'application.js');
      writeFileSync(application, `\n\n${code};\n`);
      const { code: exit, stderr } = await board(t, [script, application]).ended;
      t.is(exit, 1);
      t.regex(stderr, says);
      t.regex(stderr, /application\.js:3/, 'the line of the script');
    }
    const overLink = builtScript(folder, request, 'midge-link.js');
    writeFileSync(join(folder, 'application.js'), 'midge.create({}).connect("server");');
    t.regex((await board(t, [overLink, join(folder, 'application.js')]).ended).stderr, /the gateway knows the server/);
  });
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: the examples on it were NOT RUN`);
}

/** Line and column of a text in code, both from 0. */
function placeOf(code: string, text: string): readonly [number, number] {
  const before = code.slice(0, code.indexOf(text)).split('\n');
  return [before.length - 1, before[before.length - 1].length];
}

for (const minify of [true, false]) {
  test(`the source maps of ${minify ? 'minified' : 'readable'} files lead to the lines that were written`, (t) => {
    const files = built({ profile: 'mqtt311', minify, example: 'command' });
    const marks = [
      ['midge.js', 'midge: there is no option', 'targets/es5/options.ts'], ['midge.js', '268435456', 'src/core/config.ts'],
      ['midge.js', 'midge: connect needs', 'targets/es5/port.ts'], ['midge-link.js', 'the gateway knows', 'targets/es5/link-port.ts'],
      ['command.js', 'no such command', 'targets/es5/examples/command.js'],
    ] as const;
    for (const [path, text, source] of marks) {
      const file = files.find((one) => one.path === path)!;
      const found = sourceOf(readMap(file.sourceMap!), ...placeOf(String(file.content), text));
      t.is(found?.source, source, text);
      if (text !== '268435456') t.true(sourceText(source).split('\n')[found!.sourceLine].includes(text), `${text}: line ${found!.sourceLine + 1}`);
    }
    for (const { content, parts } of files) t.is(parts.reduce((sum, part) => sum + part.bytes, 0), Buffer.byteLength(String(content)), 'every byte belongs to a part');
  });
}

test('Node follows the map of a readable file: an error names the line that was written', async (t) => {
  const folder = scratch(t);
  const script = builtScript(folder, { ...request, minify: false, example: 'command' }, 'command.js');
  const { code, stderr } = await start(process.execPath, ['--enable-source-maps', script]).ended;
  t.is(code, 1);
  const line = sourceText('targets/es5/examples/command.js').split('\n').findIndex((one) => one.includes('hostMillis()')) + 1;
  t.regex(stderr, new RegExp(`targets/es5/examples/command\\.js:${line}`));
  t.regex(stderr, /hostMillis is not defined/);
});

test('the README names every public name', (t) => {
  const readme = sourceText('targets/es5/README.md');
  for (const name of publicNames('full')) t.regex(readme, new RegExp(`\\b${name}\\b`), name);
});
