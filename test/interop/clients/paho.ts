/** libpaho-mqtt, by a small program in C that is compiled on first use (paho.c). */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { packageRoot } from '../../../targets/build/program.js';
import { type ForeignClient, type ListenOptions, sessionExpiryS, userName, type Where } from './driver.js';
import { listenWith, sendWith } from './program.js';

const source = join(packageRoot, 'test/interop/clients/paho.c');
const binary = join(packageRoot, 'dist/test/interop/clients/paho');

function built(): true | string {
  if (existsSync(binary) && statSync(binary).mtimeMs >= statSync(source).mtimeMs) return true;
  mkdirSync(dirname(binary), { recursive: true });
  const own = `${binary}.${process.pid}-${threadId}`;
  const result = spawnSync('cc', ['-O1', '-Wall', '-Wextra', '-o', own, source, '-lpaho-mqtt3c'], { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return 'libpaho-mqtt: there is no C compiler (Debian: apt-get install gcc libc6-dev libpaho-mqtt-dev)';
  if (result.status !== 0) return `libpaho-mqtt is not installed (Debian: apt-get install libpaho-mqtt-dev): ${result.stderr.trim().split('\n')[0] ?? ''}`;
  renameSync(own, binary);
  return true;
}

function listenArgs({ port, version }: Where, options: ListenOptions): string[] {
  return [
    'listen', '-p', String(port), '-V', String(version), '-i', options.id, '-q', String(options.qos), '-k', String(options.keepAliveS ?? 60),
    ...options.isKept === true ? ['-c', ...version === 5 ? ['-x', String(sessionExpiryS)] : []] : [],
    ...options.unsubscribe === undefined ? [] : ['-U', options.unsubscribe],
    ...options.password === undefined ? [] : ['-u', userName, '-P', options.password],
    ...options.willTopic === undefined ? [] : ['-w', options.willTopic],
    ...options.filters,
  ];
}

export const paho: ForeignClient = {
  name: 'libpaho-mqtt',
  keepAliveMinS: 1,
  available: built,
  listen: (where, options) => listenWith(binary, listenArgs(where, options)),
  send: ({ port, version }, { topic, payload, qos, retain }) => sendWith(binary, [
    'send', '-p', String(port), '-V', String(version), '-i', '', '-q', String(qos), ...retain === true ? ['-r'] : [], topic,
  ], payload),
};
