/**
 * Runs the actor's program on Espruino, and joins its control connection to this process's standard input and output.
 * Usage: espruino-actor.js MODULE_FILE [EXECUTABLE]; without an executable of Espruino for Linux it runs on the stub.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../targets/build/program.js';
import { Espruino } from './espruino-stub.js';

const [file, executable] = process.argv.slice(2) as [string, string | undefined];
const moduleName = 'midge';
const module = readFileSync(file, 'latin1');

const server = net.createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as net.AddressInfo;
const program = `var CONTROL_PORT = ${port}, MODULE = "${moduleName}";\n${readFileSync(join(packageRoot, 'test/targets/espruino-device.js'), 'utf8')}`;

const end = executable === undefined ? startStub() : startEngine(executable);
const [control] = await once(server, 'connection') as [net.Socket];
server.close();
control.setNoDelay(true);
process.stdin.pipe(control);
control.pipe(process.stdout);
await once(control, 'close');
end();
process.exit(0);

function startStub(): () => void {
  const board = new Espruino({ print: (line) => { console.error(line); }, flash: new Map([[moduleName, module]]) });
  board.run(program);
  return () => { board.off(); };
}

/** Its standard input must stay open and silent. When this process ends, it reaches its end, and so does the engine. */
function startEngine(path: string): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
  const script = join(folder, 'program.js');
  // From a file: as a literal of the program it would be in memory three times.
  writeFileSync(join(folder, 'module.js'), module, 'latin1');
  writeFileSync(script, `require("Storage").write("${moduleName}", require("fs").readFileSync("module.js"));\n${program}`);
  const child = spawn(path, [script], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('latin1').on('data', (text: string) => { if (text.includes('ncaught')) console.error(text); });
  child.once('error', (error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  });
  return () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
}
