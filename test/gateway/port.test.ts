/** A port's life on the mock binding: waiting, opening, losing, opening again, giving way; and the watch over folders. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MockBindingInterface } from '@serialport/binding-mock' with { 'resolution-mode': 'require' };
import test, { type ExecutionContext } from 'ava';
import { type Board, createCounters, type News } from '../../src/gateway/board.js';
import { NewsLimit } from '../../src/gateway/news-limit.js';
import { Port, type PortWorld } from '../../src/gateway/port.js';
import { Claims } from '../../src/gateway/serial/claims.js';
import { type Device, DeviceWatch, type DevicesOf } from '../../src/gateway/serial/device-watch.js';
import { defaultLine, type SerialBinding } from '../../src/gateway/serial/line-settings.js';
import { openFaultWords } from '../../src/gateway/serial/open-fault.js';
import { selected, selectPath, selectPattern } from '../../src/gateway/serial/selector.js';
import type { SerialLine } from '../../src/gateway/serial/serial-line.js';
import { until } from '../until.js';

// The types of this package are found by `require` only.
const { MockBinding } = createRequire(import.meta.url)('@serialport/binding-mock') as { MockBinding: MockBindingInterface };

/** Notes what a mode would be told. */
class Notes implements Board {
  readonly counters = createCounters();
  readonly linkFigures = null;
  readonly heard: string[] = [];
  line: SerialLine | null = null;
  lineOpened(line: SerialLine): void {
    this.line = line;
    this.heard.push('opened');
  }
  lineData(bytes: Buffer): void {
    this.heard.push(bytes.toString());
  }
  lineDrained(): void {
    this.heard.push('drained');
  }
  lineLost(): void {
    this.line = null;
    this.heard.push('lost');
  }
  end(): Promise<void> {
    this.heard.push('end');
    return Promise.resolve();
  }
}

type MockPort = Awaited<ReturnType<typeof MockBinding.open>>;

/** The mock, with doors to fail by and a record of what is open. */
class Bench {
  readonly open: MockPort[] = [];
  opens = 0;
  refuse: Error | null = null;
  /** Writes are taken, and never called back. */
  swallowsWrites = false;
  devices: Device[] = [];
  readonly world: PortWorld;

  constructor(t: ExecutionContext, readonly name: string) {
    const binding: SerialBinding = {
      list: () => MockBinding.list(),
      open: async (options) => {
        this.opens += 1;
        if (this.refuse !== null) throw this.refuse;
        const port = await MockBinding.open(options);
        this.open.push(port);
        const close = port.close.bind(port);
        port.close = () => {
          this.open.splice(this.open.indexOf(port), 1);
          return close();
        };
        const write = port.write.bind(port);
        port.write = (bytes) => (this.swallowsWrites ? new Promise(() => undefined) : write(bytes));
        return port;
      },
    };
    const find: DevicesOf = ({ name: wanted }) => Promise.resolve(this.devices.filter(({ path: at }) => path.basename(at) === wanted));
    this.world = { binding, watch: new DeviceWatch(find, 5), claims: new Claims() };
    t.teardown(() => this.world.watch.end());
  }

  plugIn(device: string, id = device): void {
    MockBinding.createPort(device, { record: true });
    this.devices = [...this.devices, { path: device, id }];
  }

  unplug(device: string): void {
    this.devices = this.devices.filter(({ path: at }) => at !== device);
  }

  /** As the system tells of a device that has gone while it was read. */
  fail(): void {
    const { pendingRead } = this.open[0] as unknown as { pendingRead: (error: Error) => void };
    pendingRead(new Error('EIO: i/o error, read'));
  }
}

let lastNumber = 0;

function site(t: ExecutionContext): { bench: Bench; device: string; start: (name?: string, device?: string) => { port: Port; notes: Notes; news: News[] } } {
  const device = `/dev/ttyMock${++lastNumber}`;
  const bench = new Bench(t, device);
  return {
    bench, device,
    start: (name = 'port', at = device) => {
      const notes = new Notes();
      const news: News[] = [];
      const port = new Port({ name, selector: selectPath(at), line: defaultLine }, bench.world, notes, new NewsLimit((one) => news.push(one)));
      t.teardown(() => port.end());
      return { port, notes, news };
    },
  };
}

test('a port that is missing is waited for, and that is said once', async (t) => {
  const { bench, device, start } = site(t);
  const { port, notes, news } = start();
  await until(() => news.length > 0, 'the news');
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.deepEqual(news.map(({ event }) => event), ['missing']);
  t.is(port.status.state, 'missing');
  bench.plugIn(device);
  await until(() => port.isOpen, 'the port');
  bench.open[0].emitData('hello');
  await until(() => notes.heard.includes('hello'), 'the data');
  notes.line!.write(Buffer.from('answer'));
  await until(() => notes.heard.includes('drained'), 'the write');
  t.is(bench.open[0].recording.toString(), 'answer');
  t.like(port.status, { state: 'open', path: device, opens: 1, bytesIn: 5, bytesOut: 6 });
});

