// midge bench as a process: exit code 0 when every promise held, 1 with a planted fault; JSON; Ctrl-C; joining it.

import { createServer } from 'node:net';
import test from 'ava';
import { pseudoTerminalsAreHere } from '../sim/pty.js';
import { linesOf, midge, midgeFile, start, startMidge } from './process.js';
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
  board: { qos: Result['qos']; reconnects: number; link: { isUp: boolean; roundTripMs: number; framesFromBoard: number; sessions: number } } | null;
  dashboard: string;
  allocations: { core: { messages: number; heapBytes: number; bytesPerMessage: number; measured: string }; thread: { measured: string } };
}

const bench = ['bench', '--port', '0', '--no-board', '--json'];

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
    t.is(result.board, null);
    t.deepEqual(result.notRun, []);
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
  const { code, stderr } = await midge(['bench', '--port', '0', '--no-board', '--for', '1s', '--plant', 'duplicate', '--rate', '90']);
  t.is(code, 1);
  t.regex(stderr, /QoS 2: \d+ messages delivered twice\n$/);
});

test.serial('without --for it runs until Ctrl-C, says how to join, and a person may join and command a device', async (t) => {
  const running = startMidge(['bench', '--port', '0', '--no-board', '--devices', '2']);
  await running.said(' of ', 'stdout');
  await running.said('mosquitto_sub -h', 'stdout');
  const others = startMidge(['sub', '-h', '127.0.0.1', '-p', await portOf(running), '-t', 'midge/dev-2/response', '-C', '1', '-W', '120', '-d', '-F', '%t %l']);
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
  const running = startMidge(['bench', '--port', '0', '--no-board', '--devices', '1']);
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
  const { code, stdout, stderr } = await midge(['bench', '--no-board', '--for', '300ms']);
  t.is(code, 0, stderr);
  t.regex(stdout.toString(), /broker on 127\.0\.0\.1:(?!1883)\d+ \(1883 is in use\)/);
  const asked = await midge(['bench', '--for', '1s', '--port', '1883']);
  t.is(asked.code, 1);
  t.regex(asked.stderr, /cannot listen on 127\.0\.0\.1:1883: the port is in use; choose another/);
});

test.serial('another broker: what it cannot do is left out and said; one that is not there is named', async (t) => {
  const { broker, at } = await serve(t, { maximumQoS: 1, authenticate: ({ password }) => Buffer.from(password ?? []).toString() === 'secret' });
  const url = `mqtt://me:secret@127.0.0.1:${at[3]}`;
  const { code, stdout, stderr } = await midge(['bench', '--broker', url, '--no-board', '--for', '1s', '--devices', '2']);
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

test.serial('a machine without pseudo-terminals leaves the board out, and says why', async (t) => {
  // Neither socat nor, by a loader that knows no such package, the binary of the other way is found.
  const refusing = `data:text/javascript,${encodeURIComponent("import m from 'node:module'; const load = m._load; m._load = (name, ...rest) => { if (name.includes('node-pty')) throw new Error('not here'); return load(name, ...rest); };")}`;
  const running = start(process.execPath, ['--import', refusing, midgeFile, 'bench', '--port', '0', '--for', '300ms', '--json', '--devices', '1'], '', { PATH: '/nowhere' });
  const { code, stdout, stderr } = await running.ended;
  t.is(code, 0, stderr);
  const { board, notRun } = JSON.parse(stdout.toString()) as Result;
  t.is(board, null);
  t.regex(notRun.join(), /^board behind the gateway: there is no pseudo-terminal here: .*apt-get install socat/);
  t.regex(stderr, /^not run: board behind the gateway/m);
});

if (pseudoTerminalsAreHere(test)) {
  for (const version of ['3.1.1', '5']) {
    test.serial(`MQTT ${version}: a board behind pseudo-terminal, link and gateway is checked like the devices`, async (t) => {
      const { code, stdout, stderr } = await midge(['bench', '--port', '0', '--for', '2s', '--json', '--mqtt', version, '--devices', '1']);
      t.is(code, 0, stderr);
      const { board, commands } = JSON.parse(stdout.toString()) as Result;
      for (const one of board!.qos) {
        t.true(one.sent > 5);
        t.like(one, { delivered: one.sent, lost: 0, reordered: 0, duplicated: 0 });
        if (one.qos > 0) t.is(one.acknowledged, one.sent);
      }
      t.true(commands.asked >= 4 && commands.answered === commands.asked);
      t.like(board!.link, { isUp: true, sessions: 1 });
      t.true(board!.link.roundTripMs > 0 && board!.link.framesFromBoard > 20);
    });
  }

  test.serial('what the board loses ends the bench with 1, and its line stands in the summary', async (t) => {
    const { code, stdout, stderr } = await midge(['bench', '--port', '0', '--for', '3s', '--plant', 'loss', '--devices', '1', '--rate', '20']);
    t.is(code, 1);
    t.regex(stderr, /board: QoS [12]: \d+ of \d+ messages lost/);
    t.regex(stdout.toString(), /\n {2}board {5}\d+ of \d+ delivered, [1-9]\d* lost, 0 duplicated\n {12}round trip [\d.]+ ms, \d+ of \d+ frames sent again\n {12}\(core, serial link and gateway at 115,200 baud on \S+\)\n/);
  });

  test.serial('the dashboard shows the port and the link of the board', async (t) => {
    const running = startMidge(['bench', '--port', '0', '--devices', '1']);
    await running.said('in a browser at', 'stdout');
    const [, url] = /in a browser at (\S+?):?\n/.exec(running.heard('stdout'))!;
    const { panels } = await (await fetch(new URL('layout', url))).json() as { panels: { id: string }[] };
    t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const [panel, row] of [['beside-links', { name: 'board-1', link: 'up', baud: 115_200 }], ['beside-ports', { name: 'board-1', state: 'open' }]] as const) {
      const { rows } = await (await fetch(new URL(`table?panel=${panel}`, url))).json() as { rows: object[] };
      t.like(rows[0], row);
    }
    const { rows } = await (await fetch(new URL('table?panel=clients', url))).json() as { rows: { clientId: string }[] };
    t.true(rows.some(({ clientId }) => clientId === 'board-1'));
    running.child.kill('SIGINT');
    t.is((await running.ended).code, 0);
  });
}
