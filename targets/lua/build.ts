/**
 * The files of the target `lua`: for each platform the core, the link where it is spoken, the port and the API in one Lua file, with the bytes of each.
 * Must not know how files are written or uploaded.
 */
import { buildLua, type LuaOptions } from '../build/lua.js';
import type { LuaParts } from '../build/lua-parts.js';
import { profiles, type ProfileName } from '../build/profiles.js';
import { plainParts } from './parts.js';
import { sourceText } from '../build/program.js';
import type { BuiltFile, BuiltPart } from '../build/target.js';

/** One Lua file: which sources make it, and for which Lua. */
export interface LuaVariant {
  readonly path: string;
  readonly entry: string;
  /** The export that the file returns. */
  readonly returns: string;
  readonly lua: LuaOptions['target'];
  /** A source in another's place. */
  readonly replace?: readonly [path: string, by: string] | undefined;
  readonly link?: true;
  /** Where a function may have fewer locals than 200. */
  readonly localsMax?: number;
  /** Numbers may be integers. */
  readonly integers?: true;
  /** The `bit` library is no global here, as it is on NodeMCU. */
  readonly needsBit?: true;
  /** What is there from the start; all of it when absent. */
  readonly parts?: Pick<LuaParts, 'resident' | 'lasting'>;
}

const nodemcu = { entry: 'targets/lua/nodemcu/mqtt.ts', returns: 'mqtt', lua: 'jit', localsMax: 42, integers: true } as const;
const overUart = { replace: ['targets/lua/nodemcu/port.ts', 'targets/lua/nodemcu/port-uart.ts'], link: true } as const;
const plain = { entry: 'targets/lua/plain/client.ts', returns: 'midge', parts: plainParts } as const;
const overStdio = { replace: ['targets/lua/plain/port.ts', 'targets/lua/plain/port-stdio.ts'], link: true } as const;

export const variants: readonly LuaVariant[] = [
  { path: 'nodemcu/midge.lua', ...nodemcu },
  { path: 'nodemcu/midge-uart.lua', ...nodemcu, ...overUart },
  // Lua 5.1 and LuaJIT have the `bit` library, Lua 5.3 and 5.4 operators.
  { path: 'luasocket/midge.lua', ...plain, lua: 'jit', needsBit: true },
  { path: 'luasocket/midge53.lua', ...plain, lua: '5.3' },
  { path: 'stdio/midge.lua', ...plain, ...overStdio, lua: 'jit', needsBit: true },
  { path: 'stdio/midge53.lua', ...plain, ...overStdio, lua: '5.3' },
];

/** Streaming is in every profile: here a message larger than the buffer is put together as a string, which takes an eighth of the table's room. */
export function luaProfile(profile: ProfileName): Readonly<Record<string, number>> {
  return { ...profiles[profile], Streaming: 1 };
}

/** Hand-written Lua in place of declarations in TypeScript. */
export const luaNatives: Readonly<Record<string, string>> = {
  'targets/lua/text.ts': 'targets/lua/text.lua',
  'targets/lua/values.ts': 'targets/lua/values.lua',
  'targets/lua/nodemcu/socket.ts': 'targets/lua/nodemcu/socket.lua',
  'targets/lua/plain/streams.ts': 'targets/lua/plain/streams.lua',
};

/** Names that belong to the platforms and to the programs that use the APIs: a minified file keeps them. */
const publicNames: readonly string[] = (
  // The APIs.
  '__index Client CONN_FAIL_SERVER_NOT_FOUND CONN_FAIL_NOT_A_CONNACK_MSG CONN_FAIL_DNS CONN_FAIL_TIMEOUT_RECEIVING CONN_FAIL_TIMEOUT_SENDING CONNACK_ACCEPTED ' +
  'CONNACK_REFUSED_PROTOCOL_VER CONNACK_REFUSED_ID_REJECTED CONNACK_REFUSED_SERVER_UNAVAILABLE CONNACK_REFUSED_BAD_USER_OR_PASS CONNACK_REFUSED_NOT_AUTHORIZED ' +
  'connect close lwt on publish subscribe unsubscribe save connfail suback unsuback puback message overflow offline stream drop subfail ' +
  'client acknowledge step run session disconnect chunk published dropped subscribed refused unsubscribed id session topic payload qos retain ' +
  'publish_stream cancel_stream property user_property properties ' +
  // NodeMCU's modules.
  'net tls tmr file uart createConnection create now ALARM_SINGLE alarm unregister open remove rename write read setup PARITY_NONE STOPBITS_1 send hold unhold ' +
  // LuaSocket and io.
  'tcp dns getaddrinfo addr gettime select sleep settimeout setoption getpeername receive getfd dirty io stdin stdout setvbuf'
).split(' ');

