/**
 * What is installed on this machine, and what a test says of a program or device that is not: loudly what was NOT RUN. Where everything is
 * demanded, with MIDGE_DEMAND_ENGINES=1 (set by .ci/run), it fails instead.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';

export const everythingIsDemanded = process.env['MIDGE_DEMAND_ENGINES'] === '1';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a program by its name or whole path, or undefined. Debian puts servers where only root looks. */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Within a test. `message` names what is absent, what was not run for it, and how to install it. */
export function reportNotRun(t: ExecutionContext, message: string): void {
  t.false(everythingIsDemanded, `MIDGE_DEMAND_ENGINES=1, but ${message}`);
  t.log(message);
}

/** In place of the tests that cannot run: one that reports it. `present` is the condition, as in "Mosquitto is installed". */
export function registerNotRun(test: TestFn, present: string, message: string): void {
  test(`${present}, or this machine may do without`, (t) => { reportNotRun(t, message); });
}
