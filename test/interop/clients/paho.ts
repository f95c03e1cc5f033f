/** libpaho-mqtt, by a small program in C that is compiled on first use (paho.c). */
import { join } from 'node:path';
import { packageRoot } from '../../../targets/build/program.js';
import { compiled } from '../../engines/c-program.js';
import { type ForeignClient, type ListenOptions, sessionExpiryS, userName, type Where } from './driver.js';
import { listenWith, sendWith } from './program.js';

const source = join(packageRoot, 'test/interop/clients/paho.c');
const binary = join(packageRoot, 'dist/test/interop/clients/paho');

function built(): true | string {
  return compiled({
    binary, sources: [source], flags: ['-O1'], libraries: ['paho-mqtt3c'],
    noCompiler: 'libpaho-mqtt: there is no C compiler (Debian: apt-get install gcc libc6-dev libpaho-mqtt-dev)',
    refused: (complaint) => `libpaho-mqtt is not installed (Debian: apt-get install libpaho-mqtt-dev): ${complaint}`,
  });
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
