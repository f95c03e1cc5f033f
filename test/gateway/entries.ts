/** Entries of a gateway's configuration as tests need them: short, with defaults for what a test does not speak of. */
import { type Field } from '../../src/gateway/client/fields.js';
import type { FramingSettings } from '../../src/gateway/client/framing.js';
import type { PublishRule } from '../../src/gateway/client/publish-rule.js';
import type { Subscription } from '../../src/gateway/client/subscription.js';
import { readTemplate, type Template } from '../../src/gateway/client/template.js';
import { defaultLine } from '../../src/gateway/serial/line-settings.js';
import { selectPath } from '../../src/gateway/serial/selector.js';
import type { ModeSettings, PortEntry } from '../../src/gateway/settings.js';
import type { Identity } from '../../src/gateway/tunnel/connect-packet.js';
import { parseUrl } from '../../targets/node/url.js';

type ClientMode = Extract<ModeSettings, { mode: 'client' }>;

export function template(source: string): Template {
  const read = readTemplate(source);
  if (read === null) throw new Error(`no template: ${source}`);
  return read;
}

export function field(name: string, more: Partial<Field> = {}): Field {
  return { name, type: null, at: 0, bytes: 0, path: [name], scale: null, ...more };
}

export const framing: FramingSettings = { kind: 'lines', frameBytesMax: 1024, lineEnd: '\n', recordBytes: 0, recordStart: Buffer.alloc(0) };

export function rule(topic: string, more: Partial<PublishRule> = {}): PublishRule {
  return {
    content: 'text', match: null, fields: [], topic: template(topic), payload: 'raw', text: template(''), qos: 1, retain: false, keepLatest: false, ...more,
  };
}

export function subscription(filter: string, more: Partial<Subscription> = {}): Subscription {
  return { filter, qos: 1, content: 'text', fields: [], text: null, ...more };
}

export function rawEntry(device: string, port: number, identity: Identity | null = null): PortEntry {
  return {
    // A pseudo-terminal has no DTR and RTS: setting them must not matter.
    name: 'board', selector: selectPath(device), line: { ...defaultLine, dtr: false, rts: true },
    board: { mode: 'raw', identity, broker: { endpoint: parseUrl(`mqtt://127.0.0.1:${port}`), tls: {} } },
  };
}

export function linkEntry(device: string, port: number, identity: Identity | null = null, baudRateMax = 0): PortEntry {
  const { broker } = rawEntry(device, port).board as Extract<ModeSettings, { mode: 'raw' }>;
  return {
    name: 'board', selector: selectPath(device), line: defaultLine, board: { mode: 'link', identity, broker, baudRate: 115_200, baudRateMax },
  };
}

export function clientEntry(device: string, port: number, more: Partial<ClientMode> = {}): PortEntry {
  return {
    name: 'board', selector: selectPath(device), line: defaultLine,
    board: {
      mode: 'client', framing, publish: [rule('lines/{port}')], subscribe: [], status: null, ...more,
      client: { url: `mqtt://127.0.0.1:${port}`, clientId: 'gateway-board', cleanStart: false, sessionExpiryS: 3600, reconnect: { minMs: 5, maxMs: 50 }, ...more.client },
    },
  };
}
