/**
 * The actor in MicroQuickJS: the engine's own program runs midge.js and actor.js, named behind it as arguments, in 256 KB with its compiler; this program is its socket and
 * its standard input. Its output goes through a pseudo-terminal, since it is held back in a pipe. Read first: mqjs-natives.js.
 */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { scriptFolder } from './host.js';
import { SocketLine } from './socket-line.js';

/** What is used of the package. */
interface PtyPackage {
  spawn(file: string, args: readonly string[], options: { cols: number; rows: number }): {
    onData(take: (text: string) => void): void;
    onExit(take: (end: { exitCode: number; signal: number }) => void): void;
    kill(signal: string): void;
  };
}

const [engine, ...scripts] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'midge-mqjs-'));
const [mailbox, program] = [join(folder, 'mailbox.js'), join(folder, 'program.js')];
const partBytes = 256;

let number = 0;
let isAwaited = false;
let connection = 0;
let told = 0;
let isOver = false;
let lines: string[] = [];
const line = new SocketLine(deliver);

/** Gives the engine what has happened, one part after the other. */
function deliver(): void {
  if (isAwaited) return;
  const bytes = line.read(partBytes);
  const state = line.link();
  if (bytes.length === 0 && lines.length === 0 && state === told && !isOver) return;
  number++;
  told = state;
  isAwaited = true;
  writeFileSync(`${mailbox}.new`, `take(${number}, ${connection}, ${state}, '${bytes.toString('hex')}', ${JSON.stringify(lines)}, ${isOver});`);
  renameSync(`${mailbox}.new`, mailbox);
  lines = [];
}

function obey([what, ...words]: string[]): void {
  if (what === '#took') isAwaited = false;
  else if (what === '#write') line.write(Buffer.from(words[0], 'hex'));
  else if (what === '#close' || what === '#open') {
    connection++;
    if (what === '#open') line.open(words[0], Number(words[1]));
    else line.close();
    told = what === '#open' ? 1 : 0;
  }
  deliver();
}

writeFileSync(mailbox, '');
const natives = readFileSync(join(scriptFolder, 'mqjs-natives.js'), 'utf8').replaceAll('MAILBOX', mailbox);
writeFileSync(program, [...scripts.map((path) => readFileSync(path, 'utf8')), natives].join('\n'));

// From source: this program lets go of bytecode before its timers run.
const pseudoTerminals = createRequire(import.meta.url)('@lydell/node-pty') as PtyPackage;
const running = pseudoTerminals.spawn(engine, ['--memory-limit', '262144', program], { cols: 1000, rows: 10 });
process.on('exit', () => {
  running.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
process.on('SIGTERM', () => process.exit(1));
let rest = '';
running.onData((text) => {
  const all = (rest + text).split('\n');
  rest = all.pop()!;
  for (const one of all.map((piece) => piece.trimEnd())) {
    if (one.startsWith('#')) obey(one.split(' '));
    else process.stdout.write(`${one}\n`);
  }
});
running.onExit(({ exitCode, signal }) => {
  if (signal !== 0) process.stderr.write(`the engine ended by signal ${signal}\n`);
  void line.drained().then(() => process.exit(exitCode));
});
createInterface({ input: process.stdin }).on('line', (text) => {
  lines.push(text);
  deliver();
}).on('close', () => {
  isOver = true;
  deliver();
});
