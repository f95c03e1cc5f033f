/**
 * `midge gateway install`: a systemd unit that runs the gateway as a user of its own, with the options of this command, and
 * a udev rule that lets it use the ports; printed, or written. Must not know what the gateway does.
 *
 * Read first: systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting".
 */
import { accessSync, constants, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseUrl } from '../../targets/node/url.js';
import { loadSettings } from '../config/index.js';
import { makeFolder } from '../config/make-folder.js';
import { gatewaySettings } from '../gateway/index.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { faultLines, type GatewayOptionValues, settingFlags } from './gateway.js';
import { checkBrokerSettings, type EmbeddedValues } from './gatewayBroker.js';
import { givenOf, readChecked } from './gatewayServe.js';

interface Text {
  readonly path: string;
  readonly text: string;
}

const stateFolder = '/var/lib/midge-gateway';

export async function install(file: string, values: GatewayOptionValues): Promise<void> {
  const { write = false, user, root = '' } = values;
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) throw new UsageError(`--user is "${user}"; it must be a user name of small letters, digits, _ and -`);
  const config = resolve(file);
  const { brokerConfig, data } = values;
  const program = realpathSync(process.argv[1]);
  const read = [process.execPath, program, config, ...brokerConfig === undefined ? [] : [resolve(brokerConfig)]];
  for (const path of [...read, ...data === undefined ? [] : [resolve(data)]]) {
    if (/[\s"'%$\\]/.test(path)) throw new UsageError(`the path "${path}" holds a blank, a quote, %, $ or \\, which systemd reads in its own way; choose another`);
  }
  await checkWhatIsThere(config, values);
  checkSecrets(values);
  const files = [unit(config, program, values), rule()];
  const closed = root === '' ? read.flatMap((path) => closedTo(user, path) ?? []) : [];
  if (!write) {
    for (const { path, text } of files) process.stdout.write(`# ${path}\n${text}\n`);
    process.stdout.write(`# ${[...closed, ...next(user, data)].join('\n# ')}\n`);
    return;
  }
  for (const { path, text } of files) {
    const target = `${root}${path}`;
    try {
      makeFolder(dirname(target));
      accessSync(dirname(target), constants.W_OK);
      writeFileSync(target, text);
    } catch (thrown) {
      throw new Failure(`cannot write "${target}": ${wordsOf(thrown)}; run it with sudo, or without --write and copy what it prints`);
    }
    process.stdout.write(`wrote ${target}\n`);
  }
  process.stdout.write([...closed, 'now:', ...next(user, data).map((line) => `  ${line}`), ''].join('\n'));
}

/** A service that cannot start is started for ever. Files may be missing yet: what is to be on a card is not on this machine. */
async function checkWhatIsThere(config: string, values: GatewayOptionValues): Promise<void> {
  const isHere = (path: string): boolean => values.root === undefined && existsSync(path);
  const own = isHere(config)
    ? (await readChecked(config, values, 'mqtt://127.0.0.1')).values
    : await faultLines(() => loadSettings(gatewaySettings, undefined, givenOf(values)).values);
  const { broker, brokerConfig } = values;
  if (broker !== undefined) await checkBrokerSettings({ ...values, brokerConfig: brokerConfig !== undefined && isHere(brokerConfig) ? brokerConfig : undefined }, own);
}

/** All users can read a unit, and the command line of a process. */
function checkSecrets({ bridge }: EmbeddedValues): void {
  if (bridge === undefined || parseUrl(bridge).password === null) return;
  throw new UsageError('--bridge holds a password, and all users of the machine can read a unit; write the bridge into a file as [[bridge]], and give that with --broker-config');
}

/** Words on a path that the user of the service cannot go, so that the service would not start. */
function closedTo(user: string, path: string): string[] | undefined {
  if (user === userInfo().username || user === process.env['SUDO_USER']) return undefined;
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && (stats.mode & 1) === 0) return [`careful: ${path} is in ${folder}, where only its owner may go; move it to /opt, say, or give the owner with --user`];
  }
  return undefined;
}

function next(user: string, data: string | undefined): string[] {
  return [
    `sudo useradd --system --groups dialout ${user}`, ...data === undefined ? [] : [`sudo install -d -o ${user} ${resolve(data)}`], 'sudo udevadm control --reload', 'sudo systemctl daemon-reload', 'sudo systemctl enable --now midge-gateway',
  ];
}

/** The options of this command that are the service's too. */
function serviceArguments(values: GatewayOptionValues): string[] {
  const { broker, brokerConfig, port, host, bridge, bridgeTopic = [], bridgeVersion, data } = values;
  const given = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  const noPrefix = (text: string | undefined): string => (text === undefined || text === '' ? '""' : text);
  const settings = settingFlags.flatMap(([flags, , attribute]) => {
    const name = flags.split(' ')[0];
    const value = values[attribute];
    return attribute === 'data' ? [] : value === true ? [name] : given(name, value);
  });
  return [
    '--data', data === undefined ? stateFolder : resolve(data), ...settings, ...given('--broker', broker),
    ...given('--broker-config', brokerConfig === undefined ? undefined : resolve(brokerConfig)), ...given('--port', port), ...given('--host', host), ...given('--bridge', bridge),
    ...bridgeTopic.flatMap(({ direction, filter, qos, localPrefix, remotePrefix }) => ['--bridge-topic', [direction, filter, qos, noPrefix(localPrefix), noPrefix(remotePrefix)].join(' ')]),
    ...given('--bridge-version', bridgeVersion === undefined ? undefined : bridgeVersion === 5 ? '5' : '3.1.1'),
  ];
}

/** A word of a command line as systemd reads it. */
function word(text: string): string {
  if (/^[\w@+=:,./-]+$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

function unit(config: string, program: string, values: GatewayOptionValues): Text {
  const { user, data, port } = values;
  const command = [process.execPath, program, 'gateway', '--config', config, ...serviceArguments(values)];
  const more = [
    ...data === undefined ? [`StateDirectory=${stateFolder.replace('/var/lib/', '')}`] : [`ReadWritePaths=${resolve(data)}`],
    ...Number(port) > 0 && Number(port) < 1024 ? ['AmbientCapabilities=CAP_NET_BIND_SERVICE'] : [],
  ];
  return {
    path: '/etc/systemd/system/midge-gateway.service',
    text: `[Unit]
Description=Midge gateway: boards on serial ports to MQTT
Documentation=file:${resolve(dirname(program), '../../../src/gateway/README.md')}
After=network.target
StartLimitIntervalSec=0

[Service]
ExecStart=${command.map(word).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
User=${user}
SupplementaryGroups=dialout
${more.join('\n')}
Restart=always
RestartSec=2
TimeoutStopSec=15
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=true

[Install]
WantedBy=multi-user.target
`,
  };
}

function rule(): Text {
  return {
    path: '/etc/udev/rules.d/60-midge-gateway.rules',
    text: `# Adapters and boards on USB belong to the group dialout, and no modem manager talks to them first.
SUBSYSTEM=="tty", SUBSYSTEMS=="usb", GROUP="dialout", MODE="0660", ENV{ID_MM_DEVICE_IGNORE}="1"
`,
  };
}
