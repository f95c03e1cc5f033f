/**
 * Divides a Lua program into what is there from the start and parts that are read from the module's own file when a function of theirs is called, for
 * Lua on machines where memory counts: a function that is there costs some 500 bytes. The parts stand in a comment at the head of the file, and
 * targets/lua/loader.lua reads them by their places.
 *
 * Functions that messages need last once they were read; all others belong to the collector as soon as they have returned. Must not know what they do.
 */
import { createHash } from 'node:crypto';
import { minifyLuaTexts } from './lua-minify.js';
import { wordsIn, type Piece } from './lua-pieces.js';
import { BuildError } from './program.js';

/** Functions by name; a name that this profile does not have means nothing. */
export interface LuaParts {
  /** There from the start. */
  readonly resident: readonly string[];
  /** Lists of functions that are read together, when one of a list is first called, and are there from then on. All that stand in no list are read at each use. */
  readonly lasting: readonly (readonly string[])[];
  /** The file's code, the loader that it reads, and hand-written functions that the loader needs: Lua. */
  readonly opening: string;
  readonly loader: string;
  readonly loaderNatives: string;
}

/** What stands together in one chunk. The first is the program's beginning. */
interface Part {
  readonly isLasting: boolean;
  readonly pieces: Piece[];
}

interface Chunk extends Part {
  /** What others use of it. */
  readonly given: readonly string[];
}

/** Where a function stands: in the first part, in a lasting one, or in one that is read at each use (undefined). */
export function placeIn(parts: LuaParts, name: string): number | undefined {
  if (parts.resident.includes(name)) return 0;
  const at = parts.lasting.findIndex((list) => list.includes(name));
  return at < 0 ? undefined : at + 1;
}

/** Lua's own functions and tables, which a part binds once: through its environment each use would be a search. */
const luaNames = new Set(['bit', 'debug', 'error', 'io', 'ipairs', 'math', 'next', 'pairs', 'pcall', 'require', 'select', 'setmetatable', 'string', 'table', 'tonumber', 'tostring', 'type', 'unpack']);

/** What the loader uses of Lua. */
const loaderNames = 'debug getinfo source io open read seek load loadstring rawget dump jit rep concat __mode match'.split(' ');

/** Characters of a function, before it is minified, that is worth no part of its own. */
const smallLength = 250;

const localsMax = 180;
const upvaluesMax = 50;

/** The file: parts, then code that returns what `returns` names; `opening` stands before it. */
export function divided(all: readonly Piece[], parts: LuaParts, returns: string, keep: readonly string[], opening: string): string {
  const places = placesOf(all, parts, returns);
  const lazily = new Map<string, string>();
  const pieces = all.map((piece) => withoutSeldom(piece, (name) => places.get(piece.name) !== undefined && places.has(name) && places.get(name) !== places.get(piece.name), lazily));
  const asked = new Set(lazily.values());
  const chunks = chunksOf(pieces, places, parts.lasting.length + 1).map((part): Chunk => {
    const isUsedBeside = (name: string): boolean => asked.has(name) || pieces.some((piece) => piece.mentions.has(name) && !part.pieces.includes(piece));
    return { ...part, given: part.isLasting ? part.pieces.map(({ name }) => name).filter(isUsedBeside) : [part.pieces[part.pieces.length - 1].name] };
  });
  const start = new Set(chunks[0].pieces.map(({ name }) => name));
  const texts = chunks.map((chunk, n) => textOf(chunk, pieces, start) + (n === 0 ? `return ${returns}\n` : ''));
  const { texts: [opener, loader, ...small], names } = minifyLuaTexts([parts.opening, parts.loader, ...texts], [...keep, ...loaderNames]);
  const short = (name: string): string => names.get(name) ?? name;
  const stored = chunks.map(({ isLasting, given }, n): Stored => ({ mark: isLasting ? '!' : '@', names: n === 0 ? ['main'] : given.map(short), text: small[n] }));
  const { store, head, index } = laidOut([{ mark: '@', names: ['loader'], text: loader }, ...stored]);
  const keys = [...lazily].map(([key, name]) => `.${key}=${short(name)} `).join('');
  const filled = new Map([['HEAD', head], ['INDEX', index + keys], ['STRIPPED', short('stripped')]]);
  return store + opening + opener.replace(/"(HEAD|INDEX|STRIPPED)"/g, (_text, name: string) => `"${filled.get(name)}"`);
}

