/**
 * Plays a scenario with a server and says what came of it: "works", or how the server differs.
 * Must not know what is expected.
 */
import { MidgeError, Reason, Status } from '../../targets/node/index.js';
import { breaksProtocol, Difference, Place } from './place.js';
import type { Scenario } from './scenario.js';
import type { RunningServer, Version } from './server.js';

export const works = 'works';

/** Beyond the patience with single steps: what scenarios wait for by the clock. */
const graceMs = 30_000;

export interface Patience {
  /** How long a step may take before the server is said not to do it. */
  readonly stepMs: number;
}

/** Where the scenario is expected to work: reached only on failure. */
export const longPatience: Patience = { stepMs: 60_000 };
/** Where the server is expected to differ: reached often. */
export const shortPatience: Patience = { stepMs: 8000 };

export async function play(server: RunningServer, scenario: Scenario, version: Version, { stepMs }: Patience): Promise<string> {
  const place = new Place(server, version, stepMs);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<string>((resolve) => {
    timer = setTimeout(() => { resolve('does not answer'); }, stepMs + graceMs);
  });
  try {
    return await Promise.race([scenario.run(place).then(() => works, inWords), tooLong]);
  } finally {
    clearTimeout(timer);
    await place.close();
  }
}

function inWords(thrown: unknown): string {
  if (thrown instanceof Difference) return thrown.message;
  if (!(thrown instanceof MidgeError)) throw thrown;
  if (thrown.status === Status.LinkLost) return 'closes the connection';
  if (breaksProtocol(thrown.status)) return 'breaks the protocol';
  return thrown.reason === Reason.Unspecified ? 'refuses without a reason' : thrown.message;
}
