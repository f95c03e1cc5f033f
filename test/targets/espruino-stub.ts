/**
 * Espruino 2v29 in a vm context, as far as programs of this repository can tell: its globals, its events, its modules, and the absence of what it
 * does not have. What it has no way to show is a lack in syntax; that builds write ES5 is tested elsewhere.
 * Read first: https://www.espruino.com/Reference and `E` there.
 */
import { randomInt } from 'node:crypto';
import vm from 'node:vm';
import { crc32 } from 'node:zlib';
import { Idle } from './espruino-events.js';
import { createNetwork, type Network } from './espruino-network.js';

/** Files in flash: they outlive a reboot. */
export type Flash = Map<string, string>;

export interface EspruinoOptions {
  /** Text that the program prints, and errors that nobody caught. */
  readonly print: (line: string) => void;
  readonly flash?: Flash;
  /** What fits into it. */
  readonly flashBytes?: number;
  /** Objects of the board, such as Serial1: made for each start. */
  readonly devices?: (idle: Idle) => Readonly<Record<string, object>>;
  /** Seconds, as `getTime` gives them. */
  readonly clock?: () => number;
  /** What `load()` does, which starts a board anew. */
  readonly load?: () => void;
}

/** What 2v29 does not have, though the ECMAScript version that it otherwise follows does. */
const absent = `
  delete Math.imul; delete Math.clz32; delete Math.fround; delete Object.freeze; delete Object.seal; delete Object.isFrozen;
  delete Array.prototype.flat; delete Array.prototype.flatMap; delete Array.prototype.copyWithin; delete String.prototype.matchAll;
  const everything = globalThis;
  for (const name of ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Proxy', 'Reflect', 'Symbol', 'BigInt', 'Intl', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry', 'globalThis', 'queueMicrotask', 'structuredClone']) delete everything[name];
  for (const type of [Uint8Array, Int32Array]) delete Object.getPrototypeOf(type).prototype.copyWithin;
  // Its typed arrays take the bytes of a string.
  const setArray = Uint8Array.prototype.set;
  Object.getPrototypeOf(Uint8Array).prototype.set = function (source, at) {
    if (typeof source !== 'string') return setArray.call(this, source, at);
    const from = at | 0;
    if (from + source.length > this.length) throw new Error('set: too long');
    for (let n = 0; n < source.length; n++) this[from + n] = source.charCodeAt(n) & 255;
  };`;

export class Espruino {
  private readonly context: vm.Context;
  private readonly idle: Idle;
  private readonly network: Network;
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private readonly cached = new Map<string, object>();
  private lastTimer = 0;
  readonly flash: Flash;

  constructor(private readonly options: EspruinoOptions) {
    this.idle = new Idle(options.print);
    this.flash = options.flash ?? new Map<string, string>();
    this.context = vm.createContext({});
    vm.runInContext(`(function () {${absent}\n})()`, this.context);
    this.idle.install(this.context);
    this.network = createNetwork(this.idle, (values) => this.object(values));
    for (const [name, value] of Object.entries(this.globals())) (this.context as Record<string, unknown>)[name] = value;
    for (const [name, device] of Object.entries(options.devices?.(this.idle) ?? {})) (this.context as Record<string, unknown>)[name] = this.object(device);
    (this.context as Record<string, unknown>)['global'] = this.context;
  }

  /** An object of the context, so that it has the context's `on` and `emit`. */
  private object(values: object): object {
    const made = vm.runInContext('({})', this.context) as object;
    return Object.assign(made, values);
  }

  private globals(): Record<string, unknown> {
    return {
      getTime: () => this.options.clock?.() ?? Date.now() / 1000,
      getSerial: () => '5de0a75c',
      atob: (text: string) => Buffer.from(text, 'base64').toString('latin1'),
      setTimeout: (action: (...values: unknown[]) => void, ms: unknown, ...values: unknown[]) => this.start(action, ms, values, false),
      setInterval: (action: (...values: unknown[]) => void, ms: unknown, ...values: unknown[]) => this.start(action, ms, values, true),
      clearTimeout: (timer: unknown) => { this.stop('clearTimeout', timer); },
      clearInterval: (timer: unknown) => { this.stop('clearInterval', timer); },
      print: (...values: unknown[]) => { this.options.print(values.map(String).join(' ')); },
      console: this.object({ log: (...values: unknown[]) => { this.options.print(values.map(String).join(' ')); } }),
      require: (name: unknown) => this.module(String(name)),
      Modules: this.object({
        addCached: (name: string, text: string) => { this.cached.set(name, this.load(name, text)); },
        removeCached: (name: string) => { this.cached.delete(name); },
      }),
      process: this.object({
        memory: () => this.object({ free: 6000, usage: 2000, total: 8000, history: 0, blocksize: 13 }),
        env: this.object({ VERSION: '2v29', BOARD: 'STUB' }),
      }),
      E: this.object({
        hwRand: () => randomInt(-0x80000000, 0x80000000),
        toString: (...values: unknown[]) => values.map(bytesText).join(''),
        toArrayBuffer: (text: string) => (vm.runInContext('(function (bytes) { return new Uint8Array(bytes).buffer; })', this.context) as (bytes: Uint8Array) => unknown)(Buffer.from(text, 'latin1')),
        isUTF8: () => false,
        fromUTF8: (text: string) => text,
        CRC32: (data: unknown) => crc32(Buffer.from(bytesText(data), 'latin1')),
        getTemperature: () => 21.5,
      }),
      // As there: when the interpreter is idle.
      load: () => { this.idle.later(() => { this.options.load?.(); }); },
    };
  }

