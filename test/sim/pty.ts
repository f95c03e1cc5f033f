/** Whether this machine has pseudo-terminals for simulated boards. */
import type { TestFn } from 'ava';
import { NoPseudoTerminal, openPseudoTerminal } from '../../src/sim/board/pseudo-terminal.js';
import { registerNotRun } from '../engines/installed.js';

async function reasonAgainst(): Promise<string | null> {
  try {
    (await openPseudoTerminal()).close();
    return null;
  } catch (thrown) {
    if (thrown instanceof NoPseudoTerminal) return thrown.message;
    throw thrown;
  }
}

const reason = await reasonAgainst();

/** Registers the test that says so where there are none; true: there are. */
export function pseudoTerminalsAreHere(test: TestFn): boolean {
  if (reason === null) return true;
  registerNotRun(test, 'there are pseudo-terminals', `${reason}: boards on pseudo-terminals were NOT RUN`);
  return false;
}
