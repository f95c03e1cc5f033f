/**
 * What is needed on this machine to build with the Moddable SDK for a platform, and what exactly of it is missing. Must not know what is built.
 * Read first: the SDK's documentation/devices, and `mcconfig`'s makefiles, which demand the same.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type PortKind, TargetError } from '../build/target.js';
import { findOnPath, furtherWords } from '../build/upload-tool.js';

const wordsVariable = 'MIDGE_MCCONFIG';
const hosts: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'lin', darwin: 'mac', win32: 'win' };
/** The SDK's own names for its platforms on a computer, which need no board. */
const simulators = /^(sim|simulator|lin|mac|win|wasm|x-.*)$/;

export interface Sdk {
  readonly mcconfig: string;
  /** All words but the application's. */
  readonly words: readonly string[];
  readonly platform: string;
  readonly ports: readonly PortKind[];
  /** With the SDK's programs, which call each other by name. */
  readonly path: string;
}

/** Throws a TargetError that says which part is missing, and where it is to be had. */
export function findSdk(): Sdk {
  const folder = process.env['MODDABLE'] ?? '';
  if (folder === '') throw new TargetError('MODDABLE names no folder; install the Moddable SDK (https://www.moddable.com/documentation) and set MODDABLE to where it is');
  if (!existsSync(join(folder, 'modules'))) throw new TargetError(`MODDABLE is ${folder}, which is no Moddable SDK: it has no folder modules`);
  const mcconfig = findMcconfig(folder);
  if (findOnPath('make') === undefined && process.platform !== 'win32') throw new TargetError('make is not in PATH, which mcconfig calls; Debian: sudo apt-get install build-essential');
  const given = furtherWords(wordsVariable);
  const at = given.indexOf('-p');
  const platform = (at < 0 ? 'esp32' : given[at + 1] ?? '').split(/[/:]/)[0];
  if (platform === '') throw new TargetError(`${wordsVariable} ends with -p, and names no platform; such as ${wordsVariable}='-p esp32'`);
  refuseMissingTools(platform);
  return {
    mcconfig, platform,
    words: [...given.some((word) => /^-d[nlx]?$/.test(word)) ? [] : ['-d'], '-m', ...at < 0 ? ['-p', platform] : [], ...given],
    ports: simulators.test(platform) ? [] : ['serial'],
    path: `${dirname(mcconfig)}:${process.env['PATH'] ?? ''}`,
  };
}

function findMcconfig(sdk: string): string {
  const built = join(sdk, 'build/bin', hosts[process.platform] ?? process.platform);
  const found = findOnPath('mcconfig') ?? ['release', 'debug'].map((goal) => join(built, goal, 'mcconfig')).find(existsSync);
  if (found !== undefined) return found;
  throw new TargetError(`mcconfig is neither in PATH nor in ${built}/release; build the SDK's tools: make -C ${join(sdk, 'build/makefiles', hosts[process.platform] ?? '')}`);
}

interface Need {
  readonly variable: string;
  /** Where the SDK looks when the variable is not set. */
  readonly otherwise?: string;
  /** What must be in the folder. */
  readonly holds: string;
  readonly what: string;
}

const needs: Readonly<Record<string, Need>> = {
  esp32: { variable: 'IDF_PATH', holds: 'export.sh', what: 'the ESP-IDF' },
  esp: { variable: 'ESP_BASE', otherwise: 'esp', holds: 'toolchain', what: 'the tools for ESP8266' },
  esp8266: { variable: 'ESP_BASE', otherwise: 'esp', holds: 'toolchain', what: 'the tools for ESP8266' },
  pico: { variable: 'PICO_SDK_DIR', otherwise: 'pico/pico-sdk', holds: 'src', what: 'the Pico SDK' },
  zephyr: { variable: 'ZEPHYR_BASE', holds: 'CMakeLists.txt', what: 'Zephyr' },
};

function refuseMissingTools(platform: string): void {
  const need = Object.hasOwn(needs, platform) ? needs[platform] : undefined;
  if (need === undefined) return;
  const { variable, otherwise, holds, what } = need;
  const named = process.env[variable] ?? '';
  const page = `https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/devices/${platform === 'esp' ? 'esp8266' : platform}.md`;
  if (named === '' && otherwise === undefined) throw new TargetError(`${variable} names no folder; -p ${platform} needs ${what}: install it (${page}) and set ${variable} to where it is`);
  const folder = named === '' ? join(homedir(), otherwise!) : named;
  if (!existsSync(folder)) throw new TargetError(`there is no folder ${folder} (${named === '' ? `${variable} is not set` : variable}); -p ${platform} needs ${what}: ${page}`);
  if (!existsSync(join(folder, holds))) throw new TargetError(`${variable} is ${folder}, which is not ${what}: it has no ${holds} (${page})`);
}
