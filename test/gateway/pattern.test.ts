/** Ports that patterns make: their names, and what happens where two would have one. No device is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Gateway, type PortNews } from '../../src/gateway/gateway.js';
import { type Device, DeviceWatch } from '../../src/gateway/serial/device-watch.js';
import type { SerialBinding } from '../../src/gateway/serial/line-settings.js';
import { selectPath, selectPattern } from '../../src/gateway/serial/selector.js';
import type { PortEntry } from '../../src/gateway/settings.js';
import { clientEntry, rawEntry } from './entries.js';
import { until } from '../until.js';

const binding: SerialBinding = { list: () => Promise.resolve([]), open: () => Promise.reject(new Error('no such device')) };

/** `devices`: by folder. */
async function gatewayOf(t: ExecutionContext, ports: readonly PortEntry[], devices: Readonly<Record<string, readonly string[]>>): Promise<{ gateway: Gateway; news: PortNews[] }> {
  const news: PortNews[] = [];
  const find = ({ folder }: { folder: string }): Promise<Device[]> => Promise.resolve((devices[folder] ?? []).map((name) => ({ path: `${folder}/${name}`, id: name })));
  const gateway = await Gateway.start({ ports, spool: null }, { binding, watch: new DeviceWatch(find, 5), tell: (one) => { news.push(one); } });
  t.teardown(() => gateway.end());
  return { gateway, news };
}

const pattern = (name: string, path: string): PortEntry => ({ ...rawEntry('/dev/none', 1), name, selector: selectPattern(path) });
const names = (gateway: Gateway): string[] => gateway.ports.map(({ name }) => name).sort();

test('two patterns whose ports would have one name: the second is left alone, and that is said once', async (t) => {
  const { gateway, news } = await gatewayOf(t, [pattern('usb', '/a/*'), pattern('usb-left', '/b/*')], { '/a': ['left-0', 'right-0'], '/b': ['0', '1'] });
  await until(() => names(gateway).length === 3, 'three ports');
  await sleep(50);
  t.deepEqual(names(gateway), ['usb-left-0', 'usb-left-1', 'usb-right-0']);
  const said = news.filter(({ event }) => event === 'pattern').map(({ port, words }) => `${port}: ${words}`);
  t.deepEqual(said, ['usb-left: /b/0 is left alone: its port would be called usb-left-0, as one of port.usb is; give one of the two tables another name']);
});

test('a pattern does not take the name of a port that has a path', async (t) => {
  const single: PortEntry = { ...rawEntry('/dev/none', 1), name: 'usb-_0', selector: selectPath('/c/none') };
  const { gateway, news } = await gatewayOf(t, [single, pattern('usb', '/a/*')], { '/a': ['+0'] });
  await until(() => news.some(({ event }) => event === 'pattern'), 'words');
  t.deepEqual(names(gateway), ['usb-_0']);
});

test('names that udev gives and topics cannot have', async (t) => {
  const status = { topic: 'boards/{port}', online: 'on', offline: 'off' };
  const entry: PortEntry = { ...clientEntry('/dev/none', 1, { status }), name: 'all', selector: selectPattern('/a/*') };
  const { gateway } = await gatewayOf(t, [entry], { '/a': ['usb-A+B_C#1', 'usb-gr\u00fc\u0001n', 'ttyUSB0'] });
  await until(() => names(gateway).length === 3, 'three ports');
  t.deepEqual(names(gateway), ['all-ttyUSB0', 'all-usb-A_B_C_1', 'all-usb-gr__n']);
});
