/**
 * Who `midge broker` lets in: the access files opened, the back end's silence and reached limits told, and what a newcomer
 * must know. Must not know what stands in the files.
 */
import type { Access, LimitNotice } from '../broker/index.js';
import type { Loaded } from '../config/index.js';
import type { BrokerConfig } from './brokerSettings.js';
import { UsageError, wordsOf } from './fault.js';

/** Hear what happens later on: `tell` of the back end, `debug` why a user's entry did not do. */
export type AccessLog = Readonly<Record<'tell' | 'debug', (line: string) => void>>;

/** Reads the files. Throws a UsageError. */
export async function openAccess({ values: { access }, originOf }: Loaded<BrokerConfig>, { tell, debug }: AccessLog): Promise<Access> {
  const { Access, FileFault } = await import('../broker/index.js');
  try {
    return new Access({ ...access, backEndFailed: rarely(tell), scramUnusable: debug });
  } catch (thrown) {
    if (!(thrown instanceof FileFault)) throw thrown;
    const name = thrown.file === access.passwordFile ? 'password-file' : 'acl-file';
    throw new UsageError(`${originOf(['access', name])}: ${wordsOf(thrown)}`);
  }
}

/** A back end that is down fails at each question: one line a second says it. */
function rarely(say: (line: string) => void): (reason: string) => void {
  let count = 0;
  let nextAtMs = 0;
  return (reason) => {
    count++;
    if (performance.now() < nextAtMs) return;
    nextAtMs = performance.now() + 1000;
    say(`the back end gave no answer${timesText(count)}, what was asked for is denied: ${reason}`);
    count = 0;
  };
}

function timesText(count: number): string {
  return count === 1 ? '' : ` (${count} times)`;
}

export function limitText({ limit, max, clientId, remoteAddress, consequence, count }: LimitNotice): string {
  const who = clientId === '' ? 'a client' : clientId;
  const from = remoteAddress === '' ? '' : ` from ${remoteAddress}`;
  return `limit ${limit} (${max}) reached by ${who}${from}${timesText(count)}: ${consequence}`;
}

/** What a newcomer must know about who is let in, and `how` to change it; undefined where all is said by the settings. */
export function accessHint({ access, listener }: Pick<BrokerConfig, 'access' | 'listener'>, how: string): string | undefined {
  const isChecked = access.passwordFile !== undefined || access.authUrl !== undefined;
  if (isChecked || access.allowAnonymous || listener.every(({ host }) => /^(127\.|::1$|localhost$)/.test(host))) return undefined;
  return `clients of other machines are refused; let them in ${how}`;
}
