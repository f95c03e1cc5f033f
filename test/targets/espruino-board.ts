/**
 * A board for tests: Espruino that starts as a board does, with `.boot0` and then `.bootcde` from its Storage; on the stub, and on the engine that
 * MIDGE_ESPRUINO names. What it prints is kept, and text can be typed at its console. Must not know what it runs.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import { Espruino, type EspruinoOptions, type Flash } from './espruino-stub.js';

/** The executable of Espruino for Linux, where the person running the tests has one. */
export const engine = process.env['MIDGE_ESPRUINO'];

export type BoardKind = 'stub' | 'engine';

export const boardKinds: readonly BoardKind[] = engine === undefined ? ['stub'] : ['stub', 'engine'];

/** Registers the test that says so when there is no engine. */
export function sayWithoutEngine(test: TestFn, what: string): void {
  if (engine !== undefined) return;
  test(`NOT RUN on the real engine: ${what}, since MIDGE_ESPRUINO names no Espruino for Linux`, (t) => { t.pass(); });
}

const patienceMs = 60_000;

export abstract class Board {
  /** What was printed since it was started, reboots included. */
  readonly lines: string[] = [];
  private waiting: (() => void) | undefined;

  protected print(line: string): void {
    this.lines.push(line);
    this.waiting?.();
  }

  /** Runs text at its console. */
  abstract type(text: string): void;

  /** Its power fails. */
  abstract off(): Promise<void>;

  /** Waits for a line, and returns it. `from` lines are passed over. */
  async shows(wanted: RegExp | string, from = 0): Promise<string> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const found = this.lines.slice(from).find((line) => typeof wanted === 'string' ? line === wanted : wanted.test(line));
      if (found !== undefined) return found;
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw new Error(`the board did not print ${String(wanted)}, but\n${this.lines.slice(-40).join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.waiting = (): void => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

class StubBoard extends Board {
  private machine!: Espruino;

  constructor(private readonly flash: Flash, private readonly devices: EspruinoOptions['devices']) {
    super();
    this.boot();
  }

  private boot(): void {
    this.machine = new Espruino({
      print: (text) => { for (const line of text.split('\n')) this.print(line); }, flash: this.flash,
      load: () => {
        this.machine.off();
        this.boot();
      },
      ...this.devices === undefined ? {} : { devices: this.devices },
    });
    this.machine.boot();
  }

  type(text: string): void {
    this.machine.guarded(text);
  }

  off(): Promise<void> {
    this.machine.off();
    return Promise.resolve();
  }
}

/** Everything that a terminal would not show as text. */
const invisible = /\x1b\[[0-9;?]*[A-Za-z]|\x08|\r|\x00/g;

/**
 * A console of its own, in `.boot1`: lines of a TCP connection are run as if typed. Text on standard input now and then ends Espruino for Linux with a
 * segmentation fault: one of its threads writes what another one reads.
 */
function consoleProgram(port: number): string {
  return `(function () {
  var held = "", at;
  (global.realNet || require("net")).connect({ host: "127.0.0.1", port: ${port} }).on("data", function (text) {
    held += text;
    while ((at = held.indexOf("\\n")) >= 0) {
      setTimeout(held.substr(0, at), 1);
      held = held.substr(at + 1);
    }
  });
})();`;
}

class EngineBoard extends Board {
  private held = '';
  private console: net.Socket | undefined;
  /** Typed while there was no console. */
  private early = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams, private readonly folder: string, private readonly server: net.Server) {
    super();
    server.on('connection', (socket) => {
      this.console = socket;
      socket.on('error', () => undefined);
      socket.on('close', () => { if (this.console === socket) this.console = undefined; });
      socket.write(this.early);
      this.early = '';
    });
    child.stdout.setEncoding('latin1').on('data', (text: string) => { this.hear(text); });
    child.stderr.resume();
    child.once('exit', (code, signal) => { this.print(`the engine ended with ${code ?? signal}`); });
    child.once('error', (error) => { this.print(`the engine could not be started: ${error.message}`); });
  }

  /** Its files go to Storage from files, part by part: what it loads would otherwise stand in memory. */
  static async start(path: string, storage: Flash): Promise<EngineBoard> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
    const puts = [...storage, ['.boot1', consoleProgram((server.address() as net.AddressInfo).port)] as const].map(([name, text], n) => {
      writeFileSync(join(folder, `file${n}`), text, 'latin1');
      return `put(${JSON.stringify(name)}, "file${n}", ${text.length});`;
    });
    writeFileSync(join(folder, 'start.js'), `var storage = require("Storage");
function put(name, file, size) {
  var from = E.openFile(file, "r"), at = 0, part;
  while (at < size) {
    part = from.read(2048);
    storage.write(name, part, at, size);
    at += part.length;
  }
  from.close();
}
${puts.join('\n')}
load();
`);
    return new EngineBoard(spawn(path, [join(folder, 'start.js')], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] }), folder, server);
  }

  private hear(text: string): void {
    const lines = (this.held + text).split('\n');
    this.held = lines.pop() ?? '';
    for (const line of lines) this.print(line.replace(invisible, '').replace(/^[>:]+/, '').trimEnd());
  }

  type(text: string): void {
    const line = `${text.replaceAll('\n', ' ')}\n`;
    if (this.console === undefined) this.early += line;
    else this.console.write(line);
  }

  async off(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await gone;
    }
    this.console?.destroy();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A board with these files in its Storage; off at the end of the test. `devices` are the stub's. */
export async function startBoard(t: Pick<ExecutionContext, 'teardown' | 'passed' | 'log'>, kind: BoardKind, storage: Flash, devices?: EspruinoOptions['devices']): Promise<Board> {
  const board = kind === 'stub' ? new StubBoard(storage, devices) : await EngineBoard.start(engine ?? '', storage);
  t.teardown(async () => {
    await board.off();
    if (!t.passed) t.log(`the board printed\n${board.lines.slice(-30).join('\n')}`);
  });
  return board;
}
