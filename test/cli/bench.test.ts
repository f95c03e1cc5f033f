// midge bench as a process: exit code 0 when every promise held, 1 with a planted fault; JSON; Ctrl-C; joining it.

import { createServer } from 'node:net';
import test from 'ava';
import { socat } from '../gateway/pty.js';
import { linesOf, midge, startMidge } from './process.js';
import { serve } from './server.js';

interface Result {
  ok: boolean;
  broken: string[];
  port: number;
  mqtt: string;
  qos: { qos: number; sent: number; acknowledged: number; delivered: number; lost: number; duplicated: number; reordered: number }[];
  commands: { asked: number; answered: number };
  violations: number;
  notRun: string[];
  hasBoard: boolean;
  allocations: { core: { messages: number; heapBytes: number; bytesPerMessage: number; measured: string }; thread: { measured: string } };
}

const bench = ['bench', '--port', '0', '--json'];

for (const version of ['3.1.1', '5']) {
  test.serial(`MQTT ${version}: --for 2s --json ends with 0 and one object: nothing lost, nothing twice`, async (t) => {
    const { code, stdout, stderr } = await midge([...bench, '--for', '2s', '--mqtt', version, '--devices', '3']);
    t.is(code, 0, stderr);
    t.is(linesOf(stdout).length, 1);
    const result = JSON.parse(stdout.toString()) as Result;
    t.true(result.ok);
    t.deepEqual(result.broken, []);
    t.is(result.mqtt, version === '5' ? '5.0' : '3.1.1');
    for (const one of result.qos) {
      t.true(one.sent > 0);
      t.is(one.delivered + one.lost, one.sent);
      if (one.qos > 0) t.like(one, { acknowledged: one.sent, delivered: one.sent, lost: 0, reordered: 0 });
    }
    t.is(result.qos[2].duplicated, 0);
    t.true(result.commands.asked >= 3);
    t.is(result.commands.answered, result.commands.asked);
    t.is(result.violations, 0);
    // The board on a serial port takes part, or it is said why not.
    t.is(result.notRun.some((what) => what.startsWith('a board on a serial port: socat is not installed')), socat === null);
    t.is(result.hasBoard, socat !== null);
    t.is(result.allocations.core.bytesPerMessage, 0);
    t.true(result.allocations.core.messages >= 10_000);
  });

  test.serial(`MQTT ${version}: a planted loss ends with 1 and is counted`, async (t) => {
    const { code, stdout, stderr } = await midge([...bench, '--for', '1s', '--mqtt', version, '--plant', 'loss', '--rate', '90']);
    t.is(code, 1);
    t.regex(stderr, /midge bench: QoS 1: \d+ of \d+ messages lost; QoS 2: \d+ of \d+ messages lost\n$/);
    const result = JSON.parse(stdout.toString()) as Result;
    t.false(result.ok);
    t.is(result.broken.length, 2);
    for (const one of result.qos.slice(1)) t.true(one.lost > 0 && one.delivered + one.lost === one.sent);
  });
}

test.serial('a planted duplicate at QoS 2 ends with 1', async (t) => {
  const { code, stderr } = await midge(['bench', '--port', '0', '--for', '1s', '--plant', 'duplicate', '--rate', '90']);
  t.is(code, 1);
  t.regex(stderr, /QoS 2: \d+ messages delivered twice\n$/);
});

test.serial('without --for it runs until Ctrl-C, says how to join, and a person may join and command a device', async (t) => {
  const running = startMidge(['bench', '--port', '0', '--devices', '2']);
  await running.said(' of ', 'stdout');
  await running.said('mosquitto_sub -h', 'stdout');
  const others = startMidge(['sub', '-h', '127.0.0.1', '-p', await portOf(running), '-t', 'midge/dev-2/response', '-C', '1', '-W', '30', '-d', '-F', '%t %l']);
  await others.said('subscribed to');
  const pub = await midge(['pub', '-h', '127.0.0.1', '-p', await portOf(running), '-t', 'midge/dev-2/command', '-m', 'hello', '-q', '1']);
  t.is(pub.code, 0, pub.stderr);
  t.regex((await others.ended).stdout.toString(), /^midge\/dev-2\/response \d+\n$/);
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  t.is(code, 0);
  t.regex(stdout.toString(), /Summary of [\d.]+ s\n/);
  t.regex(stdout.toString(), /Every promise held/);
  t.notRegex(stdout.toString(), /\x1b/);

  async function portOf(of: typeof running): Promise<string> {
    await of.said(' -p ', 'stdout');
    return /-p (\d+)/.exec(of.heard('stdout'))![1];
  }
});

test.serial('a reader that goes away ends it quietly', async (t) => {
  const running = startMidge(['bench', '--port', '0', '--devices', '1']);
  await running.said('Join', 'stdout');
  running.child.stdout.destroy();
  const { code, stderr } = await running.ended;
  t.is(code, 0);
  t.is(stderr, '');
});

test.serial('port 1883 in use: the next free one, said plainly; a port asked for is not changed', async (t) => {
  const occupant = createServer();
  // In use already, by whatever else runs here, is as good.
  await new Promise<void>((resolve) => {
    occupant.once('error', () => { resolve(); });
    occupant.listen(1883, '127.0.0.1', () => { resolve(); });
  });
  t.teardown(() => { occupant.close(); });
  const { code, stdout, stderr } = await midge(['bench', '--for', '300ms']);
  t.is(code, 0, stderr);
  t.regex(stdout.toString(), /broker on 127\.0\.0\.1:(?!1883)\d+ \(1883 is in use\)/);
  const asked = await midge(['bench', '--for', '1s', '--port', '1883']);
  t.is(asked.code, 1);
  t.regex(asked.stderr, /cannot listen on 127\.0\.0\.1:1883: the port is in use; choose another/);
});

test.serial('another broker: what it cannot do is left out and said; one that is not there is named', async (t) => {
  const { broker, at } = await serve(t, { maximumQoS: 1, authenticate: ({ password }) => Buffer.from(password ?? []).toString() === 'secret' });
  const url = `mqtt://me:secret@127.0.0.1:${at[3]}`;
  const { code, stdout, stderr } = await midge(['bench', '--broker', url, '--for', '1s', '--devices', '2']);
  t.is(code, 0, stderr);
  const text = stdout.toString();
  t.true(text.includes(`devices on 127.0.0.1:${at[3]}, MQTT 5.0\nnot run: QoS 2: the server grants QoS 1\n`), text);
  t.regex(text, /Every promise held: QoS 1 nothing lost; each stream in order\.\nNot run: QoS 2/);
  t.notRegex(text, /secret|1883 is in use/);
  t.deepEqual(broker.violations, []);
  const refused = await midge(['bench', '--broker', url.replace('secret', 'guess'), '--for', '1s']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^midge bench: --broker: mqtt:\/\/127\.0\.0\.1:\d+ refused the connection: .*\n$/);
  await broker.close();
  const absent = await midge(['bench', '--broker', url, '--for', '1s']);
  t.is(absent.code, 1);
  t.regex(absent.stderr, /^midge bench: --broker: mqtt:\/\/127\.0\.0\.1:\d+ could not be reached: .*ECONNREFUSED.*\n$/);
});
