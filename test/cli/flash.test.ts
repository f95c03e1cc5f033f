// midge flash: what is missing is said before anything is built; several boards, --json, and an end by a signal. The tools are scripts.

import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Exit } from '../../src/cli/fault.js';
import { checkPort, forbiddenWords, groupOf } from '../../src/cli/flashPort.js';
import { run } from '../../src/cli/run.js';
import { openPseudoTerminal } from '../../src/sim/board/pseudo-terminal.js';
import { linesOf, midgeFile, start } from './process.js';
import { until } from '../until.js';

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-cli-flash-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  return folder;
}

/** A folder for PATH with a tool of this text. */
function toolFolder(t: ExecutionContext, name: string, text: string): string {
  const folder = scratch(t);
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

const refusals: readonly (readonly [args: readonly string[], exit: Exit, says: RegExp])[] = [
  [['espruino'], Exit.Usage, /--port is missing; (serial ports here: \/dev\/|this machine has no serial port: is the board plugged in)/],
  [['espruino', '--port', ''], Exit.Usage, /--port is empty/],
  [['espruino', '--port', 'ttyX9'], Exit.Usage, /--port is "ttyX9", which is no path; it must be one such as \/dev\/ttyUSB0/],
  [['espruino', '--port', '/dev/a', '--port', '/dev/a'], Exit.Usage, /--port \/dev\/a is given twice/],
  [['espruino', '--port', 'tcp://board'], Exit.Usage, /--port is "tcp:\/\/board"; it must be a serial port such as \/dev\/ttyUSB0, or tcp:\/\/host:port/],
  [['espruino', '--port', 'tcp://board:70000'], Exit.Usage, /must be a serial port/],
  [['espruino', '--port', '/dev/no-such-port'], Exit.Failed, /there is no port \/dev\/no-such-port; (serial ports here|this machine has no serial port)/],
  [['espruino', '--port', '/tmp'], Exit.Failed, /\/tmp is no serial port but a folder/],
  [['espruino', '--port', '/etc/passwd'], Exit.Failed, /\/etc\/passwd is no serial port but a plain file/],
  [['espruino', '--port', '/dev/null'], Exit.Failed, /cannot open \/dev\/null: it is no serial port/],
  [['espruino', '--port', '/dev/null', '--baud', '1'], Exit.Usage, /--baud is "1"; it must be a whole number from 300/],
  [['espruino', '--port', '/dev/null', '--example', 'kettle'], Exit.Usage, /espruino has no such example, its examples are sensor/],
  [['lua', '--port', 'tcp://board:23'], Exit.Usage, /the tool for lua knows serial ports only/],
];

test.serial('what is wrong with a port is said in a line, before anything is built', async (t) => {
  const before = process.env['PATH'];
  t.teardown(() => { process.env['PATH'] = before; });
  const tools = ['espruino', 'nodemcu-tool'].map((name) => toolFolder(t, name, 'exit 9'));
  process.env['PATH'] = [...tools, before].join(':');
  for (const [args, exit, says] of refusals) {
    const complaints: string[] = [];
    t.is(await run(['flash', ...args], (line) => complaints.push(line)), exit, args.join(' '));
    t.is(linesOf(complaints.join('')).length, 1);
    t.regex(complaints[0], says);
  }
});

test('a port that another program has locked', async (t) => {
  const terminal = await openPseudoTerminal();
  const { autoDetect } = await import('@serialport/bindings-cpp');
  const held = await autoDetect().open({ path: terminal.path, baudRate: 9600, lock: true });
  try {
    await t.throwsAsync(checkPort(terminal.path, 'lua', { kinds: ['serial'], baud: undefined, dryRun: false }), { message: /cannot open .*: it is in use by another program/ });
    t.is((await checkPort(terminal.path, 'lua', { kinds: ['serial'], baud: undefined, dryRun: true })).port, terminal.path, 'a dry run leaves it closed');
  } finally {
    await held.close();
    t.is((await checkPort(terminal.path, 'lua', { kinds: ['serial'], baud: 9600, dryRun: false })).port, terminal.path);
    terminal.close();
  }
});

test('who may not open a port is told the group, and the command that lets him', (t) => {
  const dialout = groupOf(20, 'root:x:0:\ndialout:x:20:anna,ben\ntape:x:26:\n');
  t.deepEqual(dialout, { name: 'dialout', members: ['anna', 'ben'] });
  t.is(groupOf(99, 'root:x:0:\n').name, '99');
  t.is(forbiddenWords('/dev/ttyUSB0', 0o20660, dialout, 'carl'), 'no permission to open /dev/ttyUSB0: it is for the group dialout; sudo usermod -aG dialout carl, then log out and in again');
  t.is(forbiddenWords('/dev/ttyUSB0', 0o20660, dialout, 'ben'), 'no permission to open /dev/ttyUSB0: it is for the group dialout, to which ben was added; log out and in again');
  t.regex(forbiddenWords('/dev/ttyUSB0', 0o20600, dialout, 'ben'), /its mode 600 is for its owner alone; sudo chmod a\+rw \/dev\/ttyUSB0/);
});

test('several boards are flashed with one build, and JSON says what became of each', async (t) => {
  const boards = [await openPseudoTerminal(), await openPseudoTerminal()];
  // The second board does not answer; the tool confirms whatever it is given.
  const tool = toolFolder(t, 'espruino', `case "$*" in *${boards[1].path}\\ *) echo 'Unable to connect!'; exit 1;; esac
sum=$(sed -n 's/.*=== \\([0-9]*\\).*/\\1/p' "$(echo "$*" | grep -o '[^ ]*check.js')"); file=$(echo "$*" | grep -o 'midge:[^ ]*')
echo "MIDGE-CHECK midge $(${process.execPath} -e 'console.log(require("node:zlib").crc32(require("node:fs").readFileSync(process.argv[1])))' "\${file#midge:}")"`);
  try {
    const ports = boards.flatMap(({ path }) => ['--port', path]);
    const { code, stdout, stderr } = await start(process.execPath, [midgeFile, 'flash', 'espruino', '--profile', 'qos0', ...ports, '--json'], '', { PATH: `${tool}:${process.env['PATH']}` }).ended;
    t.is(code, Exit.Failed);
    const shown = JSON.parse(stdout.toString()) as { files: { path: string }[]; boards: { port: string; error?: string }[] };
    t.like(shown, { target: 'espruino', profile: 'qos0', minify: true, dryRun: false });
    t.deepEqual(shown.files.map(({ path }) => path), ['midge.js']);
    t.deepEqual(shown.boards[0], { port: boards[0].path });
    t.is(shown.boards[1].port, boards[1].path);
    t.regex(shown.boards[1].error!, /could not connect to the board/);
    t.regex(stderr, /midge: in Storage, and read back as sent/);
    t.is(linesOf(stderr).at(-1), `midge flash: cannot flash espruino: ${boards[1].path}: ${shown.boards[1].error}`);
  } finally {
    for (const board of boards) board.close();
  }
});

test('ended by Ctrl-C, the tool ends with what it has started, and no folder is left', async (t) => {
  const [terminal, folder, notes] = [await openPseudoTerminal(), scratch(t), scratch(t)];
  const started = join(notes, 'started');
  const tool = toolFolder(t, 'nodemcu-tool', `sh -c 'trap ": > ${notes}/child-ended; exit" TERM; : > ${started}; while :; do sleep 0.1; done' &\nwait`);
  try {
    const running = start(process.execPath, [midgeFile, 'flash', 'lua', '--profile', 'qos0', '--port', terminal.path], '', { PATH: `${tool}:${process.env['PATH']}`, TMPDIR: folder });
    await until(() => existsSync(started) || running.child.exitCode !== null);
    t.true(readdirSync(folder).length > 0);
    running.child.kill('SIGINT');
    t.is((await running.ended).signal, 'SIGINT');
    t.deepEqual(readdirSync(folder), []);
    await until(() => existsSync(join(notes, 'child-ended')), 'the end of what the tool started');
  } finally {
    terminal.close();
  }
});

test('the guide names every variable that an upload reads', (t) => {
  for (const [guide, variable] of [['lua', 'MIDGE_LUAC_CROSS'], ['lua', 'MIDGE_NODEMCU_TOOL'], ['moddable', 'MIDGE_MCCONFIG']]) {
    t.true(readFileSync(`targets/${guide}/README.md`, 'utf8').includes(variable), variable);
  }
});
