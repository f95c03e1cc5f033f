/**
 * The port that `midge flash` is to use: whether there is a board to be reached under that name, said before anything is built. Must not know any tool.
 *
 * Read first: src/gateway/serial/open-fault.ts, which has the words for a port that cannot be opened.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { openFaultWords } from '../gateway/serial/open-fault.js';
import type { PortKind } from '../../targets/build/target.js';
import { Failure, UsageError } from './fault.js';

export interface PortCheck {
  readonly kinds: readonly PortKind[];
  readonly baud: number | undefined;
  /** Leave it closed: some boards begin anew when their port is opened. */
  readonly dryRun: boolean;
}

/** The port as the tool is to have it, and a line of warning where something may be in the way. Throws what is wrong with it. */
export async function checkPort(port: string, target: string, { kinds, baud, dryRun }: PortCheck): Promise<{ readonly port: string; readonly warning?: string }> {
  if (/^\w+:\/\//.test(port)) return { port: addressOf(port, target, kinds) };
  // COM3 and its like are found by the tool.
  if (process.platform === 'win32') return { port };
  const path = pathOf(port);
  await refuseWhatIsNoPort(path);
  refuseForbidden(path);
  if (!dryRun) await refuseTaken(path, baud);
  const holders = isPseudoTerminal(path) ? [] : holdersOf(path);
  if (holders.length === 0) return { port: path };
  return { port: path, warning: `${path} is also open in ${holders.join(' and ')}, which will take a part of what the board answers` };
}

/** What to say where no port is named: those that there are. */
export async function portsHere(): Promise<string> {
  const { listPorts } = await import('../gateway/serial/list.js');
  const { ports } = await listPorts();
  if (ports.length === 0) return 'this machine has no serial port: is the board plugged in, with a cable that has data lines?';
  const shown = ports.map(({ path, manufacturer, model }) => manufacturer === null && model === null ? path : `${path} (${[manufacturer, model].filter((one) => one !== null).join(' ')})`);
  return `serial ports here: ${shown.join(', ')}`;
}

function addressOf(port: string, target: string, kinds: readonly PortKind[]): string {
  const found = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d+)$/.exec(port);
  if (!kinds.includes('tcp')) throw new UsageError(`--port is "${port}", but the tool for ${target} knows serial ports only, such as /dev/ttyUSB0`);
  if (found === null || Number(found[2]) < 1 || Number(found[2]) > 65535) throw new UsageError(`--port is "${port}"; it must be a serial port such as /dev/ttyUSB0, or tcp://host:port`);
  return port;
}

function pathOf(port: string): string {
  if (port.includes('/')) return resolve(port);
  const meant = `/dev/${port}`;
  throw new UsageError(`--port is "${port}", which is no path${existsSync(meant) ? ` (did you mean ${meant}?)` : ''}; it must be one such as /dev/ttyUSB0`);
}

async function refuseWhatIsNoPort(path: string): Promise<void> {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw new Failure(`no permission to look into the folder of ${path}`);
    throw new Failure(`there is no port ${path}; ${await portsHere()}`);
  }
  if (found.isCharacterDevice()) return;
  const what = found.isDirectory() ? 'a folder' : found.isFile() ? 'a plain file' : found.isSocket() ? 'a socket' : 'another kind of device';
  throw new Failure(`${path} is no serial port but ${what}; ${await portsHere()}`);
}

function refuseForbidden(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    const { gid, mode } = statSync(path);
    throw new Failure(forbiddenWords(path, mode, groupOf(gid, readFileSync('/etc/group', 'utf8')), userInfo().username));
  }
}

export interface Group {
  readonly name: string;
  readonly members: readonly string[];
}

/** The group of that number in the text of /etc/group. */
export function groupOf(gid: number, text: string): Group {
  const fields = text.split('\n').map((line) => line.split(':')).find((line) => line[2] === String(gid));
  return { name: fields?.[0] ?? String(gid), members: (fields?.[3] ?? '').split(',') };
}

/** Who may open a port of this mode and group, and what this user must do to be one of them. */
export function forbiddenWords(path: string, mode: number, group: Group, user: string): string {
  const refused = `no permission to open ${path}`;
  if ((mode & 0o060) !== 0o060) return `${refused}: its mode ${(mode & 0o777).toString(8)} is for its owner alone; sudo chmod a+rw ${path} lasts until it is unplugged, a udev rule for good`;
  if (group.members.includes(user)) return `${refused}: it is for the group ${group.name}, to which ${user} was added; log out and in again`;
  return `${refused}: it is for the group ${group.name}; sudo usermod -aG ${group.name} ${user}, then log out and in again`;
}

/** Opens it as the tools do, with its lock, and closes it again. */
async function refuseTaken(path: string, baud: number | undefined): Promise<void> {
  const { autoDetect } = await import('@serialport/bindings-cpp');
  try {
    const opened = await autoDetect().open({ path, baudRate: baud ?? 115_200, lock: true });
    await opened.close();
  } catch (error) {
    const words = openFaultWords(path, error as Error);
    const holders = words.includes('in use') ? holdersOf(path) : [];
    throw new Failure(`${words}${holders.length === 0 ? '' : ` (${holders.join(' and ')})`}`);
  }
}

function isPseudoTerminal(path: string): boolean {
  return realpathSync(path).startsWith('/dev/pts/');
}

/** The other processes that have it open, as far as this user may see them; none where the system does not tell (macOS). */
function holdersOf(path: string): string[] {
  const device = realpathSync(path);
  const holders: string[] = [];
  for (const id of entriesOf('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    if (entriesOf(`/proc/${id}/fd`).some((number) => linkOf(`/proc/${id}/fd/${number}`) === device)) holders.push(`${nameOf(id)}, process ${id}`);
  }
  return holders;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function nameOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8').trim();
  } catch {
    return 'a program';
  }
}
