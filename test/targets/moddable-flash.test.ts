/** What `midge flash moddable` asks of the SDK, and what it says when something of it is missing; mcconfig is a script that says what a test wants. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type BuildRequest, TargetError } from '../../targets/build/target.js';
import { flash, readyToFlash } from '../../targets/moddable/flash.js';

const request: BuildRequest = { profile: 'mqtt311', minify: true, example: 'sensor' };
const files = [{ path: 'main.js', content: 'trace(1);\n', parts: [] }, { path: 'midge/client.js', content: 'export default 1;\n', parts: [] }];

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-moddable-flash-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  return folder;
}

const variables = ['MODDABLE', 'MIDGE_MCCONFIG', 'IDF_PATH', 'ESP_BASE', 'PICO_SDK_DIR', 'HOME', 'PATH'];

/** Only these variables of all that count are set, until the test ends. */
function withEnvironment(t: ExecutionContext, values: Readonly<Record<string, string>>): void {
  const before = variables.map((name) => [name, process.env[name]] as const);
  t.teardown(() => { for (const [name, value] of before) if (value === undefined) delete process.env[name]; else process.env[name] = value; });
  for (const name of variables) if (name !== 'PATH') delete process.env[name];
  Object.assign(process.env, values);
}

/** An SDK with its tool, and a PATH on which there is `make`. */
function sdk(t: ExecutionContext, mcconfig: string | null): { MODDABLE: string; PATH: string; HOME: string } {
  const folder = scratch(t);
  const tools = scratch(t);
  mkdirSync(join(folder, 'modules'));
  const bin = join(folder, 'build/bin/lin/release');
  mkdirSync(bin, { recursive: true });
  const write = (path: string, text: string): void => {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  };
  if (mcconfig !== null) write(join(bin, 'mcconfig'), mcconfig);
  write(join(tools, 'make'), 'exit 0');
  return { MODDABLE: folder, PATH: `${tools}:${bin}:/bin:/usr/bin`, HOME: tools };
}

