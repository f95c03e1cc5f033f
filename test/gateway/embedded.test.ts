/** The broker inside `midge gateway`, as a process: bridges that forward when the network returns, broker.toml, reloads. */
import { writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { hangUp, portsOf } from '../cli/brokerProcess.js';
import { linesOf, midge, type Running, startMidge } from '../cli/process.js';
import { type Folder, newFolder } from '../config/files.js';
import { until } from '../until.js';

function folderOf(t: ExecutionContext): Folder {
  const folder = newFolder();
  t.teardown(() => { folder.remove(); });
  return folder;
}

/** A site whose port is not there. */
const site = '[port.meter]\npath = "/nowhere/at/all"\nmode = "raw"\n';

async function gateway(t: ExecutionContext, args: readonly string[]): Promise<Running> {
  const running = startMidge(['gateway', ...args, '--broker', 'embedded']);
  t.teardown(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  });
  await running.said('meter: waiting for /nowhere/at/all', 'stdout');
  return running;
}

/** A broker on a port that nobody listens on until it comes. */
async function absent(t: ExecutionContext): Promise<{ readonly port: number; comes(): Promise<string[]> }> {
  const reserving = createBroker();
  const { port } = await reserving.listen();
  await reserving.close();
  const comes = async (): Promise<string[]> => {
    const broker: Broker = createBroker();
    t.teardown(() => broker.close());
    const heard: string[] = [];
    broker.on('messageIn', ({ topic, payload, qos }) => heard.push(`${topic} ${Buffer.from(payload).toString()} ${qos}`));
    await broker.listen({ port });
    return heard;
  };
  return { port, comes };
}

async function publish(t: ExecutionContext, running: Running, topic: string, ...more: string[]): Promise<void> {
  const { code, stderr } = await midge(['pub', '-p', portsOf(running)[0], '-t', topic, '-q', '1', '-m', 'x', ...more]);
  t.is(code, 0, stderr);
}

test('--bridge: what was published while the other broker was away arrives when it comes, through a killed gateway too', async (t) => {
  const folder = folderOf(t);
  const file = folder.write('gateway.toml', site);
  const remote = await absent(t);
  const args = ['--config', file, '-p', '0', '--data', `${folder.path}/data`, '--bridge', `mqtt://127.0.0.1:${remote.port}`, '--bridge-topic', 'out # 1 "" site/'];
  const killed = await gateway(t, args);
  await killed.said('connected in this process, MQTT 5.0', 'stdout');
  await killed.said('broker: bridge "bridge" is not connected', 'stdout');
  await publish(t, killed, 'a/1');
  await publish(t, killed, 'a/2');
  killed.child.kill('SIGKILL');
  await killed.ended;

  const running = await gateway(t, args);
  await publish(t, running, 'a/3');
  const heard = await remote.comes();
  await until(() => new Set(heard).size === 3, `three messages, not ${heard.join(', ')}`);
  t.deepEqual([...new Set(heard)], ['site/a/1 x 1', 'site/a/2 x 1', 'site/a/3 x 1']);
  running.child.kill('SIGTERM');
  const { code, stderr, stdout } = await running.ended;
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout.toString(), /broker: ended: 1 messages in, /);
});

/** broker.toml with two listeners, users, and a bridge to a port. */
const brokerFile = (port: number, more = ''): string => `data = "kept"
[[listener]]
port = 0
[[listener]]
port = 0
transport = "ws"
[access]
password-file = "users"
[[bridge]]
name = "cloud"
url = "mqtt://127.0.0.1:${port}"
retry-min-ms = 20
retry-max-ms = 50
[[bridge.topic]]
filter = "a/#"
direction = "out"
${more}`;

