/** What `midge flash espruino` says when something is missing or went wrong; the tool is a script that says what a test wants. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { withGuardedStrings } from '../../targets/build/espruino-strings.js';
import { packageRoot } from '../../targets/build/program.js';
import { minifyScript } from '../../targets/build/script.js';
import { writeMap } from '../../targets/build/source-map.js';
import { TargetError } from '../../targets/build/target.js';
import { flash } from '../../targets/espruino/flash.js';
import { target } from '../../targets/espruino/target.js';
import { until } from '../until.js';

const files = [{ path: 'midge.js', content: 'exports.a=1', parts: [] }, { path: 'sensor.js', content: 'print(1)', parts: [] }];

/** Puts a tool of this text first on the path, or leaves the path empty. */
function withTool(t: ExecutionContext, text: string | null): void {
  const folder = mkdtempSync(join(tmpdir(), 'midge-tool-'));
  const before = process.env['PATH'];
  if (text !== null) {
    writeFileSync(join(folder, 'espruino'), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, 'espruino'), 0o755);
  }
  process.env['PATH'] = text === null ? folder : `${folder}:${before}`;
  t.teardown(() => {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true });
  });
}

function upload(port = 'tcp://127.0.0.1:1', said: string[] = [], dryRun = false): Promise<void> {
  return flash({ port, files, dryRun, say: (line) => { said.push(line); } });
}

const good = `echo 'MIDGE-CHECK midge ${crc32('exports.a=1')}'; echo 'MIDGE-CHECK .bootcde ${crc32('print(1)')}'`;
const cases: readonly (readonly [title: string, tool: string | null, port: string, says: RegExp])[] = [
  ['no tool', null, 'tcp://x', /the tool espruino is not installed; npm install --no-save espruino/],
  ['no port', 'true', '/dev/no-such-port', /there is no port \/dev\/no-such-port; midge ports lists/],
  ['no board', 'echo "Unable to connect!"', 'tcp://x', /could not connect to the board: Unable to connect!/],
  ['a tool that fails', 'echo broken; exit 3', 'tcp://x', /the tool ended with 3: broken/],
  ['no confirmation', 'echo "Upload Complete"', 'tcp://x', /the board did not confirm midge in 3 uploads; it may be half written/],
  ['a file that arrived wrong', `${good.replace(/bootcde \d+/, 'bootcde 7')}`, 'tcp://x', /\.bootcde does not stand in Storage as it was sent, after 3 uploads \(its CRC-32 is 7 instead of/],
];

for (const [title, tool, port, says] of cases) {
  test.serial(`flash: ${title}`, async (t) => {
    withTool(t, tool);
    await t.throwsAsync(upload(port), { instanceOf: TargetError, message: says });
  });
}

test.serial('flash: what went well is said, and a dry run leaves the board alone', async (t) => {
  withTool(t, good);
  const said: string[] = [];
  await upload(undefined, said);
  t.regex(said[0], /^espruino --no-ble -p tcp:\/\/127\.0\.0\.1:1 --sleep 3 --storage midge:\S+ --storage \.bootcde:\S+ \S+check\.js$/);
  t.is(said.at(-1), 'midge and .bootcde: in Storage, and read back as sent');
  withTool(t, 'exit 9');
  await t.notThrowsAsync(upload(undefined, [], true));
});

test.serial('flash: an error of the started program is said, with its place in the file as it was written', async (t) => {
  const source = '// A comment.\nfunction turn(word) {\n  LED9.write(word);\n}\nturn("on");\n';
  const folder = mkdtempSync(join(tmpdir(), 'midge-program-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  writeFileSync(join(folder, 'program.js'), source);
  const { code, segments } = withGuardedStrings(minifyScript(relative(packageRoot, join(folder, 'program.js'))));
  const program = { path: 'program.js', content: code, parts: [], sourceMap: writeMap(segments, () => source) };
  const at = code.indexOf('LED9');
  withTool(t, `echo 'MIDGE-CHECK midge ${crc32('exports.a=1')}'; echo '--] MIDGE-CHECK .bootcde ${crc32(code)}'
echo '--] Uncaught ReferenceError: "LED9" is not defined'; echo '--]     at turn (.bootcde:1:${at + 5})'; echo '--] LED9.write(r)'; echo '--]      ^'; echo '--]     at boot code (.bootcde:1:40)'`);
  await t.throwsAsync(flash({ port: 'tcp://x', files: [files[0], program], dryRun: false, say: () => undefined }), {
    instanceOf: TargetError, message: /^the program is on the board, but ended there with an error: ReferenceError: "LED9" is not defined, at \S+program\.js:3:\d+$/,
  });
});

test.serial('flash: a file that arrived wrong is sent again, alone', async (t) => {
  // The first upload loses a part of the module; the tool counts its runs in a file beside itself.
  withTool(t, `count="$0.count"; echo x >> "$count"; [ "$(wc -l < "$count")" = 1 ] && { echo 'MIDGE-CHECK midge 7'; echo 'MIDGE-CHECK .bootcde ${crc32('print(1)')}'; exit; }; ${good}`);
  const said: string[] = [];
  await upload(undefined, said);
  t.is(said[1], 'midge did not arrive whole: once more (2 of 3)');
  t.regex(said[2], /--storage midge:\S+ \S+check\.js$/);
  t.notRegex(said[2], /bootcde/);
});

test.serial('flash: ended by a signal it leaves no folder and no tool behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-ended-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  const toolEnded = `${folder}.tool`;
  t.teardown(() => { rmSync(toolEnded, { force: true }); });
  withTool(t, `trap ': > ${toolEnded}; exit' TERM; echo Connected; while :; do sleep 0.1; done`);
  const child = spawn(process.execPath, ['dist/src/cli/main.js', 'flash', 'espruino', '--port', 'tcp://127.0.0.1:1'], { env: { ...process.env, TMPDIR: folder } });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
    if (heard.includes('Connected')) child.kill('SIGTERM');
  });
  const [, signal] = await once(child, 'exit') as [number | null, string | null];
  t.is(signal, 'SIGTERM');
  t.regex(heard, /Connected/);
  t.deepEqual(readdirSync(folder), []);
  await until(() => existsSync(toolEnded), 'the end of the tool');
});

test('an example that its profile cannot run is refused', (t) => {
  t.throws(() => target.build({ profile: 'mqtt311', minify: true, example: 'firmware' }), { instanceOf: TargetError, message: /needs streaming.*--profile full/ });
  t.throws(() => target.build({ profile: 'qos0', minify: true, example: 'sensor' }), { instanceOf: TargetError, message: /which qos0 has not/ });
});

test('examples are built beside their module, minified', (t) => {
  const [module, example] = target.build({ profile: 'mqtt311', minify: true, example: 'serial' });
  t.deepEqual([module.path, example.path], ['midge-serial.js', 'serial.js']);
  t.deepEqual(module.parts.map(({ name }) => name), ['core', 'link', 'port', 'api']);
  t.is(module.parts.reduce((sum, { bytes }) => sum + bytes, 0), Buffer.byteLength(module.content));
  t.false(String(example.content).includes('//'));
});
