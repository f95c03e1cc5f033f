/**
 * The SDK's own example of the ECMA-419 MQTT client, as it stands in the SDK that MIDGE_MODDABLE names: its main.js and the configuration beside it,
 * with this package's client behind `embedded:network/mqtt/client`, and this machine's broker behind the public one's name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { broker, peer } from './moddable/site.js';
import { until } from '../until.js';

const sdk = process.env['MIDGE_MODDABLE'];
const register = new URL('./moddable/register.js', import.meta.url).href;

test(sdk === undefined ? 'NOT RUN: the example of the SDK, since MIDGE_MODDABLE names no SDK' : 'the example of the SDK runs unchanged', async (t) => {
  if (sdk === undefined) {
    t.pass();
    return;
  }
  const { port } = await broker(t);
  const watcher = await peer(t, port, 'foo/bar/#');
  const { heard } = watcher;
  const folder = mkdtempSync(join(tmpdir(), 'midge-moddable-'));
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  for (const name of ['main.js', 'config.js']) cpSync(join(sdk, 'examples/io/tcp/mqttclient', name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const start = `import '${register}'; await import('${join(folder, 'config.js')}'); await import('${join(folder, 'main.js')}');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', start], { env: { ...process.env, MODDABLE_STUB_SERVER: `127.0.0.1:${port}` } });
  t.teardown(() => { child.kill('SIGKILL'); });
  let trace = '';
  child.stderr.on('data', (bytes: Buffer) => { trace += bytes.toString(); });
  const lines = [/PUBACK - 1234/, /SUBACK - /, /UNSUBACK - /, /Ping response/, /PUBCOMP - /, /SMALL/];
  await until(() => lines.every((line) => line.test(trace)) && heard.length >= 2, () => `${trace}; ${heard.map(({ topic }) => topic).join()}`);
  t.deepEqual(heard.find(({ topic }) => topic === 'foo/bar/small'), { topic: 'foo/bar/small', text: 'SMALL\n', qos: 2 });
  t.regex(heard.find(({ topic }) => topic === 'foo/bar/xxl')!.text, /^XXLA+B/);
  t.is(heard.find(({ topic }) => topic === 'foo/bar/xxl')!.text.length, 3 + 16 * 1024);
  await watcher.publish('foo/bar/x', 'hello example');
  await until(() => trace.includes('hello example'), () => trace);
  t.notRegex(trace, /ERROR/);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await until(() => heard.some(({ topic, text }) => topic === 'foo/bar/will' && text.startsWith('born @')), () => 'the will');
});