test('a device that fails is opened again; one that is unplugged is let go, though its write never ends', async (t) => {
  const { bench, device, start } = site(t);
  bench.plugIn(device);
  const { port, notes } = start();
  await until(() => port.isOpen, 'the port');
  bench.fail();
  await until(() => notes.heard.includes('lost'), 'the loss');
  await until(() => port.isOpen && port.status.opens === 2, 'the port to be open again');
  bench.swallowsWrites = true;
  notes.line!.write(Buffer.from('never written'));
  bench.unplug(device);
  await until(() => port.status.state === 'missing', 'the port to be missed');
  t.deepEqual(bench.open, []);
  t.deepEqual(notes.heard, ['opened', 'lost', 'opened', 'lost']);
  t.is(port.status.losses, 2);
});

test('a device that cannot be opened is tried again and again, and that is said once', async (t) => {
  const { bench, device, start } = site(t);
  bench.plugIn(device);
  bench.refuse = new Error(`Error: Permission denied, cannot open ${device}`);
  const { port, news } = start();
  await until(() => bench.opens >= 3, 'three attempts');
  t.deepEqual(news.map(({ event }) => event), ['openFailed']);
  t.regex(news[0].words, /permission denied; let the user .* usermod -aG dialout/);
  bench.refuse = null;
  await until(() => port.isOpen, 'the port');
});

test('two ports that mean one device: the first has it, the second gets it when it is let go', async (t) => {
  const { bench, device, start } = site(t);
  const alias = `${device}-by-another-name`;
  bench.plugIn(device, 'the same');
  bench.plugIn(alias, 'the same');
  const first = start('first');
  await until(() => first.port.isOpen, 'the first');
  const second = start('second', alias);
  await until(() => second.news.length > 0, 'the news');
  t.regex(second.news[0].words, /is the same device as that of port first, which has it/);
  t.is(second.port.status.state, 'taken');
  t.is(bench.opens, 1);
  await first.port.end();
  await until(() => second.port.isOpen, 'the second');
});

test('a device in the place of another is opened anew', async (t) => {
  const { bench, device, start } = site(t);
  bench.plugIn(device, 'one');
  const { port, notes } = start();
  await until(() => port.isOpen, 'the port');
  bench.devices = [{ path: device, id: 'two' }];
  await until(() => port.status.opens === 2, 'the second device');
  t.deepEqual(notes.heard, ['opened', 'lost', 'opened']);
});

test('the end comes in any state, and leaves nothing open', async (t) => {
  for (const wait of [0, 1, 2, 3, 5, 20]) {
    const { bench, device, start } = site(t);
    bench.plugIn(device);
    const { port, notes } = start();
    await new Promise((resolve) => setTimeout(resolve, wait));
    await port.end();
    t.deepEqual(bench.open, [], `after ${wait} ms`);
    t.is(port.status.state, 'ended');
    const heard = notes.heard.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    t.is(notes.heard.length, heard, 'nothing more is heard');
  }
});

test('what cannot be opened is said in words that help', (t) => {
  const rows: [string, RegExp][] = [
    ['Error Resource temporarily unavailable Cannot lock port', /in use by another program, which holds its lock/],
    ['Error: Device or resource busy, cannot open /dev/x', /in use by another program/],
    ['Error: Inappropriate ioctl for device setting custom baud rate of 13', /no serial port/],
    ['Error: No such file or directory, cannot open /dev/x', /no such device/],
    ['Error: Something new', /cannot open \/dev\/x: Something new/],
  ];
  for (const [message, words] of rows) t.regex(openFaultWords('/dev/x', new Error(message)), words);
});

test('patterns', (t) => {
  const names = ['ttyUSB0', 'ttyUSB10', 'ttyUSBx', 'ttyS0', 'ttyUSB.1'];
  t.deepEqual(selected(selectPattern('/dev/ttyUSB?'), names), ['ttyUSB0', 'ttyUSBx']);
  t.deepEqual(selected(selectPattern('/dev/ttyUSB*'), names), ['ttyUSB.1', 'ttyUSB0', 'ttyUSB10', 'ttyUSBx']);
  t.deepEqual(selected(selectPattern('/dev/ttyUSB.*'), names), ['ttyUSB.1']);
  t.deepEqual(selected(selectPath('/dev/ttyUSB?'), names), []);
});

test('devices come and go in a folder that is not there at first', async (t) => {
  const root = await mkdtemp(path.join(tmpdir(), 'midge-watch-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const folder = path.join(root, 'by-id');
  const watch = new DeviceWatch(undefined, 20);
  t.teardown(() => watch.end());
  const told: string[][] = [];
  const off = watch.add(selectPattern(`${folder}/usb-*`), (devices) => told.push(devices.map((one) => path.basename(one.path))));
  await until(() => told.length === 1, 'the first look');
  await mkdir(folder);
  await symlink('/dev/null', path.join(folder, 'usb-one'));
  await until(() => told.at(-1)?.length === 1, 'the first device');
  await symlink(path.join(folder, 'nowhere'), path.join(folder, 'usb-broken'));
  await symlink('/dev/zero', path.join(folder, 'usb-two'));
  await writeFile(path.join(folder, 'other'), '');
  await until(() => told.at(-1)?.length === 2, 'the second device');
  t.deepEqual(told.at(-1), ['usb-one', 'usb-two']);
  await rm(path.join(folder, 'usb-one'));
  await until(() => told.at(-1)?.length === 1, 'the first to be gone');
  off();
  const count = told.length;
  await rm(folder, { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.is(told.length, count);
});
