/*
 * The dashboard from the command line: its options, what is refused and in which words, and that npm start shows its address.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { midge, startMidge } from '../cli/process.js';
import { act, ask, askJson } from './support.js';

const token = 'sixteen-letters!';

test('midge broker --dashboard shows its address and serves there; a token from a file is taken', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-dashboard-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  const file = join(folder, 'token');
  writeFileSync(file, `${token}\n`);
  const running = startMidge(['broker', '--port', '0', '--dashboard', '0', '--dashboard-token', `@${file}`]);
  await running.said('dashboard at ', 'stdout');
  const port = Number(/dashboard at http:\/\/127\.0\.0\.1:(\d+)\//.exec(running.heard('stdout'))![1]);
  t.is((await askJson<{ title: string; actions: unknown[] }>(port, '/layout')).actions.length, 4);
  t.is((await act(port, 'publish', token, { topic: 'a', payload: 'x' })).status, 200);
  t.is((await ask(port, '/', { headers: { Host: 'evil.example' } })).status, 403);
  running.child.kill('SIGTERM');
  t.is((await running.ended).code, 0);
});

test('a port in use is named, with how to choose another', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await midge(['broker', '--port', '0', '--dashboard', String(port)]);
  t.is(code, 1);
  t.is(stderr, `midge broker: cannot listen on 127.0.0.1:${port}: the port is in use; choose another, or 0 for a free one (--dashboard <port>)\n`);
  await new Promise((resolve) => { server.close(resolve); });
});

const refusals: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['--dashboard', '70000'], /--dashboard is "70000"; it must be a whole number from 0 to 65535/],
  [['--dashboard', '0', '--dashboard-host', '0.0.0.0'], /--dashboard-host is "0\.0\.0\.0", which other machines reach: give --dashboard-token too \(token in the file\), or leave it at 127\.0\.0\.1/],
  [['--dashboard', '0', '--dashboard-token', 'short'], /--dashboard-token is not what it should be; it must be one line of at least 16 characters/],
  [['--dashboard', '0', '--dashboard-token', '@/no/such/file'], /--dashboard-token is "\/no\/such\/file"; there is no such file/],
  [['--dashboard-token', token], /--dashboard-token is about the dashboard; give --dashboard too/],
  [['--dashboard-host', '127.0.0.1'], /--dashboard-host is about the dashboard; give --dashboard too/],
];

for (const [args, says] of refusals) {
  test(`refused: ${args.join(' ')}`, async (t) => {
    const { code, stderr, stdout } = await midge(['broker', '--port', '0', ...args]);
    t.is(code, 2);
    t.regex(stderr, says);
    t.is(stderr.trimEnd().split('\n').length, 1);
    t.is(stdout.toString().includes('dashboard at'), false);
  });
}

test('midge bench, which is npm start, shows where to watch it', async (t) => {
  const running = startMidge(['bench', '--port', '0', '--devices', '2', '--no-board']);
  await running.said('or watch in a browser at ', 'stdout');
  const port = Number(/or watch in a browser at http:\/\/127\.0\.0\.1:(\d+)\/:/.exec(running.heard('stdout'))![1]);
  const { total } = await askJson<{ total: number }>(port, '/table?panel=clients');
  t.is(total, 3);
  running.child.kill('SIGINT');
  t.is((await running.ended).code, 0);
});
