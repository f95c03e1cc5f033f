/**
 * The two ways in which a command ends badly, and the exit codes that scripts may rely on.
 * Must not know any command.
 */

export const enum Exit {
  Ok = 0,
  /** The connection, the server or a promise failed. */
  Failed = 1,
  /** The command line or a file named on it is wrong; nothing has been sent. */
  Usage = 2,
  /** `midge sub -W`: the time is over and no message came. Mosquitto's code for it. */
  TimedOut = 27,
}

/** The command line is wrong. The message is one line: what, why, what is allowed. */
export class UsageError extends Error {}

/** Several things are wrong at once: a line for each. */
export class UsageErrors extends UsageError {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/** What was asked for could not be done. The message is one line with the reason in words. */
export class Failure extends Error {
  constructor(message: string, readonly exitCode: Exit = Exit.Failed) {
    super(message);
  }
}

/** The words of anything thrown, on one line. */
export function wordsOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '').join(' ');
}
