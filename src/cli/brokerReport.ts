/**
 * `midge broker --report`: the conformance report as a file, written at start, on SIGUSR1 and at the end.
 * Must not know what is in the report.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Broker } from '../broker/index.js';
import type { BrokerLog } from './brokerLog.js';
import { Failure, wordsOf } from './fault.js';
import { unwritable } from './values.js';

export interface ReportFile {
  /** Writes it for the last time. Throws a Failure if it cannot be written. */
  finish(): void;
}

/** A file that cannot be written is found out now, not when the report is wanted. */
export async function reportTo(path: string, broker: Broker, log: BrokerLog): Promise<ReportFile> {
  const { ConformanceRecorder } = await import('../broker/index.js');
  const recorder = new ConformanceRecorder(broker);
  // Readers see the old report or the new one, never a part.
  const write = (): void => {
    const halfWritten = `${path}.${process.pid}.tmp`;
    try {
      writeFileSync(halfWritten, `${JSON.stringify(recorder.report(), null, 1)}\n`);
      renameSync(halfWritten, path);
    } catch (thrown) {
      rmSync(halfWritten, { force: true });
      throw new Failure(`--report: ${unwritable(path, thrown)}`);
    }
  };
  write();
  const asked = (): void => {
    try {
      write();
      log.tell({ event: 'reportWritten', path }, `conformance report written to ${path}`);
    } catch (thrown) {
      log.error({ event: 'reportFailed', path }, wordsOf(thrown));
    }
  };
  process.on('SIGUSR1', asked);
  return {
    finish: () => {
      process.off('SIGUSR1', asked);
      recorder.stop();
      write();
    },
  };
}