  private start(action: (...values: unknown[]) => void, ms: unknown, values: unknown[], isRepeated: boolean): number {
    const timer = ++this.lastTimer;
    const go = (): void => {
      if (!isRepeated) this.timers.delete(timer);
      this.idle.guarded(() => { action(...values); });
    };
    this.timers.set(timer, isRepeated ? setInterval(go, Number(ms)) : setTimeout(go, Number(ms)));
    return timer;
  }

  /** Without a number it would stop every timer, so Espruino refuses undefined. */
  private stop(name: string, timer: unknown): void {
    if (timer === undefined) throw new Error(`${name}(undefined) not allowed. Use ${name}() instead`);
    clearTimeout(this.timers.get(timer as number));
    this.timers.delete(timer as number);
  }

  private module(name: string): object {
    const known = this.cached.get(name);
    if (known !== undefined) return known;
    if (name === 'net') return this.network.net;
    if (name === 'tls') return this.network.tls;
    if (name === 'Storage') return this.object(storage(this.flash, this.options.flashBytes ?? Number.POSITIVE_INFINITY));
    const text = this.flash.get(name);
    if (text === undefined) throw new Error(`Module ${name} not found`);
    const loaded = this.load(name, text);
    this.cached.set(name, loaded);
    return loaded;
  }

  private load(name: string, text: string): object {
    const exports = this.object({});
    (vm.runInContext(`(function (exports, module) {${text}\n})`, this.context, { filename: name }) as (...values: unknown[]) => void)(exports, this.object({ exports }));
    return exports;
  }

  /** A global of the test's own. */
  define(name: string, value: unknown): void {
    (this.context as Record<string, unknown>)[name] = value;
  }

  /** What it does when its power comes: the files that start by themselves, in order. */
  boot(): void {
    for (const name of ['.boot0', '.bootcde']) {
      const text = this.flash.get(name);
      if (text !== undefined) this.guarded(text, name);
    }
  }

  /** Runs text; an error in it is printed, as its console does. */
  guarded(text: string, name?: string): void {
    this.idle.guarded(() => { this.run(text, name); });
  }

  /** What is typed at its console. Returns the value. */
  run(text: string, name = 'program'): unknown {
    return vm.runInContext(text, this.context, { filename: name });
  }

  /** Its power fails: nothing is said to anybody. */
  off(): void {
    this.idle.off();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.network.destroy();
  }
}

function bytesText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Buffer.from(value as Uint8Array).toString('latin1');
}

/** Storage: names of at most 28 characters, text that is bytes; what cannot be written throws. */
function storage(flash: Flash, bytesMax: number): object {
  return {
    read: (name: string, from = 0, count?: number) => {
      const text = flash.get(name);
      return text === undefined ? undefined : text.slice(from, count === undefined || count === 0 ? undefined : from + count);
    },
    write: (name: string, data: unknown, at = 0, size = 0) => {
      if (name.length > 28) throw new Error('Storage: file name too long');
      const text = bytesText(data);
      if (text === '' && size === 0) throw new Error("Can't create zero length file");
      // At 0 a file is made, of 0xff where nothing is written yet.
      const before = at === 0 ? '\xff'.repeat(Math.max(size, text.length)) : flash.get(name) ?? '';
      if (at + text.length > before.length) throw new Error('Too much data for file size');
      if (/[^\xff]/.test(before.slice(at, at + text.length))) throw new Error('File already written with different data');
      const written = before.slice(0, at) + text + before.slice(at + text.length);
      const others = [...flash].reduce((sum, [other, { length }]) => other === name ? sum : sum + length, 0);
      if (others + written.length > bytesMax) throw new Error('Unable to find or create file');
      flash.set(name, written);
      return true;
    },
    erase: (name: string) => { flash.delete(name); },
    list: () => [...flash.keys()],
  };
}