test.serial('what is missing is named, with what to do', (t) => {
  const whole = sdk(t, 'exit 0');
  const empty = scratch(t);
  const cases: readonly (readonly [environment: Readonly<Record<string, string>>, says: RegExp])[] = [
    [{}, /MODDABLE names no folder; install the Moddable SDK \(https:\/\/.*\) and set MODDABLE/],
    [{ MODDABLE: empty }, /MODDABLE is .*, which is no Moddable SDK: it has no folder modules/],
    [{ ...sdk(t, null), PATH: empty }, /mcconfig is neither in PATH nor in .*build\/bin\/lin\/release; build the SDK's tools: make -C .*build\/makefiles\/lin/],
    [{ ...whole, PATH: join(whole.MODDABLE, 'build/bin/lin/release') }, /make is not in PATH, which mcconfig calls/],
    [whole, /IDF_PATH names no folder; -p esp32 needs the ESP-IDF: install it .*devices\/esp32\.md.* and set IDF_PATH/],
    [{ ...whole, IDF_PATH: '/no/such/idf' }, /there is no folder \/no\/such\/idf \(IDF_PATH\); -p esp32 needs the ESP-IDF/],
    [{ ...whole, IDF_PATH: empty }, /IDF_PATH is .*, which is not the ESP-IDF: it has no export\.sh/],
    [{ ...whole, MIDGE_MCCONFIG: '-p esp/nodemcu' }, /there is no folder .*\/esp \(ESP_BASE is not set\); -p esp needs the tools for ESP8266: .*esp8266\.md/],
    [{ ...whole, MIDGE_MCCONFIG: '-p pico/pico_w' }, /there is no folder .*\/pico\/pico-sdk \(PICO_SDK_DIR is not set\); -p pico needs the Pico SDK/],
    [{ ...whole, MIDGE_MCCONFIG: '-p' }, /MIDGE_MCCONFIG ends with -p, and names no platform/],
  ];
  if (process.platform !== 'linux') return t.pass('the folders of the tools are those of Linux here');
  for (const [environment, says] of cases) {
    withEnvironment(t, environment);
    t.throws(() => readyToFlash(request), { instanceOf: TargetError, message: says });
  }
  t.throws(() => readyToFlash({ profile: 'mqtt311', minify: true }), { instanceOf: TargetError, message: /nothing to run; name an example/ });
});

test.serial('a board is at a serial port, a simulator is not', (t) => {
  const whole = sdk(t, 'exit 0');
  const idf = scratch(t);
  writeFileSync(join(idf, 'export.sh'), '');
  for (const [words, ports] of [['-p esp32/m5stack', ['serial']], ['-p lin', []], ['-p sim/moddable_two', []], ['-p x-cli-lin', []], ['', ['serial']]] as const) {
    withEnvironment(t, { ...whole, IDF_PATH: idf, MIDGE_MCCONFIG: words });
    t.deepEqual(readyToFlash(request), ports, words);
  }
});

async function upload(more: { dryRun?: boolean; baud?: number; port?: string } = {}): Promise<string[]> {
  const said: string[] = [];
  await flash({ port: '/dev/ttyX', files, dryRun: false, say: (line) => { said.push(line); }, ...more });
  return said;
}

test.serial('mcconfig runs where the files are, with port, speed, and the words that are given', async (t) => {
  const notes = scratch(t);
  const idf = scratch(t);
  writeFileSync(join(idf, 'export.sh'), '');
  withEnvironment(t, { ...sdk(t, `for word in "$@"; do echo "$word"; done > ${notes}/words; env > ${notes}/environment; find . -type f > ${notes}/files; basename "$PWD" > ${notes}/name; echo "it runs"`), IDF_PATH: idf, MIDGE_MCCONFIG: `ssid="my home" password='a b' broker=192.168.1.10` });
  const said = await upload({ baud: 921600 });
  t.deepEqual(readFileSync(join(notes, 'words'), 'utf8').trim().split('\n'), ['-d', '-m', '-p', 'esp32', 'ssid=my home', 'password=a b', 'broker=192.168.1.10']);
  t.regex(readFileSync(join(notes, 'environment'), 'utf8'), /^UPLOAD_PORT=\/dev\/ttyX$/m);
  t.regex(readFileSync(join(notes, 'environment'), 'utf8'), /^UPLOAD_SPEED=921600$/m);
  t.deepEqual(readFileSync(join(notes, 'files'), 'utf8').trim().split('\n').sort(), ['./main.js', './midge/client.js']);
  t.is(readFileSync(join(notes, 'name'), 'utf8'), 'midge-app\n', 'one name, so that the next build is a short one');
  t.regex(said[0], /^UPLOAD_PORT=\/dev\/ttyX UPLOAD_SPEED=921600 .*mcconfig -d -m -p esp32 "ssid=my home" "password=a b" broker=192\.168\.1\.10$/);
  t.is(said.at(-1), 'it runs');
  rmSync(join(notes, 'words'));
  t.is((await upload({ dryRun: true })).at(-1), 'a dry run: nothing was built or uploaded');
  t.false(readdirSync(notes).includes('words'));
});

test.serial('an error is shown with the file and line of the build, not of the folder where it stands for now', async (t) => {
  withEnvironment(t, { ...sdk(t, 'echo "# xsc main.xsb"; echo "$PWD/main.js:12: error: missing ;" >&2; echo "make: *** [x] Error 1" >&2; exit 2'), MIDGE_MCCONFIG: '-p x-cli-lin' });
  const said: string[] = [];
  await t.throwsAsync(flash({ port: '', files, dryRun: false, say: (line) => { said.push(line); } }), { instanceOf: TargetError, message: 'mcconfig ended with 2: main.js:12: error: missing ;' });
  t.true(said.includes('main.js:12: error: missing ;'));
  t.false(said[0].includes('UPLOAD_PORT'));
  withEnvironment(t, { ...sdk(t, 'kill -9 $$'), MIDGE_MCCONFIG: '-p x-cli-lin' });
  await t.throwsAsync(upload({ port: '' }), { instanceOf: TargetError, message: 'mcconfig ended with SIGKILL: what it printed says why' });
});
