/**
 * What `midge flash lua` brings onto a board, and what it says when that goes wrong: with a tool that is a script beside it, and with nodemcu-tool itself, where
 * it is installed, talking to a board on a pseudo-terminal.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type BuiltFile, TargetError } from '../../targets/build/target.js';
import { findPackagedTool, furtherWords } from '../../targets/build/upload-tool.js';
import { checkFault, checkProgram, programFault } from '../../targets/lua/board.js';
import { flash, readyToFlash } from '../../targets/lua/flash.js';
import { canRun } from '../engines/process.js';
import { luaFile } from './lua-files.js';
import { type BoardFault, plugInNodemcu } from './nodemcu-board.js';

const sources = { module: readFileSync(luaFile('nodemcu/midge.lua'), 'utf8'), overUart: readFileSync(luaFile('nodemcu/midge-uart.lua'), 'utf8') };

// What an upload leaves behind is seen in a folder of this file's own.
const temporary = mkdtempSync(join(tmpdir(), 'midge-lua-flashes-'));
process.env['TMPDIR'] = temporary;

function filesWith(example?: string): BuiltFile[] {
  return [
    { path: 'nodemcu/midge.lua', content: sources.module, parts: [{ name: 'core', bytes: 1 }] },
    { path: 'nodemcu/midge-uart.lua', content: sources.overUart, parts: [{ name: 'core', bytes: 1 }] },
    ...example === undefined ? [] : [{ path: 'nodemcu/own.lua', content: example, parts: [{ name: 'example', bytes: 1 }] } as const],
  ];
}

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-lua-flash-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  return folder;
}

function withVariable(t: ExecutionContext, name: string, value: string | undefined): void {
  const before = process.env[name];
  const set = (to: string | undefined): void => { if (to === undefined) delete process.env[name]; else process.env[name] = to; };
  set(value);
  t.teardown(() => { set(before); });
}

function program(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A tool that records its words, and answers for a board that has what was uploaded; `more` changes what it does. */
function withTool(t: ExecutionContext, more = ''): { words: () => string[] } {
  const folder = scratch(t);
  program(folder, 'nodemcu-tool', `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync(${JSON.stringify(join(folder, 'words'))}, words.join(' ') + '\\n');
const sums = (bytes) => { let a = 1, b = 0; for (const byte of bytes) { a = (a + byte) % 65521; b = (b + a) % 65521; } return a + ' ' + b; };
${more}
if (words.at(-1) === 'midge-check.lua' && words.at(-2) === 'run') {
  const checked = /MIDGE-CHECK (\\S+)/.exec(readFileSync('midge-check.lua', 'utf8'))[1];
  const bytes = readFileSync(checked);
  console.log('MIDGE-CHECK', checked, bytes.length, sums(bytes));
}
`);
  withVariable(t, 'PATH', `${folder}:${process.env['PATH']}`);
  return { words: () => readFileSync(join(folder, 'words'), 'utf8').trim().split('\n') };
}

async function upload(files: readonly BuiltFile[], more: { port?: string; baud?: number; dryRun?: boolean } = {}): Promise<string[]> {
  const said: string[] = [];
  await flash({ port: '/dev/ttyX', files, dryRun: false, say: (line) => { said.push(line); }, ...more });
  return said;
}

test.serial('flash: the tool is missing', (t) => {
  withVariable(t, 'PATH', scratch(t));
  if (findPackagedTool('nodemcu-tool', 'bin/nodemcu-tool.js') !== undefined) return t.pass('it is installed beside this package');
  t.throws(readyToFlash, { instanceOf: TargetError, message: /nodemcu-tool is not installed; npm install --no-save nodemcu-tool/ });
});

test.serial('flash: which files go, in which order, and with which words', async (t) => {
  const { words } = withTool(t);
  const said = await upload(filesWith('local mqtt = require("midge")\n'), { baud: 9600 });
  t.deepEqual(words(), [
    'upload midge-check.lua', 'upload midge.lua', 'run midge-check.lua', 'upload midge-check.lua', 'upload init.lua', 'run midge-check.lua', 'run init.lua',
  ].map((line) => `--port /dev/ttyX --baud 9600 ${line}`));
  t.regex(said.join('\n'), /goes up as source, which an ESP8266 has not the memory to compile/);
  t.regex(said.join('\n'), /midge\.lua: on the board, and read back as sent/);
  t.is(said.at(-1), 'nodemcu/own.lua is init.lua, and runs');
});

test.serial('flash: a program that takes the UART gets its module, and is not started through it', async (t) => {
  const { words } = withTool(t);
  withVariable(t, 'MIDGE_NODEMCU_TOOL', '--connection-delay 500');
  const said = await upload(filesWith('local mqtt = require("midge-uart")\n'));
  t.is(words()[1], '--port /dev/ttyX --connection-delay 500 upload midge-uart.lua');
  t.is(words().length, 6);
  t.regex(said.at(-1)!, /it takes the UART for the link.*reset button/);
});

