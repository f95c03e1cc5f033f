/**
 * The options of both APIs that choose MQTT 5.0, where the profile has it: `version` and `session_expiry`. Must not know: other options.
 */
import { type ClientConfig, createConfigV5, Version } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { error } from './lua.js';

const enum Expiry {
  Never = -1,
}

/** Takes the option if it is one of these; errors begin with `maker`. */
export function applyVersion(config: ClientConfig, maker: string, name: string, value: unknown): boolean {
  if (name === 'version') {
    const isKnown = value === 4 || (Profile.V5 > 0 && value === 5);
    if (!isKnown) error(maker + ": option 'version' must be 4" + (Profile.V5 > 0 ? ' (MQTT 3.1.1) or 5' : ': MQTT 5.0 is in the profile full'), 5);
    if (Profile.V5 > 0 && value === 5) config.version = Version.V5;
    return true;
  }
  if (Profile.V5 < 1 || name !== 'session_expiry') return false;
  if (typeof value !== 'number' || value % 1 !== 0) error(maker + ": option 'session_expiry' must be a number of seconds, or -1 for a session that does not end", 5);
  const v5 = createConfigV5();
  v5.sessionExpiryS = value;
  config.v5 = v5;
  return true;
}

/** When all options are known: a session that is to be kept, and for how long nobody said, does not end. */
export function settleVersion(config: ClientConfig, maker: string): void {
  if (Profile.V5 < 1) return;
  if (config.version !== Version.V5) {
    if (config.v5 !== null) error(maker + ": option 'session_expiry' needs version = 5", 4);
    return;
  }
  if (config.v5 === null) {
    const v5 = createConfigV5();
    if (!config.cleanStart) v5.sessionExpiryS = Expiry.Never;
    config.v5 = v5;
  }
}
