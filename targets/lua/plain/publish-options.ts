/**
 * What a publish is told beside topic and payload: a table whose fields have names; an unknown name or a wrong value is refused with it.
 * Must not know: events, links.
 */
import { Packet, Publish } from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { error, tostring } from '../lua.js';
import type { Midge } from './client.js';
import type { Options } from './options.js';
import { fillProperties, type PropertyTable } from './properties.js';

/** Returns the flags of a publish, and leaves its expiry and properties with the client, since a table for them would be garbage. -1: the properties do not fit. */
export function readOptions(m: Midge, options: Options | undefined): number {
  let flags = 0;
  let fits = true;
  m.expires = 0;
  if (Profile.V5 > 0) m.given = null;
  if (options === undefined) return flags;
  if (typeof options !== 'object') error('midge: publish: the options must be a table, such as { qos = 1 }', 3);
  for (const name in options) {
    const value = options[name];
    if (name === 'qos' && (value === 0 || value === 1 || value === 2)) flags += value * 2;
    else if (name === 'expires' && typeof value === 'number' && value % 1 === 0) m.expires = value;
    else if (name === 'retain' && typeof value === 'boolean') flags += value ? Publish.Retain : 0;
    else if (name === 'latest' && typeof value === 'boolean') flags += value ? Publish.KeepLatest : 0;
    else if (name === 'priority' && typeof value === 'boolean') flags += value ? Publish.Priority : 0;
    else if (Profile.V5 > 0 && name === 'properties' && typeof value === 'object') {
      const list = m.list;
      if (list === undefined) error("midge: publish: option 'properties' needs a client with version = 5", 3);
      m.given = list;
      fits = fillProperties(list, value as PropertyTable, Packet.OwnPublish, 'publish');
    } else {
      error("midge: publish: option '" + tostring(name) + "' is unknown or has a wrong value; known are expires (s), latest, priority, qos (0 to 2), retain" + (Profile.V5 > 0 ? ', properties' : ''), 3);
    }
  }
  return fits ? flags : -1;
}