test.serial('flash: a dry run asks nothing of the tool', async (t) => {
  withTool(t, 'process.exit(9);');
  const said = await upload(filesWith('print(1)\n'), { dryRun: true });
  t.is(said.at(-1), 'a dry run: nothing was uploaded');
  t.true(said.includes('nodemcu-tool --port /dev/ttyX upload midge.lua'));
});

test.serial('flash: a module without a program, in a dry run too', async (t) => {
  withTool(t);
  t.is((await upload(filesWith(), { dryRun: true })).at(-1), 'a dry run: nothing was uploaded');
  t.is((await upload(filesWith())).at(-1), 'midge.lua: on the board, and read back as sent');
});

const failures: readonly (readonly [title: string, tool: string, says: RegExp])[] = [
  ['a tool that fails', "console.error('[NodeMCU-Tool]~ broken'); process.exit(1);", /nodemcu-tool ended with 1: broken$/],
  ['no answer', "console.error('[NodeMCU-Tool]~ No response detected - is NodeMCU online?'); process.exit(1);", /No response detected.*--baud.*--connection-delay/],
  ['a board that does not tell', 'process.exit(0);', /the board did not say what it has of midge\.lua; it may be half written/],
  ['a file that is not there', "if (words.includes('run')) console.log('MIDGE-CHECK midge.lua 0 1 0'); process.exit(0);", /midge\.lua is not on the board, or empty; is its file system full/],
  ['a file that is not whole', "if (words.includes('run')) console.log('MIDGE-CHECK midge.lua 7 1 0'); process.exit(0);", /midge\.lua is not on the board as it was sent: 7 of [0-9]+ bytes are there/],
];

for (const [title, tool, says] of failures) {
  test.serial(`flash: ${title}`, async (t) => {
    withTool(t, tool);
    await t.throwsAsync(upload(filesWith()), { instanceOf: TargetError, message: says });
  });
}

test.serial('flash: the compiler of the firmware that is named and is not there, and one that fails', async (t) => {
  withTool(t);
  withVariable(t, 'MIDGE_LUAC_CROSS', '/no/such/luac.cross');
  await t.throwsAsync(upload(filesWith()), { instanceOf: TargetError, message: /luac\.cross cannot be run: .*ENOENT/ });
  withVariable(t, 'MIDGE_LUAC_CROSS', program(scratch(t), 'luac.cross', '#!/bin/sh\necho "luac.cross: out of luck" >&2\nexit 1\n'));
  await t.throwsAsync(upload(filesWith()), { instanceOf: TargetError, message: /luac\.cross ended with 1: luac\.cross: out of luck/ });
});

test('the sums find a file that is another by one byte, and a length that is not whole', (t) => {
  const bytes = Buffer.from('abc');
  t.is(checkFault('a.lua', bytes, 'noise\nMIDGE-CHECK a.lua 3 295 589\n'), null);
  t.regex(checkFault('a.lua', bytes, 'MIDGE-CHECK a.lua 3 295 588')!, /its sums differ/);
  t.regex(checkFault('a.lua', bytes, 'MIDGE-CHECK b.lua 3 295 589')!, /did not say/);
  t.true(checkProgram('a.lua').split('\n').every((line) => line.length < 250));
});

test('what a board says against a program is shown with the line', (t) => {
  const source = { path: 'nodemcu/own.lua', content: 'local a = 1\nlocal b = a.b.c\nprint(b)\n' };
  const fileOf = (name: string): { path: string; content: string } => name === 'init.lua' ? source : { path: name, content: 'x=1\n' };
  t.is(programFault('all is well: 1:2', fileOf), null);
  t.is(programFault("Lua error: \tinit.lua:2: attempt to index field 'b' (a nil value)\nstack traceback:\n\tinit.lua:2: in main chunk", fileOf),
    "the program failed on the board: attempt to index field 'b' (a nil value), in line 2 of nodemcu/own.lua: local b = a.b.c");
  t.is(programFault('Lua error: \tmidge.lua:1: keepalive is 70000\nstack traceback:\n\tmidge.lua:1: in function \'Client\'\n\tinit.lua:2: in main chunk', fileOf),
    'the program failed on the board: keepalive is 70000, in line 1 of midge.lua, called from line 2 of nodemcu/own.lua: local b = a.b.c');
  t.regex(programFault("Lua error: \tmodule 'midge' not found:\n\tno file", fileOf)!, /module 'midge' not found/);
  t.regex(programFault('Lua error: \tnot enough memory', fileOf)!, /luac\.cross/);
});

