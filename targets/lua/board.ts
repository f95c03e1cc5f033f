/**
 * Programs in Lua that a NodeMCU board runs during an upload, and what its answers mean. Must not know how they come onto the board (flash.ts).
 * Read first: docs/modules/{file,node}.md of nodemcu-firmware.
 */
import type { BuiltFile } from '../build/target.js';

/** What the board starts by itself. */
export const programName = 'init.lua';

/** The first words of a program that requires what is in LFS: the firmware looks for modules among files alone. */
export const loadFromImage = 'package.loaders[3] = function(name) local f = (node.LFS and node.LFS.get or node.flashindex)(name) return type(f) == "function" and f or nil end ';

/** Prints the length and the two sums of a file as it stands on the board. Seconds for a large file. */
export function checkProgram(name: string): string {
  return `local length, a, b = 0, 1, 0
if file.open("${name}", "r") then
  local part = file.read(128)
  while part do
    for at = 1, #part do
      a = (a + part:byte(at)) % 65521
      b = (b + a) % 65521
    end
    length = length + #part
    tmr.wdclr()
    part = file.read(128)
  end
  file.close()
end
print(("MIDGE-CHECK ${name} %d %d %d"):format(length, a, b))
`;
}

/** Prints whether a module is in LFS. */
export function lookProgram(module: string): string {
  return `local get = node.LFS and node.LFS.get or node.flashindex
print("MIDGE-LFS ${module} " .. type(get and get("${module}")))
`;
}

/** Takes the image into LFS. Files that would be loaded in its place go, and a program that would run when the board has started again. */
export function reloadProgram(image: string, inTheWay: readonly string[]): string {
  return `${inTheWay.map((name) => `file.remove("${name}")\n`).join('')}local reload = node.LFS and node.LFS.reload or node.flashreload
print("MIDGE-RELOAD " .. tostring(reload and reload("${image}") or "this firmware has no LFS"))
`;
}

/** Adler-32, as the board computes it. */
function sumsOf(bytes: Uint8Array): { readonly a: number; readonly b: number } {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return { a, b };
}

/** What is wrong with a file on the board, null if nothing is. */
export function checkFault(name: string, bytes: Uint8Array, said: string): string | null {
  const found = new RegExp(`MIDGE-CHECK ${name.replaceAll('.', '\\.')} (\\d+) (\\d+) (\\d+)`).exec(said);
  if (found === null) return `the board did not say what it has of ${name}; it may be half written, and there may be no room left (nodemcu-tool fsinfo). It said: ${lastWords(said)}`;
  const [length, a, b] = found.slice(1).map(Number);
  const sums = sumsOf(bytes);
  if (length === bytes.length && a === sums.a && b === sums.b) return null;
  if (length === 0) return `${name} is not on the board, or empty; is its file system full (nodemcu-tool fsinfo), or not formatted (nodemcu-tool mkfs)?`;
  return `${name} is not on the board as it was sent: ${length === bytes.length ? 'its sums differ' : `${length} of ${bytes.length} bytes are there`}; free its file system if it is full (nodemcu-tool fsinfo), or try a lower --baud`;
}

/** Why a module is not in LFS, null if it is. */
export function imageFault(module: string, seen: string, reload: string): string | null {
  if (seen.includes(`MIDGE-LFS ${module} function`)) return null;
  const why = /MIDGE-RELOAD (.*)/.exec(reload)?.[1];
  return `the board did not take ${module} into its LFS: ${why ?? lastWords(reload)}. The firmware must have been built with an LFS that holds it (128 KB, in the profile full 160 KB; 192 KB for midge-uart, 224 KB in full), and luac.cross must be of the same firmware`;
}

/**
 * What the board says against a program, null if nothing: the error with the line of the file that was built, and the line itself.
 * `fileOf` gives the file that has a name on the board.
 */
export function programFault(said: string, fileOf: (name: string) => Pick<BuiltFile, 'path' | 'content'>): string | null {
  if (/not enough memory/.test(said)) {
    return 'the board has not enough memory to compile the module from source; put luac.cross of its firmware into PATH, and it goes into LFS (targets/lua/README.md)';
  }
  const found = /(?:^|[\s:'"(])([\w-]+\.lua):(\d+): (.+)/m.exec(said);
  if (found === null) {
    const other = /(module '.*' not found.*|cannot open .*|PANIC: .*)/m.exec(said)?.[1];
    return other === undefined ? null : `the program failed on the board: ${other}`;
  }
  const [whole, name, number, words] = found;
  // The traceback tells who called, where the fault is another file's.
  const caller = name === programName ? null : new RegExp(`${programName}:(\\d+): in `).exec(said.slice(found.index + whole.length));
  const called = caller === null ? '' : `, called from ${lineOf(fileOf(programName), caller[1])}`;
  return `the program failed on the board: ${words.trim()}, in ${lineOf(fileOf(name), number)}${called}`;
}

function lineOf({ path, content }: Pick<BuiltFile, 'path' | 'content'>, number: string): string {
  const text = String(content).split('\n')[Number(number) - 1]?.trim() ?? '';
  // A minified file is one long line, which shows nothing.
  return `line ${number} of ${path}${text === '' || text.length > 200 || path.startsWith('midge') ? '' : `: ${text}`}`;
}

function lastWords(said: string): string {
  return said.split('\n').map((line) => line.trim()).filter((line) => line !== '').slice(-3).join(' / ') || 'nothing';
}
