/**
 * What a client of NodeMCU is made with: the documented arguments, and Midge's own in a table behind them. Nothing is ignored: what is unknown or
 * out of range is refused by its name. Must not know: events, links.
 */
import { ConfigFault } from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { applyCapacity, capacityFaultText } from '../capacities.js';
import { error } from '../lua.js';
import { applyVersion, settleVersion } from '../version.js';
import { isWhole } from './arguments.js';
import type { Mqtt } from './handlers.js';
import { sessionNameMax } from './session-file.js';

export const defaultMessageMax = 1024;
/** A packet that fits is read in one piece; a byte of it takes a slot of a Lua table, in a longer message a byte of a string. */
export const defaultReceiveBytes = 256;

/** QoS 2 messages that a server may send at once: 3.1.1 cannot tell it a limit, and Mosquitto sends 20. */
export const defaultInboundMessages = 24;

/** The firmware's module does not count topics: enough for a program that does not either. */
export const defaultSubscriptions = 12;
export const defaultFilterBytes = 256;

export type Options = Record<string, unknown>;

export function applyOptions(m: Mqtt, options: Options): void {
  const config = m.config;
  for (const name in options) {
    const value = options[name];
    if (name === 'session') {
      if (typeof value !== 'string' || value === '' || value.length > sessionNameMax) error("mqtt.Client: option 'session' must be the name of a file, of 1 to " + sessionNameMax + ' characters', 4);
      m.sessionFile = value;
    } else if (name === 'reconnect') {
      if (typeof value !== 'boolean') error("mqtt.Client: option 'reconnect' must be true or false", 4);
      m.isPersistent = value;
    } else if (!applyVersion(config, 'mqtt.Client', name, value)) {
      if (typeof name !== 'string') error('mqtt.Client: options are named fields of a table', 4);
      // The bits of a fraction are refused by Lua 5.3 without a name, and dropped by 5.1.
      if (!isWhole(value)) error("mqtt.Client: option '" + name + "' must be a whole number", 4);
      if (isLeftOut(name)) error("mqtt.Client: option '" + name + "' has no use in the profile qos0: build with --profile mqtt311 for QoS 1 and 2, and for filters that are kept", 4);
      if (!applyCapacity(config, name, value)) {
        error("mqtt.Client: option '" + name + "' is unknown; known are connect_ms, filters, inbound, messages, outbox, ping_ms, receive, reconnect, retry_max_ms, retry_min_ms, session, subscriptions, version" + (Profile.V5 > 0 ? ', session_expiry' : ''), 4);
      }
    }
  }
  settleVersion(config, 'mqtt.Client');
}

/** What the profile has nothing for. */
function isLeftOut(name: string): boolean {
  if (Profile.Qos < 1 && name === 'inbound') return true;
  return Profile.Routing < 1 && (name === 'subscriptions' || name === 'filters');
}

/** Names the argument or option that is out of range. */
export function faultText(fault: ConfigFault): string {
  if (fault === ConfigFault.ClientId) return 'clientid must not be empty with cleansession 0';
  if (fault === ConfigFault.KeepAlive) return 'keepalive must be 0 to 65535 seconds';
  if (fault === ConfigFault.PasswordWithoutUserName) return 'password needs a username';
  if (fault === ConfigFault.ReceiveBytes) return "max_message_length and option 'receive' must be at least 16";
  return capacityFaultText(fault);
}
