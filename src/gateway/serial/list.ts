/**
 * The serial ports of this machine. What udev knows of them is shown where it answers; where `udevadm` is missing the
 * folders of the system are read instead, which the library that asks it does not survive.
 * Must not know: who wants to know.
 */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import { byIdFolder } from './selector.js';

export interface SerialPortInfo {
  readonly path: string;
  /** Name under /dev/serial/by-id: for `by-id` in gateway.toml. */
  readonly byId: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  /** Of USB, hexadecimal: vendor and product. */
  readonly usbId: string | null;
}

export interface PortList {
  readonly ports: readonly SerialPortInfo[];
  /** Why more is not known of them; null: all that udev knows is here. */
  readonly missing: string | null;
}

const devices = /^(tty(USB|ACM|AMA|S|AP|WCH|MFD|O|XRUSB|SC|mxc|GS)\d+|rfcomm\d+)$/;

/** `folder` stands in for /dev in tests. */
export async function listPorts(folder = '/dev', udevadm = 'udevadm'): Promise<PortList> {
  const paths = await devicePaths(folder);
  const byId = await namesById(folder === '/dev' ? byIdFolder : posix.join(folder, 'serial/by-id'));
  let missing: string | null = null;
  const ports: SerialPortInfo[] = [];
  for (const path of paths) {
    let properties = new Map<string, string>();
    try {
      properties = await udevProperties(udevadm, path);
    } catch (error) {
      missing = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'udevadm is not installed' : `udevadm does not answer: ${(error as Error).message.split('\n')[0]}`;
    }
    const text = (...names: string[]): string | null => names.map((name) => properties.get(name)).find((value) => value !== undefined && value !== '') ?? null;
    const vendor = text('ID_USB_VENDOR_ID', 'ID_VENDOR_ID');
    const product = text('ID_USB_MODEL_ID', 'ID_MODEL_ID');
    ports.push({
      path, byId: byId.get(path) ?? null,
      manufacturer: text('ID_VENDOR_FROM_DATABASE', 'ID_USB_VENDOR', 'ID_VENDOR'), model: text('ID_MODEL_FROM_DATABASE', 'ID_USB_MODEL', 'ID_MODEL'),
      serialNumber: text('ID_USB_SERIAL_SHORT', 'ID_SERIAL_SHORT'), usbId: vendor === null || product === null ? null : `${vendor}:${product}`,
    });
  }
  return { ports, missing };
}

async function devicePaths(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => devices.test(name));
  const present: string[] = [];
  for (const name of names) if (!/^ttyS\d+$/.test(name) || await isRealUart(name)) present.push(posix.join(folder, name));
  return present.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The kernel keeps names for UARTs that are not there; those have no type. */
async function isRealUart(name: string): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const type = await readFile(`/sys/class/tty/${name}/type`, 'utf8').catch(() => '0');
  return type.trim() !== '0';
}

async function namesById(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const found = new Map<string, string>();
  for (const name of names) {
    const target = await realpath(posix.join(folder, name)).catch(() => null);
    if (target !== null) found.set(target, name);
  }
  return found;
}

async function udevProperties(udevadm: string, path: string): Promise<Map<string, string>> {
  const { stdout } = await promisify(execFile)(udevadm, ['info', '--query=property', `--name=${path}`], { timeout: 5000 });
  const lines = stdout.split('\n').filter((line) => line.includes('='));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
