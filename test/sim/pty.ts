/**
 * Whether this machine has pseudo-terminals for simulated boards. With MIDGE_DEMAND_ENGINES=1 (set by .ci/run) their absence is a
 * failure, else it is reported.
 */
import type { TestFn } from 'ava';
import { NoPseudoTerminal, openPseudoTerminal } from '../../src/sim/board/pseudo-terminal.js';

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
  test('there are pseudo-terminals, or this machine may do without', (t) => {
    t.not(process.env['MIDGE_DEMAND_ENGINES'], '1', `MIDGE_DEMAND_ENGINES=1, but ${reason}`);
    t.log(`boards on pseudo-terminals were NOT RUN: ${reason}`);
  });
  return false;
}
