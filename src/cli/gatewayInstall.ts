/**
 * `midge gateway install`: a systemd unit that runs the gateway as a user of its own, and a udev rule that lets it use the
 * ports; printed, or written. Must not know what the gateway does.
 */
import { accessSync, constants, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure, UsageError, wordsOf } from './fault.js';

interface Text {
  readonly path: string;
  readonly text: string;
}

export interface InstallOptions {
  readonly write?: boolean;
  readonly user: string;
  /** The folder that stands for /: that of an image of a card. */
  readonly root?: string;
}

export function install(file: string, { write = false, user, root = '' }: InstallOptions): void {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) throw new UsageError(`--user is "${user}"; it must be a user name of small letters, digits, _ and -`);
  const config = resolve(file);
  for (const path of [config, process.execPath, realpathSync(process.argv[1])]) {
    if (/[\s"'%$\\]/.test(path)) throw new UsageError(`the path "${path}" holds a blank, a quote, %, $ or \\, which systemd reads in its own way; choose another`);
  }
  const files = [unit(config, user), rule()];
  if (!write) {
    for (const { path, text } of files) process.stdout.write(`# ${path}\n${text}\n`);
    process.stdout.write(`# ${next(user).join('\n# ')}\n`);
    return;
  }
  for (const { path, text } of files) {
    const target = `${root}${path}`;
    try {
      mkdirSync(dirname(target), { recursive: true });
      accessSync(dirname(target), constants.W_OK);
      writeFileSync(target, text);
    } catch (thrown) {
      throw new Failure(`cannot write "${target}": ${wordsOf(thrown)}; run it with sudo, or without --write and copy what it prints`);
    }
    process.stdout.write(`wrote ${target}\n`);
  }
  process.stdout.write(`now:\n  ${next(user).join('\n  ')}\n`);
}

function next(user: string): string[] {
  return [
    `sudo useradd --system --groups dialout ${user}`, 'sudo udevadm control --reload', 'sudo systemctl daemon-reload', 'sudo systemctl enable --now midge-gateway',
  ];
}

function unit(config: string, user: string): Text {
  const program = realpathSync(process.argv[1]);
  return {
    path: '/etc/systemd/system/midge-gateway.service',
    text: `[Unit]
Description=Midge gateway: boards on serial ports to MQTT
Documentation=file:${resolve(dirname(program), '../../../src/gateway/README.md')}
After=network.target
StartLimitIntervalSec=0

[Service]
ExecStart=${process.execPath} ${program} gateway --config ${config} --data /var/lib/midge-gateway
ExecReload=/bin/kill -HUP $MAINPID
User=${user}
SupplementaryGroups=dialout
StateDirectory=midge-gateway
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
