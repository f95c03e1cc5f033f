/** A plain-Lua module that reads parts of itself from its file: not for messages, only from its own file, and with what it says where that is not there. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createBroker } from '../../src/broker/index.js';
import { placeIn } from '../../targets/build/lua-parts.js';
import { createClient } from '../../targets/node/index.js';
import { packageRoot } from '../../targets/build/program.js';
import { plainParts } from '../../targets/lua/parts.js';
import { registerNotRun } from '../engines/installed.js';
import { LinkEnd } from './link-end.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

const benchFolder = join(packageRoot, 'test/bench/lua');

function moduleOf(command: string, folder: 'luasocket' | 'stdio'): string {
  return `${folder}/${command === 'lua5.3' ? 'midge53' : 'midge'}.lua`;
}

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'midge-parts-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function complaint(command: string, args: readonly string[]): string {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? 'none' : stderr;
}

function notItsFile(t: ExecutionContext, text: string, named: string): void {
  t.regex(text, /midge reads parts of itself from its file when they are needed, and .* is not that file \(any more\): load it as `midge build lua` wrote it/);
  t.true(text.includes(`and ${named} is not`), text);
}

for (const { name, command } of luas) {
  const able = luaWithSockets({ name, command });
  if (able !== true) {
    registerNotRun(test, `${name} with LuaSocket is installed`, `${able}: the parts of its module were NOT RUN`);
    continue;
  }
  const path = moduleOf(command, 'luasocket');

  for (const [profile, version] of [['mqtt311', '4'], ['full', '5']] as const) {
    test(`${name}, profile ${profile}: once used, nothing is read again for messages of any kind`, (t) => {
      const output = execFileSync(command, [luaTestFile('lua/reads.lua'), luaFile(path, true, profile), benchFolder, version], { encoding: 'utf8' });
      t.is(output, 'received 312, published 104, read again 0\n');
    });
  }

  test(`${name}: a message that is received leaves no garbage, nor one that is published plainly`, (t) => {
    // On 5.3 a packet of more than 40 bytes is a string of its own, which the socket gives and takes. LuaJIT lets a table grow once in the 1,000.
    const most = command === 'lua5.3' ? 80 : command === 'luajit' ? 4 : 0;
    // What its compiler makes meanwhile, and when, differs from run to run.
    const own = command === 'luajit' ? ['-joff'] : [];
    for (const work of ['publish0', 'inbound0', 'inbound1', 'inbound2']) {
      const bytes = Number(execFileSync(command, [...own, join(benchFolder, 'measure.lua'), 'midge', luaFile(path), work, '1000'], { encoding: 'utf8' }));
      t.log(`${work}: ${bytes} bytes`);
      t.true(bytes <= most, `${work}: ${bytes} bytes`);
    }
  });

  test(`${name}: a module that is not in its file says so`, (t) => {
    inFolder((folder) => {
      const module = join(folder, 'midge.lua');
      copyFileSync(luaFile(path), module);
      const load = command === 'lua5.3' ? 'load' : 'loadstring';
      notItsFile(t, complaint(command, ['-e', `${load}(io.open("${module}"):read("*a"))()`]), 'what it was loaded from');
      const program = `local midge = dofile("${module}") io.open("${module}", "w"):write("return 1") midge.client({})`;
      notItsFile(t, complaint(command, ['-e', program]), module);
    });
  });

  test(`${name}: it goes on from its file when that was moved away, and another put in its place`, (t) => {
    inFolder((folder) => {
      const module = join(folder, 'midge.lua');
      copyFileSync(luaFile(path), module);
      const program = `local midge = dofile("${module}") os.rename("${module}", "${module}.old") io.open("${module}", "w"):write("return 1") print(midge.client({}):session() ~= nil)`;
      t.is(execFileSync(command, ['-e', program], { encoding: 'utf8' }), 'true\n');
    });
  });

  test(`${name}: methods that are not there yet are found, others are not`, (t) => {
    const program = `local client = dofile("${luaFile(path)}").client({}) print(type(client.unsubscribe), client.fly, client[1], client[".on"], client["%w"], client.publish == client.publish)`;
    t.is(execFileSync(command, ['-e', program], { encoding: 'utf8' }), 'function\tnil\tnil\tnil\tnil\ttrue\n');
    t.regex(complaint(command, ['-e', `local client = dofile("${luaFile(path)}").client({})\nclient:on("fly")`]), /command line\)?(?:"\])?:2: midge: on: event 'fly' is unknown/);
  });

  test(`${name}: over the serial link nothing is read again either`, async (t) => {
    const broker = createBroker();
    const { port } = await broker.listen();
    const peer = createClient({ host: '127.0.0.1', port });
    const board = spawn(command, [luaTestFile('lua/reads-serial.lua'), luaFile(moduleOf(command, 'stdio'))]);
    const end = new LinkEnd(board, port);
    const counts: string[] = [];
    try {
      await peer.connect();
      await peer.subscribe('reader/out', { qos: 2 }, (message) => { counts.push(message.payload.toString()); });
      for (let n = 0; counts.length < 30 && n < 3000; n++) {
        if (n % 10 === 0) await peer.publish('reader/in', 'x'.repeat(n % 200), { qos: n % 3 as 0 | 1 | 2 });
        await new Promise((resolve) => { setTimeout(resolve, 10); });
      }
      t.true(counts.length >= 30);
      // A link that a busy machine keeps waiting starts over, which is read again.
      t.true(new Set(counts.slice(10)).size <= 3, counts.join(' '));
    } finally {
      end.end();
      board.kill('SIGKILL');
      await peer.end();
      await broker.close();
    }
  });
}

test('a module in one piece can be compiled', (t) => {
  if (spawnSync('luac5.1', ['-v']).error !== undefined) {
    t.log('luac5.1 is not installed: NOT RUN');
    t.pass();
    return;
  }
  inFolder((folder) => {
    const [small, whole] = [join(folder, 'small.luac'), join(folder, 'whole.luac')];
    execFileSync('luac5.1', ['-s', '-o', whole, luaFile('luasocket/midge.lua', false)]);
    t.is(execFileSync('lua5.1', ['-e', `print(type(dofile("${whole}").client({}):session()))`], { encoding: 'utf8' }), 'string\n');
    execFileSync('luac5.1', ['-s', '-o', small, luaFile('luasocket/midge.lua')]);
    notItsFile(t, complaint('lua5.1', ['-e', `dofile("${small}")`]), 'what it was loaded from');
    // What was added to the file behind its parts changes nothing.
    copyFileSync(luaFile('luasocket/midge.lua'), join(folder, 'midge.lua'));
    appendFileSync(join(folder, 'midge.lua'), '-- a note\n');
    t.is(execFileSync('lua5.1', ['-e', `print(type(dofile("${join(folder, 'midge.lua')}").client({}):session()))`], { encoding: 'utf8' }), 'string\n');
  });
});

test('the lists of parts name functions and constants that there are, each once', (t) => {
  const files = ['src/core', 'src/link', 'targets/lua', 'targets/lua/plain'].flatMap((folder) => readdirSync(join(packageRoot, folder)).map((name) => join(packageRoot, folder, name)));
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8')).join('\n');
  const names = [...plainParts.resident, ...plainParts.lasting.flat()];
  t.is(new Set(names).size, names.length);
  for (const name of names) {
    t.regex(sources, new RegExp(`^(?:export )?(?:function|const) ${name.replace(/_\d$/, '')}\\b`, 'm'));
    t.not(placeIn({ ...plainParts, opening: '', loader: '', loaderNatives: '' }, name), undefined);
  }
});
