// midge broker as a process: serves, says where and how to try it, stops cleanly.

import { createServer } from 'node:net';
import test from 'ava';
import { midge, startMidge } from './process.js';

test('serves TCP and WebSocket, reports clients with -v, ends cleanly at Ctrl-C', async (t) => {
  const broker = startMidge(['broker', '--port', '0', '--ws-port', '0', '-v']);
  await broker.said('(WebSocket)', 'stdout');
  const [tcp, ws] = [...broker.heard('stdout').matchAll(/listening on 127\.0\.0\.1:(\d+)/g)].map((found) => found[1]);
  t.regex(broker.heard('stdout'), new RegExp(`npx midge sub -h 127\\.0\\.0\\.1 -p ${tcp}`));
  t.is((await midge(['pub', '-h', '127.0.0.1', '-p', tcp, '-t', 'a', '-m', 'kept', '-r', '-q', '2', '-i', 'writer'])).code, 0);
  const read = await midge(['sub', '-h', '127.0.0.1', '-p', ws, '--ws', '-V', '5', '-t', 'a', '-C', '1', '-W', '30']);
  t.is(read.stdout.toString(), 'kept\n');
  broker.child.kill('SIGINT');
  const { code, stdout, stderr } = await broker.ended;
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout.toString(), /writer connected from 127\.0\.0\.1, MQTT 3\.1\.1\n/);
  t.regex(stdout.toString(), /ended: 1 messages in, 1 out, 0 breaches/);
});

test('a port in use: exit code 1, and what to do', async (t) => {
  const occupant = createServer();
  const port = await new Promise<number>((resolve) => {
    occupant.listen(0, '127.0.0.1', () => { resolve((occupant.address() as { port: number }).port); });
  });
  t.teardown(() => { occupant.close(); });
  const { code, stdout, stderr } = await midge(['broker', '--port', String(port)]);
  t.is(code, 1);
  t.is(stdout.length, 0);
  t.is(stderr, `midge broker: cannot listen on 127.0.0.1:${port}: the port is in use; choose another, or 0 for a free one\n`);
});