/** A part as it stands in the file, and the names by which it is read. */
interface Stored {
  readonly mark: '!' | '@';
  readonly names: readonly string[];
  readonly text: string;
}

/** The comment that holds the parts, how it begins, and where in the file each stands. */
function laidOut(stored: readonly Stored[]): { store: string; head: string; index: string } {
  const digest = createHash('sha256').update(stored.map(({ text }) => text).join('')).digest('hex').slice(0, 8);
  const head = `--[==[midge ${digest}`;
  let store = `${head}\n`;
  let index = ' ';
  for (const { mark, names, text } of stored) {
    index += `${mark}${store.length},${text.length} ${names.join(' ')} `;
    store += text;
  }
  if (store.slice(head.length).includes(']==]')) throw new BuildError('a part contains "]==]", which would end the comment that holds it; write it otherwise');
  if (/[^\x00-\x7f]/.test(store)) throw new BuildError('a part contains a character beyond ASCII; places are counted in bytes');
  return { store: `${store}]==]\n`, head, index };
}

/** Names to places: what the lists say of functions; hand-written functions and constants stand where their users do. */
function placesOf(all: readonly Piece[], parts: LuaParts, returns: string): Map<string, number | undefined> {
  const places = new Map<string, number | undefined>();
  const users = new Map<string, string[]>();
  for (const { name, mentions } of all) for (const mention of mentions) users.set(mention, [...users.get(mention) ?? [], name]);
  const rest: Piece[] = [];
  for (const piece of all) {
    if (piece.kind === 'alias') continue;
    const isState = piece.kind === 'local' && !piece.text.startsWith('local function');
    const listed = piece.name === returns || isState ? 0 : placeIn(parts, piece.name);
    if (listed === undefined && (piece.kind === 'local' || !piece.text.startsWith('function'))) rest.push(piece);
    else places.set(piece.name, listed);
  }
  // Users stand behind what they use.
  for (const { name } of rest.reverse()) {
    const of = new Set((users.get(name) ?? []).map((user) => places.get(user)));
    of.delete(undefined);
    places.set(name, of.has(0) || of.size > 1 ? 0 : [...of][0]);
  }
  return places;
}

/** A constant's tables without functions that are not there yet: they are read when they are asked for by their key. */
function withoutSeldom(piece: Piece, isElsewhere: (name: string) => boolean, lazily: Map<string, string>): Piece {
  if (piece.kind !== 'assigned' || piece.text.startsWith('function')) return piece;
  const mentions = new Set(piece.mentions);
  const text = piece.text.replace(/\{([^{}]*)\}/g, (table, inner: string) => {
    const entries = inner.split(',').map((entry) => entry.trim());
    const kept = entries.filter((entry) => {
      const [, key, name] = /^(\w+) = (\w+)$/.exec(entry) ?? [];
      if (name === undefined || !mentions.has(name) || !isElsewhere(name)) return true;
      if ((lazily.get(key) ?? name) !== name) throw new BuildError(`${key} names two functions, ${lazily.get(key)} and ${name}: a key is all that tells them apart when they are read`);
      lazily.set(key, name);
      mentions.delete(name);
      return false;
    });
    return kept.length === entries.length ? table : `setmetatable({${kept.join(', ')}}, readWhenAsked)`;
  });
  return { ...piece, text, mentions };
}

/** The first part, the lasting ones, and for the rest a part for each function that several others need, with all that only it needs. */
function chunksOf(pieces: readonly Piece[], places: ReadonlyMap<string, number | undefined>, count: number): Part[] {
  const fixed = Array.from({ length: count }, (): Part => ({ isLasting: true, pieces: [] }));
  for (const piece of pieces) {
    const place = places.get(piece.name);
    if (place !== undefined) fixed[place].pieces.push(piece);
  }
  const seldom = pieces.filter(({ kind, name }) => kind !== 'alias' && places.get(name) === undefined);
  const roots = rootsOf(pieces, seldom);
  const loose = seldom.filter(({ name }) => roots.has(name)).map((root): Part => {
    const within = new Set([root.name]);
    const add = ({ mentions }: Piece): void => {
      for (const piece of seldom) {
        if (!mentions.has(piece.name) || within.has(piece.name) || (roots.has(piece.name) && !isSmall(piece))) continue;
        within.add(piece.name);
        add(piece);
      }
    };
    add(root);
    return { isLasting: false, pieces: [...seldom.filter((piece) => within.has(piece.name) && piece !== root), root] };
  });
  return [...fixed, ...loose].filter((part, n) => n === 0 || part.pieces.length > 0);
}

