/**
 * Makes Lua smaller: no comments, no needless white space, short names. Every name is renamed in the same way wherever it stands, and no two
 * to the same, so that scoping cannot change: no parser is needed. Must not know what the code does.
 */
const keywords = new Set(('and break do else elseif end false for function goto if in local nil not or repeat return then true until while').split(' '));

/** Names that belong to Lua, its libraries, or the convention for buffers. */
export const namesOfLua: readonly string[] = [...keywords, ...(
  '_ENV _G __index bit band bor bxor bnot lshift rshift arshift string byte char sub find len format math floor huge frexp ldexp abs modf fmod max min table ' +
  'concat insert remove unpack move setmetatable setfenv getfenv require type tostring tonumber pairs ipairs next select print error assert pcall self length'
).split(' ')];
const reservedNames = new Set(namesOfLua);

const token = /--\[\[[\s\S]*?\]\]|--[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\.\.\.?|[=~<>]=|<<|>>|\/\/|::|\s+|[^\s]/g;

/** `keep` are names that stay; of `fields` the new names are reported. */
export function minifyLua(code: string, keep: readonly string[], fields: readonly string[]): { code: string; renamed: Record<string, string> } {
  const { texts: [small], names } = minifyLuaTexts([code], keep);
  const renamed: Record<string, string> = {};
  for (const field of fields) {
    const short = names.get(field);
    if (short !== undefined) renamed[field] = short;
  }
  return { code: small, renamed };
}

/** Texts that share their names: the same one is renamed in the same way in all of them. `names` are the new ones by the old. */
export function minifyLuaTexts(texts: readonly string[], keep: readonly string[]): { texts: string[]; names: ReadonlyMap<string, string> } {
  const all = texts.map((text) => (text.match(token) ?? []).filter((t) => !t.startsWith('--') && t.trim() !== ''));
  const names = shortNames(all.flat(), new Set(keep));
  return { texts: all.map((tokens) => joined(tokens, names)), names };
}

function joined(tokens: readonly string[], names: ReadonlyMap<string, string>): string {
  let small = '';
  let last = '';
  for (const original of tokens) {
    const text = names.get(original) ?? original;
    if (needsSpace(last, text)) small += ' ';
    small += text;
    last = text;
  }
  return `${small}\n`;
}

function shortNames(tokens: readonly string[], keep: ReadonlySet<string>): Map<string, string> {
  const uses = new Map<string, number>();
  const taken = new Set<string>();
  for (const t of tokens) {
    if (!/^[A-Za-z_]/.test(t) || keywords.has(t)) continue;
    if (keep.has(t) || reservedNames.has(t)) taken.add(t);
    else uses.set(t, (uses.get(t) ?? 0) + 1);
  }
  const names = new Map<string, string>();
  let number = 0;
  for (const [name] of [...uses].sort((a, b) => b[1] - a[1])) {
    let short = shortName(number++);
    while (taken.has(short) || reservedNames.has(short)) short = shortName(number++);
    names.set(name, short);
  }
  return names;
}

const first = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const further = `${first}0123456789`;

function shortName(number: number): string {
  let name = first[number % first.length];
  for (let rest = Math.floor(number / first.length); rest > 0; rest = Math.floor(rest / further.length)) name += further[(rest - 1) % further.length];
  return name;
}

/** Two words need a space between them; so do two minus signs, which would begin a comment, and a number before dots. */
function needsSpace(left: string, right: string): boolean {
  if (/\w$/.test(left) && /^\w/.test(right)) return true;
  if (/\d$/.test(left) && right.startsWith('.')) return true;
  return (left === '-' && right === '-') || (left === '[' && right === '[');
}