function build(variant: LuaVariant, profile: ProfileName, minify: boolean, entry: string, exports: readonly string[] | undefined, returns?: string): string {
  return buildLua({
    ...returns === undefined || variant.parts === undefined ? {} : { parts: { ...variant.parts, ...loading, loaderNatives: variant.lua === 'jit' ? sourceText('targets/lua/strip.lua') : '' } },
    opening: returns !== undefined && variant.needsBit === true ? bitLibrary : '',
    entries: [entry], profile: luaProfile(profile), target: variant.lua, minify, integers: variant.integers === true, ...variant.localsMax === undefined ? {} : { localsMax: variant.localsMax }, natives: luaNatives, publicFields: publicNames,
    ...variant.replace === undefined ? {} : { replace: { [variant.replace[0]]: sourceText(variant.replace[1]) } },
    ...exports === undefined ? {} : { exports }, ...returns === undefined ? {} : { returns },
  }).code;
}

/** Functions of the core that every API here calls. */
const coreExports = [
  'createConfig', 'configFault', 'createClient', 'clientConnect', 'clientDisconnect', 'clientLinkDown', 'clientLinkUp', 'clientNextDeadline', 'clientWantsLink',
  'clientInput', 'clientNextEvent', 'clientOutput', 'clientSent', 'clientPublish', 'clientSubscribe', 'clientUnsubscribe', 'clientSkip',
];

/** And of the link. */
const linkExports = [
  'createLink', 'createLinkConfig', 'linkInput', 'linkNextEvent', 'linkOutput', 'linkSent', 'linkNextDeadline', 'linkRead', 'linkTake', 'linkHasRest', 'linkWrite', 'linkOpen', 'linkClose',
];

/** Lua 5.1 loads it like any other module. */
const bitLibrary = 'local bit = bit or require("bit")\n';

const loading = { opening: sourceText('targets/lua/opening.lua'), loader: sourceText('targets/lua/loader.lua') };

/** Bytes of device code alone, which several variants share. */
const shares = new Map<string, number>();

function bytesOfShare(variant: LuaVariant, profile: ProfileName, minify: boolean, entry: string, exports: readonly string[] | undefined): number {
  const key = `${variant.lua} ${profile} ${minify} ${entry}`;
  const known = shares.get(key);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(build({ ...variant, replace: undefined }, profile, minify, entry, exports));
  shares.set(key, bytes);
  return bytes;
}

export function buildVariant(variant: LuaVariant, profile: ProfileName, minify: boolean): BuiltFile {
  const code = build(variant, profile, minify, variant.entry, [variant.returns], variant.returns);
  const core = bytesOfShare(variant, profile, minify, 'src/core/index.ts', coreExports);
  const link = variant.link === true ? bytesOfShare(variant, profile, minify, 'src/link/index.ts', linkExports) : 0;
  const parts: BuiltPart[] = [{ name: 'core', bytes: core }];
  if (link > 0) parts.push({ name: 'link', bytes: link });
  parts.push({ name: 'api', bytes: Buffer.byteLength(code) - core - link });
  return { path: variant.path, content: code, parts };
}

/** The programs of an example: on NodeMCU, and what differs on plain Lua. */
export function exampleFiles(example: string): readonly { readonly path: string; readonly source: string }[] {
  const plainFolder = example === 'serial' ? 'stdio' : 'luasocket';
  return [
    { path: `nodemcu/${example}.lua`, source: `targets/lua/examples/nodemcu/${example}.lua` },
    { path: `${plainFolder}/${example}.lua`, source: `targets/lua/examples/plain/${example}.lua` },
  ];
}
