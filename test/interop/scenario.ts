/** A row of the interoperability suite. Statements cited in scenarios are those of 5.0, behind `v3:` those of 3.1.1. Must not know servers. */
import type { Place } from './place.js';
import type { Version } from './server.js';

export interface Scenario {
  /** What a server that obeys the specification does, as in the table. */
  readonly title: string;
  readonly versions: readonly Version[];
  /** Played with servers that do not speak the version, too. */
  readonly isOfVersion?: true;
  /** The server is restarted meanwhile, so that nothing else can be played beside it. */
  readonly restarts?: true;
  /** Returns when the server did; throws a Difference, or fails, when it did not. */
  run(place: Place): Promise<void>;
}

export const both: readonly Version[] = [4, 5];
export const only5: readonly Version[] = [5];