test('--broker-config: listeners, access, data and bridges of the file; SIGHUP reads both files, each by itself', async (t) => {
  const folder = folderOf(t);
  const file = folder.write('gateway.toml', site);
  t.is((await midge(['passwd', folder.write('users', ''), 'ann', '-b', 'secret'])).code, 0);
  const remote = await absent(t);
  const config = folder.write('broker.toml', brokerFile(remote.port));
  const running = await gateway(t, ['--config', file, '--broker-config', config]);
  t.is(portsOf(running).length, 2);
  t.true(running.heard('stdout').includes(`broker: sessions and retained messages are kept in ${folder.path}/kept`));
  t.is((await midge(['pub', '-p', portsOf(running)[0], '-t', 'a/b', '-m', 'x'])).code, 1, 'nobody is let in without a password');
  await publish(t, running, 'a/b', '-u', 'ann', '-P', 'secret');

  writeFileSync(config, brokerFile(remote.port, '[limits]\nreceive-maximum = 0\n'));
  await hangUp(running, 'broker.toml:18:1: limits.receive-maximum is 0; it must be');
  await running.said('read again: no port has changed', 'stdout');
  writeFileSync(file, '[port.meter]\npath = "/dev/x"\nmode = "telepathy"\n');
  writeFileSync(config, brokerFile(remote.port, '[limits]\nreceive-maximum = 7\n'));
  await hangUp(running, 'broker: limits.receive-maximum is changed from ');
  t.true(running.heard('stdout').includes('gateway.toml:3:1: port.meter.mode is "telepathy"'));

  const heard = await remote.comes();
  await until(() => heard.includes('a/b x 1'), 'the message');
  running.child.kill('SIGTERM');
  t.is((await running.ended).code, 0);
});

test('options stand above the file: one listener, and data beside that of the ports', async (t) => {
  const folder = folderOf(t);
  const file = folder.write('gateway.toml', site);
  const remote = await absent(t);
  folder.write('users', '');
  const config = folder.write('broker.toml', brokerFile(remote.port));
  const running = await gateway(t, ['--config', file, '--broker-config', config, '-p', '0', '--data', `${folder.path}/data`, '--log-format', 'json']);
  const lines = linesOf(running.heard('stdout')).map((line) => JSON.parse(line) as { event: string; msg: string; folder?: string });
  t.is(lines.filter(({ event }) => event === 'listening').length, 1);
  t.is(lines.find(({ event }) => event === 'data')?.folder, `${folder.path}/data/broker`);
});

test('what is wrong is named, and nothing is served', async (t) => {
  const folder = folderOf(t);
  const file = folder.write('gateway.toml', site);
  const wrong = folder.write('wrong.toml', '[[listener]]\nport = 0\n[[bridge]]\nname = "c"\nurl = "http://h"\n[[bridge.topic]]\nfilter = "#"\ndirection = "out"\n');
  const webSockets = folder.write('ws.toml', '[[listener]]\nport = 0\ntransport = "ws"\n');
  const rows: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [['--broker-config', wrong], /--broker-config is about the broker inside; give --broker embedded too/],
    [['--bridge', 'mqtt://h', '--bridge-topic', 'out #'], /--bridge is about the broker inside; give --broker embedded too/],
    [['-p', '1884'], /--port is about the broker inside; give --broker embedded too/],
    [['--broker', 'embedded', '--bridge-topic', 'out #'], /--bridge-topic and --bridge-version are about --bridge <url>; give it too/],
    [['--broker', 'embedded', '--bridge', 'mqtt://h'], /--bridge needs at least one --bridge-topic/],
    [['--broker', 'embedded', '-p', 'many'], /--port is "many"; it must be a whole number from 0 to 65535/],
    [['--broker', 'embedded', '--broker-config', wrong], /wrong\.toml:5:1: bridge\[1\]\.url is /],
    [['check', '--broker', 'embedded', '--broker-config', wrong], /wrong\.toml:5:1: bridge\[1\]\.url is /],
    [['--broker', 'embedded', '--broker-config', webSockets], /port\.meter\.broker is missing, here and under \[defaults\], and there is no broker inside that listens on plain TCP/],
  ];
  for (const [args, words] of rows) {
    const { code, stderr } = await midge(['gateway', ...args, '--config', file]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, words);
  }
  t.is((await midge(['gateway', 'check', file, '--broker', 'embedded', '--broker-config', folder.write('right.toml', brokerFile(1).replace('password-file = "users"', ''))])).code, 0);
});
