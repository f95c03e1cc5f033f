/** SIGHUP in the gateway, whatever goes wrong: the service goes on. */
import test from 'ava';
import type { Logger } from 'pino';
import { UsageErrors } from '../../src/cli/fault.js';
import { reload } from '../../src/cli/gatewayReload.js';
import type { GatewayValues, ReadConfig } from '../../src/gateway/index.js';

function said(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const take = (_fields: object, words: string): void => { lines.push(words); };
  return { lines, logger: { level: 'info', info: take, warn: take, error: take } as unknown as Logger };
}

const atStart = { log: { level: 'info' } } as GatewayValues;
const read: ReadConfig = { values: { log: { level: 'debug' } } as GatewayValues, settings: { ports: [], spool: null } };
const nothing = { added: [], changed: [], removed: [] };

test('what nobody thought of is said, with the place in the program, and ends nothing', async (t) => {
  const { logger, lines } = said();
  t.is(await reload({ reload: () => Promise.resolve(nothing) }, logger, atStart, () => Promise.reject(new TypeError('EIO'))), undefined);
  t.is(await reload({ reload: () => Promise.reject(new Error('a port')) }, logger, atStart, () => Promise.resolve(read)), undefined);
  t.is(lines.length, 2);
  t.regex(lines[0], /^reading again failed: TypeError: EIO\n {4}at /);
  t.regex(lines[1], /^reading again failed: Error: a port\n {4}at /);
});

test('a file with faults is said line by line, and what was read before stays', async (t) => {
  const { logger, lines } = said();
  t.is(await reload({ reload: () => Promise.resolve(nothing) }, logger, atStart, () => Promise.reject(new UsageErrors(['a:1:1: x', 'a:2:1: y']))), undefined);
  t.deepEqual(lines, ['a:1:1: x; what was read before stays in force', 'a:2:1: y; what was read before stays in force']);
});

test('a file that is right is told of', async (t) => {
  const { logger, lines } = said();
  t.like(await reload({ reload: () => Promise.resolve({ added: ['a'], changed: [], removed: ['b'] }) }, logger, atStart, () => Promise.resolve(read)), { log: { level: 'debug' } });
  t.deepEqual(lines, ['read again: new: a; taken out: b']);
});