test('words for a tool from a variable are parted as a shell does', (t) => {
  withVariable(t, 'MIDGE_TEST_WORDS', `-p esp32  ssid="my home" 'a b'c password=x"y z"`);
  t.deepEqual(furtherWords('MIDGE_TEST_WORDS'), ['-p', 'esp32', 'ssid=my home', 'a bc', 'password=xy z']);
  t.deepEqual(furtherWords('MIDGE_NO_SUCH_VARIABLE'), []);
});

// With nodemcu-tool itself ----------------------------------------------------------------------------------------------------------------------

const lua = canRun('lua5.1', ['-e', 'require("bit")']);
const real = findPackagedTool('nodemcu-tool', 'bin/nodemcu-tool.js');
const absent = lua !== true ? lua : real === undefined ? 'nodemcu-tool is not installed (npm install --no-save nodemcu-tool)' : undefined;

if (absent !== undefined) {
  test('nodemcu-tool itself is installed, or this machine may do without', (t) => {
    t.log(`uploads with nodemcu-tool itself were NOT RUN: ${absent}`);
    t.pass();
  });
} else {
  const withBoard = async (fault: BoardFault, play: (board: Awaited<ReturnType<typeof plugInNodemcu>>) => Promise<void>): Promise<void> => {
    const board = await plugInNodemcu(fault);
    try {
      await play(board);
    } finally {
      await board.remove();
    }
  };

  test.serial('nodemcu-tool brings module and program onto a board, which runs it', async (t) => {
    await withBoard('none', async (board) => {
      const example = 'local mqtt = require("midge")\nassert(mqtt.Client("a", 60))\nprint("it runs")\n';
      const said = await upload(filesWith(example), { port: board.port });
      t.deepEqual(board.files(), ['init.lua', 'midge.lua']);
      t.is(board.content('midge.lua'), sources.module);
      t.is(board.content('init.lua'), example);
      t.is(said.at(-1), 'nodemcu/own.lua is init.lua, and runs');
    });
  });

  test.serial('nodemcu-tool: the module goes into LFS, and the program finds it there', async (t) => {
    const folder = scratch(t);
    withVariable(t, 'MIDGE_LUAC_CROSS', program(folder, 'luac.cross', '#!/bin/sh\n[ "$1 $2" = "-f -o" ] || exit 2\nname=$(basename "$4" .lua)\n{ echo "IMAGE $name"; cat "$4"; } > "$3"\n'));
    await withBoard('small', async (board) => {
      const said = await upload(filesWith('assert(require("midge").Client("a", 60))\n'), { port: board.port });
      t.deepEqual(board.files(), ['init.lua', 'midge.img']);
      t.true(said.includes('midge: in LFS'));
      t.is(said.at(-1), 'nodemcu/own.lua is init.lua, and runs');
    });
    withVariable(t, 'MIDGE_LUAC_CROSS', program(folder, 'luac.other', '#!/bin/sh\necho nonsense > "$3"\n'));
    await withBoard('none', async (board) => {
      await t.throwsAsync(upload(filesWith(), { port: board.port }), { instanceOf: TargetError, message: /did not take midge into its LFS: Incorrect LFS build type/ });
    });
  });

  const faults: readonly (readonly [fault: BoardFault, example: string, says: RegExp])[] = [
    ['deaf', '', /nodemcu-tool ended with 1: .*no response detected.*Is --baud the board's rate/],
    ['full', '', /midge\.lua is not on the board as it was sent: [0-9]+ of [0-9]+ bytes are there; free its file system/],
    ['flip', '', /midge\.lua is not on the board as it was sent: its sums differ/],
    ['small', 'require("midge")\n', /not enough memory to compile the module from source; put luac\.cross/],
    ['none', 'local a = {}\nlocal c = a.b.c\n', /attempt to index field 'b' \(a nil value\), in line 2 of nodemcu\/own\.lua: local c = a\.b\.c/],
    ['none', 'local m = require("midge")\n\nm.Client("a", 70000)\n', /keepalive must be 0 to 65535 seconds, in line 3 of nodemcu\/own\.lua: m\.Client/],
    ['none', 'local = 1\n', /'<name>' expected near '=', in line 1 of nodemcu\/own\.lua: local = 1/],
  ];
  for (const [fault, example, says] of faults) {
    test.serial(`nodemcu-tool: board with fault ${fault}, program ${JSON.stringify(example)}`, async (t) => {
      await withBoard(fault, async (board) => {
        await t.throwsAsync(upload(filesWith(example === '' ? undefined : example), { port: board.port }), { instanceOf: TargetError, message: says });
      });
    });
  }
}

test.after.always('no folder of an upload is left', (t) => {
  const left = readdirSync(temporary).filter((name) => name.startsWith('midge-flash-'));
  rmSync(temporary, { recursive: true });
  t.deepEqual(left, []);
});
