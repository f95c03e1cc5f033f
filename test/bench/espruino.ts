/**
 * The module on a real Espruino beside the platform's own `MQTT`, in one run: JsVars from Storage, and what a message costs, in instructions where
 * valgrind is installed, else in microseconds.
 *
 * MIDGE_ESPRUINO names an executable of Espruino for Linux (a build with 13-byte JsVars counts them as a board does), MIDGE_ESPRUINO_MQTT the file of
 * Espruino's `MQTT.js`. Linux reads the emulated flash through files, so costs are those of modules in RAM, with every function there; messages of
 * QoS 0 take the same functions in the other form. JsVars are from Storage.
 * Must not know: what is in the modules, beside their API.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minify_sync } from 'terser';
import { buildModule, buildStorageModule } from '../../targets/espruino/build.js';
import { median, type Row } from './measure.js';

interface Module {
  readonly name: string;
  readonly code: string;
}

const enum Steps {
  /** Messages between two turns of the interpreter's loop, so that its own cost hardly shows. */
  Batch = 8,
  /** Turns of the shorter run where instructions are counted, and of each of the rounds where time is taken. */
  Counted = 10,
  Timed = 160,
  Rounds = 3,
}

/** A lent link that takes everything, and a message each way before anything is measured. */
const program = `
  var TOPIC = "plant/line4/temp/01x", PAYLOAD = "01234567890123456789", sent = 0, got = 0, ids = 0, mqtt;
  var PACKET = "\\x30\\x2a\\0\\x14" + TOPIC + PAYLOAD, PACKET1 = "\\x32\\x2c\\0\\x14" + TOPIC + "\\0\\1" + PAYLOAD, PACKET2 = "\\x34" + PACKET1.substr(1);
  var socket = { write: function (data) { sent += data.length; }, end: function () {} };
  function used() { return process.memory().usage; }
  function identifier() { return String.fromCharCode(ids >> 8, ids & 255); }
  function acknowledge(kind) { ids++; socket.emit("data", kind + "\\x02" + identifier()); }
  function begin(then) {
    mqtt = require(MODULE).create("server", { client_id: "dev1" });
    mqtt.on("message", function () { got++; });
    mqtt.connect(socket);
    socket.emit("data", "\\x20\\x02\\0\\0");
    setTimeout(function () {
      mqtt.publish(TOPIC, PAYLOAD);
      socket.emit("data", PACKET);
      setTimeout(then, 50);
    }, 50);
  }
  function finish(value) { print("RESULT " + value + " "); clearInterval(); clearTimeout(); }
  function repeat(turns, action) {
    var began = getTime();
    function turn() {
      if (turns-- > 0) {
        for (var n = 0; n < ${Steps.Batch}; n++) action();
        setTimeout(turn, 0);
      } else finish(getTime() - began);
    }
    turn();
  }`;

const actions = {
  'publish QoS 0': 'mqtt.publish(TOPIC, PAYLOAD)',
  'inbound QoS 0': 'socket.emit("data", PACKET)',
  'publish QoS 1 and its PUBACK': 'mqtt.publish(TOPIC, PAYLOAD, { qos: 1 }); acknowledge("\\x40")',
  'inbound QoS 1 and its PUBACK': 'socket.emit("data", PACKET1)',
  'publish QoS 2, PUBREC to PUBCOMP': 'mqtt.publish(TOPIC, PAYLOAD, { qos: 2 }); acknowledge("\\x50"); socket.emit("data", "\\x70\\x02" + identifier())',
  'inbound QoS 2, PUBREC to PUBCOMP': 'socket.emit("data", PACKET2); socket.emit("data", "\\x62\\x02\\0\\1")',
} as const;