/** A function that stands in every part that uses it, rather than to be read for each. */
function isSmall({ text }: Piece): boolean {
  return text.length < smallLength && /^(?:local )?function/.test(text);
}

/** Those of the seldom ones that a part is read for: another part uses them, or several of these do. */
function rootsOf(pieces: readonly Piece[], seldom: readonly Piece[]): Set<string> {
  const names = new Set(seldom.map(({ name }) => name));
  const users = new Map(seldom.map(({ name }) => [name, pieces.filter((piece) => piece.mentions.has(name)).map((piece) => piece.name)]));
  // What each stands in; all begin on their own.
  const owner = new Map(seldom.map(({ name }) => [name, name]));
  const ownersOf = (piece: Piece): Set<string | undefined> => {
    const found = new Set<string | undefined>();
    for (const user of users.get(piece.name)!) found.add(names.has(user) ? owner.get(user) : undefined);
    return found;
  };
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const piece of seldom) {
      if (owner.get(piece.name) !== piece.name) continue;
      const [only, ...others] = ownersOf(piece);
      if (only === undefined || others.length > 0 || only === piece.name) continue;
      for (const [name, of] of owner) if (of === piece.name) owner.set(name, only);
      isMoving = true;
    }
  }
  return new Set(seldom.filter((piece) => owner.get(piece.name) === piece.name && !(isSmall(piece) && !ownersOf(piece).has(undefined) && ownersOf(piece).size > 0)).map(({ name }) => name));
}

/** A part as a chunk: it binds what it uses, defines its own, and gives the environment what others use, or returns what it was read for. */
function textOf({ isLasting, pieces, given }: Chunk, all: readonly Piece[], start: ReadonlySet<string>): string {
  const own = new Set(pieces.map(({ name }) => name));
  const aliases = all.filter((piece) => piece.kind === 'alias' && pieces.some(({ mentions }) => mentions.has(piece.name)));
  const code = [...aliases, ...pieces].map(({ text }) => text).join('');
  const bound = [...wordsIn(code, luaNames)];
  const declared = pieces.filter(({ kind }) => kind === 'assigned').map(({ name }) => name);
  const imported = [...start].filter((name) => !own.has(name) && pieces.some(({ mentions }) => mentions.has(name)));
  const natives = pieces.filter(({ kind }) => kind === 'local').map(({ name }) => name);
  const locals = chosen(pieces, [...natives, ...aliases.map(({ name }) => name), ...bound], [...declared, ...imported]);
  const lines: string[] = [];
  const binding = [...bound, ...imported.filter((name) => locals.has(name))];
  const inner = declared.filter((name) => locals.has(name));
  if (isLasting) lines.push('local environment = ...');
  if (binding.length > 0) lines.push(`local ${binding.join(', ')} = ${binding.join(', ')}`);
  if (inner.length > 0) lines.push(`local ${inner.join(', ')}`);
  lines.push(code);
  if (!isLasting) lines.push(`return ${given[0]}`);
  else for (const name of given) if (natives.includes(name) || locals.has(name)) lines.push(`environment.${name} = ${name}`);
  return `${lines.join('\n')}\n`;
}

/** Which candidates may be locals of a chunk, the most mentioned first: Lua bounds how many a function may have, and how many of another's it may use. */
function chosen(pieces: readonly Piece[], given: readonly string[], candidates: readonly string[]): Set<string> {
  const users = new Map(candidates.map((name) => [name, pieces.filter((piece) => piece.name !== name && piece.mentions.has(name))]));
  const fixed = new Set(given);
  const upvalues = new Map(pieces.map((piece) => [piece, wordsIn(piece.text, fixed).size]));
  const locals = new Set<string>();
  for (const name of [...candidates].sort((a, b) => users.get(b)!.length - users.get(a)!.length)) {
    if (locals.size + given.length >= localsMax || users.get(name)!.some((user) => upvalues.get(user)! >= upvaluesMax)) continue;
    for (const user of users.get(name)!) upvalues.set(user, upvalues.get(user)! + 1);
    locals.add(name);
  }
  return locals;
}
