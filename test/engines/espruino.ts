/**
 * What Espruino adds to JavaScript, as far as builds for it use it, for V8: `set` takes strings, `E` knows the bytes behind one, `Storage` holds files.
 * Must not know what is run.
 */
import vm from 'node:vm';
import { runTimeMaxMs } from './engine.js';

/** Evaluated in the context itself, whose `Uint8Array` is another than ours. Strings there are text: those beyond ASCII count as UTF-8 strings. */
const platform = `
  var E = {
    isUTF8: function (text) { return /[^\\0-\\x7f]/.test(text); },
    fromUTF8: function (text) { return encode(text); },
    toString: function (bytes) { return String.fromCharCode.apply(null, bytes); },
  };
  (function () {
    var native = Uint8Array.prototype.set;
    Uint8Array.prototype.set = function (source, at) {
      native.call(this, typeof source === 'string' ? Array.from(source, function (c) { return c.charCodeAt(0); }) : source, at);
    };
  })();`;

/** UTF-8 as a string of one byte a character; a lone surrogate as its three bytes. */
function encode(text: string): string {
  let bytes = '';
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point >= 0xd800 && point < 0xe000) bytes += String.fromCharCode(0xed, 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes += Buffer.from(character).toString('latin1');
  }
  return bytes;
}

export interface Storage {
  [name: string]: string;
}

/** A context with these files in Storage, in which modules are loaded by `require(name)`. */
export function createBoard(storage: Storage): { load(name: string): Record<string, (...values: unknown[]) => unknown> } {
  const context = vm.createContext({ encode, storageRead: (name: string, at = 0, count = 0) => read(storage, name, at, count) });
  vm.runInContext(`${platform}
    function require(name) { return name === 'Storage' ? { read: storageRead } : null; }`, context);
  return {
    load(name) {
      const run = vm.runInContext(`(function (exports) { ${storage[name]}\n; return exports; })`, context, { timeout: runTimeMaxMs }) as (exports: object) => never;
      return run({});
    },
  };
}

/** As documented: undefined without the file; a length of 0 or less reads to the end, and what passes the end is cut off. */
function read(storage: Storage, name: string, at: number, count: number): string | undefined {
  return storage[name]?.slice(at, count > 0 ? at + count : undefined);
}
