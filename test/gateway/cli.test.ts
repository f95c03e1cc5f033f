/** `midge gateway` and `midge ports` as processes: served, reloaded, ended, checked, installed. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { settingFlags } from '../../src/cli/gateway.js';
import { ConfigFault, type Setting } from '../../src/config/index.js';
import { gatewaySettings } from '../../src/gateway/config/gateway-settings.js';
import { readConfig } from '../../src/gateway/config/read-config.js';
import { listPorts } from '../../src/gateway/serial/list.js';
import { portsOf } from '../cli/brokerProcess.js';
import { midge, type Running, startMidge } from '../cli/process.js';
import { reportNotRun } from '../engines/installed.js';
import { makeClient } from '../node/support.js';
import { deviceFolder, Plug, socatIsHere } from './pty.js';
import { until } from '../until.js';

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'midge-gateway-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function configOf(t: ExecutionContext, text: string): Promise<string> {
  const file = path.join(await folderOf(t), 'gateway.toml');
  await writeFile(file, text);
  return file;
}

const meter = (device: string, more = ''): string => `
[port.meter]
path = "${device}"
mode = "client"
${more}
[[port.meter.publish]]
match = '^(?<id>\\w+) (?<power>[-0-9.]+)$'
topic = "meters/{id}/power"
fields = [{ name = "power", type = "number" }]
payload = "json"
`;

/** What a line of the log says behind `before`. */
function saidBehind(running: Running, before: string): string {
  const line = running.heard('stdout').split('\n').find((one) => one.includes(before)) ?? '';
  return line.slice(line.indexOf(before) + before.length);
}

if (socatIsHere(test)) {
  test.serial('a site in one process: broker inside, figures, dashboard, reload, graceful end', async (t) => {
    const folder = await deviceFolder(t);
    const first = await Plug.in(t, `${folder}/ttyA`);
    const second = await Plug.in(t, `${folder}/ttyB`);
    const file = await configOf(t, `data = "data"\n${meter(first.device)}\n[port.other]\npath = "${second.device}"\nmode = "raw"\n`);
    const running = startMidge(['gateway', '--config', file, '--broker', 'embedded', '-p', '0', '--metrics', '0', '--dashboard', '0']);
    t.teardown(() => { running.child.kill('SIGKILL'); });
    await running.said(`meter: opened ${first.device}`, 'stdout');
    await running.said(`other: opened ${second.device}`, 'stdout');
    await running.said('dashboard at', 'stdout');
    const port = Number(portsOf(running)[0]);
    const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}` });
    const heard: string[] = [];
    peer.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await peer.connect();
    await peer.subscribe('#', { qos: 1 });
    first.send(Buffer.from('kitchen 21.5\n'));
    await until(() => heard.includes('meters/kitchen/power {"id":"kitchen","power":21.5}'), 'the message');

    const figures = `http://${saidBehind(running, 'figures at http://').split('/')[0]}`;
    const metrics = await (await fetch(`${figures}/metrics`)).text();
    t.regex(metrics, /midge_gateway_port_messages_from_board_total\{port="meter"\} 1/);
    t.regex(metrics, /midge_gateway_port_open\{port="other"\} 1/);
    t.like(await (await fetch(`${figures}/health`)).json(), { status: 'ok', ports: 2, portsOpen: 2, brokersConnected: 1 });
    t.is((await fetch(saidBehind(running, 'dashboard at '))).status, 200);

    await writeFile(file, `data = "data"\n${meter(first.device, 'baud = 9600')}\n[port.other]\npath = "${second.device}"\nmode = "raw"\n[port.late]\npath = "/nowhere/at/all"\nmode = "raw"\n`);
    running.child.kill('SIGHUP');
    await running.said('read again: new: late; changed: meter', 'stdout');
    await running.said(`meter: opened ${first.device} at 9600 baud`, 'stdout');
    await running.said('late: waiting for /nowhere/at/all, which is not there', 'stdout');
    t.is(running.heard('stdout').split(`other: opened`).length, 2, 'a port with the settings it had is not touched');
    await writeFile(file, '[port.meter]\npath = "/dev/x"\nmode = "telepathy"\n');
    running.child.kill('SIGHUP');
    await running.said('gateway.toml:3:1: port.meter.mode is "telepathy"', 'stdout');
    first.send(Buffer.from('cellar 12\n'));
    await until(() => heard.includes('meters/cellar/power {"id":"cellar","power":12}'), 'the message after the reload');

    await peer.end();
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    t.is(stderr, '');
    t.is(code, 0);
  });

  test.serial('a pattern makes a port of each device that comes', async (t) => {
    const folder = await deviceFolder(t);
    const file = await configOf(t, `[port.all]\npattern = "${folder}/tty*"\nmode = "raw"\n`);
    const running = startMidge(['gateway', file, '--broker', 'embedded', '-p', '0', '--log-format', 'json']);
    t.teardown(() => { running.child.kill('SIGKILL'); });
    await running.said('there are none', 'stdout');
    for (const name of ['ttyA', 'ttyB']) {
      await Plug.in(t, `${folder}/${name}`);
      await running.said(`all-${name}: opened ${folder}/${name}`, 'stdout');
    }
    for (const line of running.heard('stdout').trim().split('\n')) t.is(typeof (JSON.parse(line) as { level: string }).level, 'string');
    running.child.kill('SIGINT');
    t.is((await running.ended).code, 0);
  });
}

