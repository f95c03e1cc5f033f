/**
 * Runs the actor's program on Espruino, and joins its control connection to this process's standard input and output. Usage:
 * espruino-actor.js MODULE_FILE [EXECUTABLE]; without an executable of Espruino for Linux it runs on the stub. A module whose file's name begins with
 * `midge-serial` has a serial link beneath it, over a noisy wire: this process is its other end, and goes to whatever server the commands name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { packageRoot } from '../../targets/build/program.js';
import { deviceFolder, Plug } from '../gateway/pty.js';
import { Random, seedOf } from '../unit/random.js';
import { serialPort, wirePair } from './espruino-serial-stub.js';
import { Espruino } from './espruino-stub.js';
import { LinkEnd } from './link-end.js';

const [file, executable] = process.argv.slice(2) as [string, string | undefined];
const isSerial = basename(file).startsWith('midge-serial');
const moduleName = isSerial ? 'midge-serial' : 'midge';
const module = readFileSync(file, 'latin1');

const server = net.createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as net.AddressInfo;
const program = `var CONTROL_PORT = ${port}, MODULE = "${moduleName}";\n${readFileSync(join(packageRoot, 'test/targets/espruino-device.js'), 'utf8')}`;

/** What ends with this process, or is told to. */
const ends: (() => unknown)[] = [];

const wire = isSerial ? await serialWire() : undefined;
if (executable === undefined) startStub();
else startEngine(executable);
const [control] = await once(server, 'connection') as [net.Socket];
server.close();
control.setNoDelay(true);
process.stdin.pipe(control);
control.pipe(process.stdout);
await once(control, 'close');
for (const end of ends) await end();
process.exit(0);

/** The board's end of a wire with noise, and at its other end what the gateway does. On the engine a pseudo-terminal is between. */
async function serialWire(): Promise<{ end: Duplex; device: string }> {
  const random = new Random(seedOf('MIDGE_TARGET_SEED'));
  const [far, near] = wirePair({ random, lostOfMillion: 100, flippedOfMillion: 200 });
  const other = new LinkEnd({ stdin: far, stdout: far }, 0);
  ends.push(() => { other.end(); });
  let heard = '';
  process.stdin.on('data', (text: Buffer) => {
    heard += text.toString();
    const connects = [...heard.matchAll(/^connect \S+ (\d+) /gm)];
    if (connects.length > 0) other.port = Number(connects.at(-1)![1]);
  });
  if (executable === undefined) return { end: near, device: '' };
  const keeper = { teardown: (action: () => unknown) => { ends.push(action); } };
  const device = join(await deviceFolder(keeper), 'serial');
  const plug = await Plug.in(keeper, device);
  near.pipe(plug.wire.stdin);
  plug.wire.stdout.pipe(near);
  return { end: near, device };
}

function startStub(): void {
  const board = new Espruino({
    print: (line) => { console.error(line); }, flash: new Map([[moduleName, module]]), devices: (idle): Record<string, object> => wire === undefined ? {} : { Serial1: serialPort(idle, wire.end) },
  });
  board.run(`${wire === undefined ? '' : 'Serial1.setup(115200);\n'}${program}`);
  ends.push(() => { board.off(); });
}

/** Its standard input must stay open and silent. When this process ends, it reaches its end, and so does the engine. */
function startEngine(path: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
  const script = join(folder, 'program.js');
  const setUp = wire === undefined ? '' : `Serial1.setup(115200, { path: ${JSON.stringify(wire.device)} });\n`;
  // From the file: the text of a program stands in memory, beside what it writes.
  writeFileSync(script, `require("Storage").write("${moduleName}", require("fs").readFileSync(${JSON.stringify(file)}));\n${setUp}${program}`);
  const child = spawn(path, [script], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('latin1').on('data', (text: string) => { if (text.includes('ncaught')) console.error(text); });
  child.once('error', (error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  });
  ends.push(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
}
