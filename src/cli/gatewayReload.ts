/**
 * What the gateway does at SIGHUP: the file and all files that it names are read again, and ports are changed as far as
 * they differ. Whatever is wrong, the gateway goes on as it was. Must not know when a signal comes.
 */
import type { Logger } from 'pino';
import { changesBetween } from '../config/changes.js';
import { type Gateway, gatewaySettings, type GatewayValues, type ReadConfig } from '../gateway/index.js';
import { UsageError, UsageErrors, wordsOf } from './fault.js';

/** Returns the values in force, or nothing if anything is wrong with the file: then everything stays as it was. */
export async function reload(gateway: Pick<Gateway, 'reload'>, logger: Logger, atStart: GatewayValues, read: () => Promise<ReadConfig>): Promise<GatewayValues | undefined> {
  try {
    const { settings, values } = await read();
    logger.level = values.log.level;
    const { added, changed, removed } = await gateway.reload(settings);
    const parts = [['new', added], ['changed', changed], ['taken out', removed]] as const;
    const words = parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`])).join('; ');
    for (const { key, needsRestart } of changesBetween(gatewaySettings, atStart, values)) {
      if (needsRestart) logger.warn({ event: 'needsRestart', key }, `${key} is as it was at the start; a change needs a restart`);
    }
    logger.info({ event: 'reloaded', added, changed, removed }, `read again: ${words === '' ? 'no port has changed' : words}`);
    return { ...atStart, log: { ...atStart.log, level: values.log.level } };
  } catch (thrown) {
    // A defect of this program must not end the service.
    if (!(thrown instanceof UsageError)) {
      logger.error({ event: 'reloadFailed' }, `reading again failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      return undefined;
    }
    const lines = thrown instanceof UsageErrors ? thrown.lines : [wordsOf(thrown)];
    for (const line of lines) logger.error({ event: 'reloadFailed' }, `${line}; what was read before stays in force`);
    return undefined;
  }
}