/** File, and what is said of it. */
const wrong: readonly (readonly [string, RegExp])[] = [
  ['', /gateway\.toml: there is no port; \[port\.meter\]/],
  ['[port.a]\npath = "/dev/x"\n', /gateway\.toml:1:1: port\.a\.broker is missing, here and under \[defaults\]/],
  ['[port.a]\nbroker = "mqtt://h"\n', /:1:1: port\.a\.path is missing: a port needs path, by-id or pattern/],
  ['[port.a]\npath = "/dev/x"\nby-id = "y"\nbroker = "mqtt://h"\n', /:3:1: port\.a\.by-id is one too many/],
  ['[port.a]\npath = "/dev/ttyUSB*"\nbroker = "mqtt://h"\n', /:2:1: port\.a\.path is "\/dev\/ttyUSB\*"; it must be a path .* wildcards belong to pattern/],
  ['[port.a]\npath = "/dev/x"\nbroker = "http://h"\n', /:3:1: port\.a\.broker is "http:\/\/h"; it must be mqtt:\/\/host:1883/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://u:secret@h"\n', /:3:1: port\.a\.broker is .*keys of their own/],
  ['[port.a]\npath = "/dev/x"\nbaud = 115201000\n', /:3:1: port\.a\.baud is 115201000; it must be a whole number of baud from 50 to 4000000/],
  ['[port.a]\npattern = "/dev/ttyUSB*"\nbroker = "mqtt://h"\n[port.a-ttyUSB0]\npath = "/dev/ttyUSB0"\nbroker = "mqtt://h"\n',
    /:4:1: port\.a-ttyUSB0 is also the name of the port that port\.a makes of "ttyUSB0"; choose another/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nbaud = 600\n', /:4:1: port\.a\.baud is 600; the link needs 1200 or more, .*; modes raw and client go at any rate/],
  ['[defaults]\nbroker = "mqtt://h"\nbaud = 600\n[port.a]\npath = "/dev/x"\n', /^\S+gateway\.toml:3:1: defaults\.baud \(for port\.a\) is 600; the link needs 1200/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "raw"\nframes = "cobs"\n', /:5:1: port\.a\.frames is for mode = "client"; the mode is "raw"/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "raw"\nbaud-max = 230400\n', /:5:1: port\.a\.baud-max is for mode = "link"; the mode is "raw"/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\nclient-id-prefix = "x"\n', /:5:1: port\.a\.client-id-prefix is for mode = "link" or "raw"; the mode is "client"/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\ninsecure = true\n', /:4:1: port\.a\.insecure is for TLS; the broker is "mqtt:\/\/h"/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtts://h"\nca = "gateway.toml"\n', /:4:1: port\.a\.ca is no PEM file as TLS needs it/],
  ['[port.a]\npath = "/dev/x"\nboud = 9600\n', /:3:1: port\.a\.boud .*did you mean baud\?/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n', /gateway\.toml:1:1: port\.a\.publish is missing: mode = "client" needs rules/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\n[[port.a.publish]]\ntopic = "t"\n', /port\.a\.publish is for mode = "client"; the mode is "link"/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t/{x}"\n', /:6:1: port\.a\.publish\[1\]\.topic has a place \{x\} that nothing fills/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t/+"\n', /:6:1: port\.a\.publish\[1\]\.topic is "t\/\+"; it must be a topic without wildcards/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = "("\n', /:7:1: port\.a\.publish\[1\]\.match is "\("; it must be a regular expression/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = "(?<=T=).*"\n', /:7:1: port\.a\.publish\[1\]\.match is .*; it must be a regular expression of RE2.*; "\(\?<=T=\)\.\*" looks ahead or behind, which RE2 cannot/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = "a(?!b)"\n', /:7:1: .*; "\(\?!" looks ahead or behind/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = \'(.)\\1\'\n', /:7:1: .*; "\\1" refers back to a group, which RE2 cannot/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = \'(?<q>.)\\k<q>\'\n', /:7:1: .*; "\\k" refers back to a group/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = \'21\\u00b0\'\n', /:7:1: .*; "\\u" is written \\x\{00b0\}/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\n[[port.a.publish]]\ntopic = "t"\nmatch = "a{3,1}"\n', /:7:1: .*; invalid repeat count: \{3,1\}/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\nframe-bytes-max = 65535\n[[port.a.publish]]\ntopic = "t"\nmatch = "((a{0,10}){0,10}){0,9}"\n',
    /:5:1: port\.a\.frame-bytes-max is 65535, and may be at most \d{4} with these match expressions, which take up to \d{4} steps/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nmode = "client"\nframes = "cobs"\n[[port.a.publish]]\ntopic = "t"\nfields = [{ name = "v" }]\n', /port\.a\.publish has fields that hold "v", which needs at and type/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nuser-name = "u"\npassword = "hunter2"\npassword-file = "pw"\n', /password-file .*there is no such file|password.* one too many/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nflow-control = "xon-xoff"\n', /:4:1: port\.a\.flow-control does not go with mode = "link", which needs all 256 bytes/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nuser-name = "u"\npassword-file = "/dev/null"\n', /:5:1: port\.a\.password-file is empty in its first line, which is to be the password/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\nuser-name = "u"\npassword-file = "/proc/self/mem"\n', /:5:1: port\.a\.password-file (is|cannot be read)/],
  [['a', 'b'].map((name) => `[port.${name}]\npath = "/dev/${name}"\nbroker = "mqtt://h"\nmode = "client"\nclient-id = "one"\npublish = [{ topic = "t" }]\n`).join(''),
    /:11:1: port\.b\.client-id is "one", as that of port\.a at the same broker/],
  ['[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\ncert = "c.pem"\n', /cert .*there is no such file/],
];

for (const [text, words] of wrong) {
  test(`refused: ${JSON.stringify(text)}`, async (t) => {
    const file = await configOf(t, text);
    const fault = t.throws(() => readConfig(file), { instanceOf: ConfigFault });
    t.regex(fault?.lines.join('\n') ?? '', words);
    t.notRegex(fault?.lines.join('\n') ?? '', /hunter2/);
  });
}

test('check says what is wrong, and ends with the exit code for it', async (t) => {
  const file = await configOf(t, '[port.a]\npath = "/dev/x"\nboud = 9600\nmode = "telepathy"\n');
  const { code, stderr } = await midge(['gateway', 'check', file]);
  t.is(code, 2);
  t.deepEqual(stderr.trim().split('\n').map((line) => line.replace(file, 'gateway.toml').split(' ').slice(0, 4).join(' ')),
    ['midge gateway: gateway.toml:3:1: port.a.boud', 'midge gateway: gateway.toml:4:1: port.a.mode']);
});

test('the example is right as soon as it has a port; the schema is JSON', async (t) => {
  const example = (await midge(['gateway', 'example'])).stdout.toString();
  const file = await configOf(t, `${example}\n[port.one]\npath = "/dev/ttyUSB0"\n`);
  t.regex((await midge(['gateway', 'check', file])).stdout.toString(), /is right: 1 port \(one: link\)/);
  t.is((JSON.parse((await midge(['gateway', 'schema'])).stdout.toString()) as { type: string }).type, 'object');
});

test('an option may stand without its value, and every one of the declaration is there', async (t) => {
  const file = await configOf(t, '[port.a]\npath = "/dev/x"\nbroker = "mqtt://h"\n');
  t.is((await midge(['gateway', 'check', file, '--metrics', '--dashboard'])).stderr, '');
  t.regex((await midge(['gateway', 'check', file, '--metrics-host', '::1'])).stderr, /--metrics-host is about the metrics; give --metrics too/);
  const declared = (keys: Readonly<Record<string, Setting>>): string[] => Object.values(keys).flatMap((one) => (one.kind === 'table' ? declared(one.keys) : one.flags ?? []));
  t.deepEqual(declared(gatewaySettings.keys).sort(), settingFlags.map(([flags]) => flags).sort());
});

test('install prints, and writes below a folder', async (t) => {
  const printed = (await midge(['gateway', 'install', '--config', '/etc/midge/gateway.toml'])).stdout.toString();
  t.regex(printed, /ExecStart=\S+node \S+ gateway --config \/etc\/midge\/gateway\.toml --data \/var\/lib\/midge-gateway/);
  t.regex(printed, /SUBSYSTEM=="tty"/);
  const root = await folderOf(t);
  t.is((await midge(['gateway', 'install', '--write', '--root', root, '--user', 'pi'])).code, 0);
  t.regex(await readFile(path.join(root, 'etc/systemd/system/midge-gateway.service'), 'utf8'), /^User=pi$/m);
  for (const name of ['a b', "a'b", 'a"b', 'a%h', 'a$HOME', 'a\\x20b']) {
    const { code, stderr } = await midge(['gateway', 'install', '--config', `/etc/${name}.toml`]);
    t.is(code, 2, name);
    t.true(stderr.includes(`the path "/etc/${name}.toml" holds`), name);
  }
  t.regex((await midge(['gateway', 'install', '--user', 'a b'])).stderr, /--user is "a b"; it must be a user name/);
});

const systemd = spawnSync('systemd-analyze', ['--version']).error === undefined;

test('the unit has all options of the command, in words that systemd reads as they were', async (t) => {
  const folder = await folderOf(t);
  const unit = path.join(folder, 'etc/systemd/system/midge-gateway.service');
  const options = [
    '--broker', 'embedded', '--broker-config', '/etc/midge/broker.toml', '-p', '883', '-h', '0.0.0.0', '--bridge', 'mqtts://cloud.example', '--bridge-version', '3.1.1',
    '--bridge-topic', 'out $a/%i/# 1 "" site1/', '--bridge-topic', 'in b', '--data', '/srv/midge', '--log-level', 'warn', '--metrics', '--dashboard', '0',
  ];
  const { code, stderr } = await midge(['gateway', 'install', '--config', '/etc/midge/gateway.toml', ...options, '--write', '--root', folder]);
  t.is(stderr, '');
  t.is(code, 0);
  const text = await readFile(unit, 'utf8');
  t.is(/^ExecStart=\S+ \S+ (.*)$/m.exec(text)?.[1], [
    'gateway --config /etc/midge/gateway.toml --data /srv/midge --log-level warn --metrics --dashboard 0 --broker embedded --broker-config /etc/midge/broker.toml',
    '--port 883 --host 0.0.0.0 --bridge mqtts://cloud.example --bridge-topic "out $$a/%%i/# 1 \\"\\" site1/" --bridge-topic "in b 1 \\"\\" \\"\\"" --bridge-version 3.1.1',
  ].join(' '));
  t.regex(text, /^ReadWritePaths=\/srv\/midge$/m);
  t.regex(text, /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
  if (systemd) {
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    t.is(verified.stderr, '');
    t.is(verified.status, 0);
    await writeFile(unit, text.replace('ProtectSystem=', 'ProtectSytem='));
    t.regex(spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' }).stderr, /ProtectSytem/, 'it would say so');
  } else {
    reportNotRun(t, 'systemd-analyze is not installed: what systemd says of the unit was NOT RUN (Debian: apt-get install systemd)');
  }
});

test('install refuses what the service would not start with, or would show to everybody', async (t) => {
  const file = await configOf(t, '[port.a]\npath = "/dev/x"\nboud = 9600\n');
  const rows: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [['--config', file], /gateway\.toml:3:1: port\.a\.boud is unknown \(did you mean baud\?\)/],
    [['--log-level', 'loud'], /--log-level is "loud"; it must be one of "error"/],
    [['--broker', 'embedded', '-p', 'many'], /--port is "many"; it must be a whole number from 0 to 65535/],
    [['--broker', 'embedded', '--bridge', 'mqtts://u:hunter2@h', '--bridge-topic', 'out #'], /--bridge holds a password, and all users of the machine can read a unit/],
    [['-p', '1884'], /--port is about the broker inside; give --broker embedded too/],
  ];
  for (const [args, words] of rows) {
    const { code, stderr, stdout } = await midge(['gateway', 'install', ...args]);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, words);
    t.notRegex(stderr, /hunter2/);
    t.is(stdout.length, 0);
  }
});

test('a hangup while the gateway starts does not end it, and is answered when it has started', async (t) => {
  const file = await configOf(t, '[port.a]\npath = "/dev/midge-none"\n');
  const running = startMidge(['gateway', file, '--broker', 'embedded', '-p', '0']);
  t.teardown(() => { running.child.kill('SIGKILL'); });
  await running.said('broker: listening on', 'stdout');
  running.child.kill('SIGHUP');
  await running.said('read again: no port has changed', 'stdout');
  running.child.kill('SIGTERM');
  t.is((await running.ended).code, 0);
});

test('wrong words', async (t) => {
  t.regex((await midge(['gateway', 'example', '--log-level', 'info'])).stderr, /example takes no options; leave out --log-level/);
  t.regex((await midge(['gateway', 'chekc'])).stderr, /"chekc" is none of check, schema, example, install \(did you mean check\?\)/);
  t.regex((await midge(['gateway', '--broker', 'mqtt://h'])).stderr, /--broker is "mqtt:\/\/h"; it must be embedded/);
  t.regex((await midge(['gateway', 'check', 'a.toml', 'b.toml'])).stderr, /"b\.toml" is one word too many/);
  t.regex((await midge(['gateway', '/nowhere/gateway.toml'])).stderr, /there is no such file/);
  // It can be opened, and not read.
  if (process.platform === 'linux') t.regex((await midge(['gateway', '--config', '/proc/self/mem'])).stderr, /^midge gateway: \/proc\/self\/mem: it cannot be read: EIO/);
});

test('ports are listed by the names that stay, with and without udevadm', async (t) => {
  const folder = await folderOf(t);
  await mkdir(path.join(folder, 'serial/by-id'), { recursive: true });
  for (const name of ['ttyUSB10', 'ttyUSB2', 'ttyACM0', 'tty1', 'random']) await writeFile(path.join(folder, name), '');
  await symlink('../../ttyUSB2', path.join(folder, 'serial/by-id/usb-FTDI_one'));
  const bare = await listPorts(folder, '/nowhere/udevadm');
  t.deepEqual(bare.ports.map((port) => [path.basename(port.path), port.byId]), [['ttyACM0', null], ['ttyUSB2', 'usb-FTDI_one'], ['ttyUSB10', null]]);
  t.is(bare.missing, 'udevadm is not installed');
  const fake = path.join(folder, 'udevadm');
  await writeFile(fake, '#!/bin/sh\necho ID_VENDOR_ID=0403\necho ID_MODEL_ID=6001\necho ID_SERIAL_SHORT=A1\necho ID_VENDOR=FTDI\n');
  await chmod(fake, 0o755);
  t.like((await listPorts(folder, fake)).ports[1], { manufacturer: 'FTDI', serialNumber: 'A1', usbId: '0403:6001' });
  t.is((await midge(['ports'])).code, 0);
  t.true(Array.isArray(JSON.parse((await midge(['ports', '--json'])).stdout.toString())));
});