class Bench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'midge-bench-espruino-'));
  readonly countsInstructions = spawnSync('valgrind', ['--version']).status === 0;

  constructor(private readonly engine: string) {}

  /** What `finish` was given, and the instructions of the whole run where they are asked for. */
  private run(script: string, isCounted: boolean): { value: number; instructions: number } {
    const file = join(this.folder, 'program.js');
    rmSync(join(this.folder, 'espruino.flash'), { force: true });
    writeFileSync(file, script, 'latin1');
    const counting = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', this.engine];
    const result = spawnSync(isCounted ? 'valgrind' : this.engine, [...isCounted ? counting : [], file], { cwd: this.folder, input: '', encoding: 'latin1', timeout: 60_000 });
    const value = /RESULT (\S+) /.exec(result.stdout)?.[1];
    if (value === undefined || /ncaught|ERROR/.test(result.stdout)) throw new Error(`${this.engine} did not run the benchmark: ${result.error?.message ?? ''}\n${result.stdout.slice(-2000)}`);
    return { value: Number(value), instructions: Number(/I\s+refs:\s+([\d,]+)/.exec(result.stderr)?.[1].replace(/,/g, '') ?? 0) };
  }

  /** JsVars of the module, a client, its handlers and its link, connected. */
  jsVars(module: Module): number {
    // From a file: the text of a program stands in memory.
    writeFileSync(join(this.folder, 'module.js'), module.code, 'latin1');
    return this.run(`require("Storage").write("${module.name}", require("fs").readFileSync("module.js"));
      var MODULE = "${module.name}";${program}
      setTimeout(function () { var before = used(); begin(function () { finish(used() - before); }); }, 50);`, false).value;
  }

  /** Instructions (or microseconds) of one message, without the loop around it. */
  cost(module: Module, action: string): number {
    // Read from a file into one piece of memory, which takes half of what a text in many pieces does.
    writeFileSync(join(this.folder, 'module.js'), module.code, 'latin1');
    const inRam = `var text = require("fs").readFileSync("module.js"); text = E.toFlatString(text); Modules.addCached("${module.name}", text); text = undefined;
      var MODULE = "${module.name}";${program}`;
    const script = (turns: number, body: string): string => `${inRam}\nbegin(function () { repeat(${turns}, function () { ${body}; }); });`;
    const one = (body: string): number => {
      if (this.countsInstructions) {
        const [less, more] = [Steps.Counted, 2 * Steps.Counted].map((turns) => this.run(script(turns, body), true).instructions);
        return (more - less) / Steps.Counted / Steps.Batch;
      }
      const times = Array.from({ length: Steps.Rounds }, () => this.run(script(Steps.Timed, body), false).value * 1e6 / (Steps.Timed * Steps.Batch));
      return median(times);
    };
    return one(action) - one('');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** As the tools of Espruino minify a module; not inlined, which would cost it half its speed. */
function peerModule(path: string): Module {
  const { code } = minify_sync(readFileSync(path, 'latin1'), { ecma: 5, toplevel: true, compress: { inline: false, reduce_funcs: false, reduce_vars: false, collapse_vars: false, sequences: false } });
  return { name: 'MQTT', code: code ?? '' };
}

const bars: Readonly<Record<string, number>> = { 'publish QoS 0': 1, 'inbound QoS 0': 1 };

/** What the benchmark lacks, or null. */
export function espruinoLack(): string | null {
  const lacks = [
    process.env['MIDGE_ESPRUINO'] === undefined ? 'MIDGE_ESPRUINO does not name an Espruino for Linux' : '',
    process.env['MIDGE_ESPRUINO_MQTT'] === undefined ? 'MIDGE_ESPRUINO_MQTT does not name the file of Espruino\'s MQTT module' : '',
  ].filter((lack) => lack !== '');
  return lacks.length === 0 ? null : lacks.join(', and ');
}

export function espruinoRows(): Row[] | null {
  const engine = process.env['MIDGE_ESPRUINO'];
  const path = process.env['MIDGE_ESPRUINO_MQTT'];
  if (engine === undefined || path === undefined) return null;
  const bench = new Bench(engine);
  if (!bench.countsInstructions) console.error('valgrind is not installed: messages are timed, not counted (Debian: apt-get install valgrind)');
  const whole: Module = { name: 'midge', code: buildModule('mqtt311', true).code };
  const stored: Module = { name: 'midge', code: buildStorageModule('mqtt311', true).code };
  const peer = peerModule(path);
  try {
    const rows: Row[] = [];
    const peerVars = bench.jsVars(peer);
    for (const module of [stored, whole]) {
      const ours = bench.jsVars(module);
      rows.push({
        what: `JsVars from Storage, connected, ${module === stored ? 'functions read when called' : 'every function there'}`, ours: `${ours}`, peer: `${peerVars}`,
        ratio: (ours / peerVars).toFixed(2), bar: module === stored ? 'at most 900' : 'printed', held: module === stored ? ours <= 900 : null,
      });
    }
    for (const [what, action] of Object.entries(actions)) {
      const theirs = bench.cost(peer, action);
      const ours = bench.cost(whole, action);
      const bar = bars[what];
      rows.push({
        what, ours: figure(ours, bench), peer: figure(theirs, bench), ratio: (ours / theirs).toFixed(2),
        bar: bar === undefined ? 'printed' : `at most ${bar.toFixed(1)}`, held: bar === undefined ? null : ours / theirs <= bar,
      });
    }
    return rows;
  } finally {
    bench.remove();
  }
}

function figure(value: number, bench: Bench): string {
  return bench.countsInstructions ? `${Math.round(value / 1000).toLocaleString('en')}k instructions` : `${value.toFixed(1)} µs`;
}
