/** The examples of targets/moddable on the stub of the platform, each in a process of its own, against the reference broker. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { packageRoot } from '../../targets/build/program.js';
import { target } from '../../targets/moddable/target.js';
import { linkEntry } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { deviceFolder, Plug, socatIsHere } from '../gateway/pty.js';
import { broker, peer } from './moddable/site.js';
import { until } from '../until.js';

const register = new URL('./moddable/register.js', import.meta.url).href;

function start(t: ExecutionContext, example: string, config: object): { child: ChildProcessWithoutNullStreams; trace: () => string } {
  const main = pathToFileURL(join(packageRoot, 'targets/moddable/examples', example, 'main.js')).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import '${register}'; await import('${main}');`], { env: { ...process.env, MODDABLE_STUB_CONFIG: JSON.stringify(config) } });
  t.teardown(() => { child.kill('SIGKILL'); });
  let trace = '';
  child.stderr.on('data', (bytes: Buffer) => { trace += bytes.toString(); });
  return { child, trace: () => trace };
}

test('sensor: publishes, waits for the ack, sleeps, and again', async (t) => {
  const { port } = await broker(t);
  const { heard } = await peer(t, port, 'midge/#');
  const { trace } = start(t, 'sensor', { broker: '127.0.0.1', port, id: 's1', everyMs: 20 });
  await until(() => heard.length >= 3, trace);
  t.true(heard.every(({ topic, qos }) => topic === 'midge/s1/temperature' && qos === 1));
  t.regex(trace(), /published\nsleep 20 ms\npublished/);
});

test('sensor: a broker that does not answer, or does not acknowledge, stops it at no reading', async (t) => {
  for (const answer of ['', '20020100']) {
    const server = createServer((socket) => {
      socket.once('data', () => { socket.write(Buffer.from(answer, 'hex')); });
      socket.on('error', () => undefined);
      t.teardown(() => { socket.destroy(); });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => { server.close(); });
    const { child, trace } = start(t, 'sensor', { broker: '127.0.0.1', port: (server.address() as AddressInfo).port, everyMs: 1, patienceMs: 300 });
    await until(() => (trace().match(/sleep 1 ms/g) ?? []).length > 10, trace);
    t.is(trace().includes('overflow'), answer !== '');
    child.kill('SIGKILL');
  }
});

test('command: obeys and answers', async (t) => {
  const { port } = await broker(t);
  const watcher = await peer(t, port, 'midge/l1/state');
  const { trace } = start(t, 'command', { broker: '127.0.0.1', port, id: 'l1' });
  await until(() => watcher.heard.length === 1 && trace().includes('ready'), trace);
  for (const text of ['on', 'off', 'jump']) {
    const before = watcher.heard.length;
    await watcher.publish('midge/l1/led', text);
    await until(() => watcher.heard.length > before, trace);
  }
  t.deepEqual(watcher.heard.map(({ text }) => text), ['off', 'on', 'off', 'unknown: jump']);
});

test('firmware: an image larger than its memory', async (t) => {
  const { port } = await broker(t);
  const watcher = await peer(t, port, 'midge/b1/firmware/state');
  const { trace } = start(t, 'firmware', { broker: '127.0.0.1', port, id: 'b1' });
  const image = Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * 7) & 255));
  await until(() => trace().includes('ready'), trace);
  await watcher.publish('midge/b1/firmware', image);
  await until(() => watcher.heard.length > 0, trace);
  t.is(watcher.heard[0].text, `50000 ${image.reduce((sum, byte) => (sum + byte) & 0xffff, 0)}`);
});

if (socatIsHere(test)) {
  test('serial: a board behind the gateway', async (t) => {
    const device = `${await deviceFolder(t)}/ttyBoard`;
    const { port } = await broker(t);
    const watcher = await peer(t, port, 'midge/u1/count');
    const plug = await Plug.in(t, device);
    await Hosted.start(t, { spool: null, ports: [linkEntry(device, port, null)] });
    const { child, trace } = start(t, 'serial', { id: 'u1', device: 'stdio' });
    // It is killed at the end, while the gateway still speaks.
    child.stdin.on('error', () => undefined);
    plug.wire.stdout.pipe(child.stdin);
    child.stdout.pipe(plug.wire.stdin);
    await until(() => watcher.heard.length > 0, trace);
    await until(() => trace().includes('ready'), trace);
    await watcher.publish('midge/u1/in', 'hello board');
    await until(() => trace().includes('midge/u1/in: hello board'), trace);
    t.regex(watcher.heard[0].text, /^\d+$/);
    plug.wire.stdout.unpipe();
    child.stdout.unpipe();
  });
}

test('midge build writes an application for each', (t) => {
  for (const example of target.examples) {
    const files = new Map(target.build({ profile: 'mqtt311', minify: true, example }).map(({ path, content }) => [path, String(content)]));
    t.true(files.has('main.js'));
    const { include } = JSON.parse(files.get('manifest.json')!) as { include: string[] };
    const own = include.filter((path) => path.startsWith('.'));
    t.deepEqual(own, [example === 'serial' ? './midge/manifest_serial.json' : './midge/manifest.json']);
    for (const [path, content] of files) {
      if (!path.startsWith('midge/manifest')) continue;
      const { modules } = JSON.parse(content) as { modules: Record<string, string> };
      for (const source of Object.values(modules)) t.true(files.has(`midge/${source.slice(2)}.js`), `${path}: ${source}`);
    }
    for (const [path, content] of files) {
      if (!/^midge\/.*\.js$/.test(path)) continue;
      for (const [, imported] of content.matchAll(/from ?["']\.\/([^"']+)["']/g)) t.true(files.has(`midge/${imported}`), `${path} imports ${imported}`);
    }
  }
});
