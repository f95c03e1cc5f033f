/** mosquitto_pub and mosquitto_sub. */
import { findProgram } from '../../engines/installed.js';
import { type ForeignClient, type ListenOptions, type SendOptions, sessionExpiryS, userName, type Where } from './driver.js';
import { listenWith, sendWith } from './program.js';

function address({ port, version }: Where): string[] {
  return ['-h', '127.0.0.1', '-p', String(port), '-V', version === 5 ? 'mqttv5' : 'mqttv311'];
}

function listenArgs(where: Where, options: ListenOptions): string[] {
  return [
    ...address(where), '-i', options.id, '-q', String(options.qos), '-F', 'M %q %r %x %t', ...options.filters.flatMap((filter) => ['-t', filter]),
    ...options.isKept === true ? ['-c', ...where.version === 5 ? ['-x', String(sessionExpiryS)] : []] : [],
    ...options.unsubscribe === undefined ? [] : ['-U', options.unsubscribe],
    ...options.keepAliveS === undefined ? [] : ['-k', String(options.keepAliveS)],
    ...options.password === undefined ? [] : ['-u', userName, '-P', options.password],
    ...options.willTopic === undefined ? [] : ['--will-topic', options.willTopic, '--will-payload', 'will', '--will-qos', '1'],
  ];
}

function sendArgs(where: Where, { topic, payload, qos, retain }: SendOptions): string[] {
  return [...address(where), '-t', topic, '-q', String(qos), ...retain === true ? ['-r'] : [], payload.length === 0 ? '-n' : '-s'];
}

export const mosquittoTools: ForeignClient = {
  name: 'mosquitto_pub and mosquitto_sub',
  keepAliveMinS: 5,
  available: () => findProgram('mosquitto_sub') !== undefined && findProgram('mosquitto_pub') !== undefined
    ? true : 'mosquitto_pub and mosquitto_sub are not installed (Debian: apt-get install mosquitto-clients)',
  listen: (where, options) => listenWith(findProgram('mosquitto_sub')!, listenArgs(where, options)),
  send: (where, options) => sendWith(findProgram('mosquitto_pub')!, sendArgs(where, options), options.payload),
};
