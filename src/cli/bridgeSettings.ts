/**
 * The settings of a bridge in broker.toml: `[[bridge]]`, its lines `[[bridge.topic]]`. Names are those of the bridge's
 * options. Must not know what a setting does. Changes together with src/bridge/options.ts, which has the last word on values.
 */
import { bridgeRanges } from '../bridge/ranges.js';
import { urlForm } from '../config/forms.js';
import type { IntegerSetting, TableSetting, TablesSetting } from '../config/settings.js';

function limit(name: keyof typeof bridgeRanges, unit: string, description: string): IntegerSetting {
  const [min, max, byDefault] = bridgeRanges[name];
  return { kind: 'integer', min, max, unit, description, ...(byDefault === undefined ? {} : { default: byDefault }) };
}

const topicSettings = {
  kind: 'table',
  description: "topics that cross, as Mosquitto's topic lines say it",
  keys: {
    'filter': { kind: 'text', required: true, description: 'topics below the prefixes', example: '"sensors/#"' },
    'direction': { kind: 'choice', of: ['out', 'in', 'both'], required: true, description: 'out: from here to the remote broker', example: '"out"' },
    'qos': { kind: 'integer', min: 0, max: 2, default: 1, description: 'highest QoS to cross with' },
    'local-prefix': { kind: 'text', default: '', description: 'in front of the filter here' },
    'remote-prefix': { kind: 'text', default: '', description: 'in front of the filter at the remote broker' },
    'retain': { kind: 'boolean', default: true, description: 'whether RETAIN crosses' },
  },
} as const satisfies TableSetting;

export const bridgeSettings = {
  kind: 'tables',
  comesAndGoes: true,
  description: 'A bridge to another broker (src/bridge/README.md); as many of these tables as there are bridges. Read again at SIGHUP:\nthose that are the same go on untouched, those whose settings or files have changed begin anew. With one that is no longer there\nits session here ends, and what waited in it.',
  of: {
    kind: 'table',
    description: 'a bridge to another broker',
    keys: {
      'name': { kind: 'text', required: true, description: 'in client identifiers, topics, metrics and logs: 1 to 64 letters, digits, "-", "_" and "."', example: '"cloud"' },
      // Credentials may stand in it.
      'url': { kind: 'text', form: urlForm(['mqtt', 'mqtts', 'ws', 'wss']), required: true, secret: true, description: 'the remote broker', example: '"mqtts://cloud.example:8883"' },
      'protocol-version': { kind: 'choice', of: ['5', '3.1.1'], default: '5', description: 'MQTT version towards it' },
      'client-id': { kind: 'text', description: "client identifier there, -in or -out behind it; without it midge-, this machine's name and the bridge's", example: '"site1"' },
      'username': { kind: 'text', description: 'user name there', example: '"site1"' },
      'password': { kind: 'text', secret: true, description: 'password there', example: '"secret"' },
      'cafile': { kind: 'file', use: 'read', description: 'authorities that its certificate rests on, PEM; without it, those of Node.js', example: '"ca.pem"' },
      'cert': { kind: 'file', use: 'read', description: 'certificate of this side, PEM', example: '"site1.pem"' },
      'key': { kind: 'file', use: 'read', description: "the certificate's private key, PEM", example: '"site1.key"' },
      'keep-alive-seconds': limit('keepAliveSeconds', 'seconds', 'how soon a dead link is found out'),
      'in-flight-max': limit('inFlightMax', 'messages', 'messages on their way in each direction'),
      'packet-bytes-max': limit('packetBytesMax', 'bytes', 'largest packet to carry; larger ones are dropped and counted'),
      'queue-messages-max': { ...limit('queueMessagesMax', 'messages', 'outbound messages that may wait here; without it, as for every session'), example: '100000' },
      'queue-bytes-max': { ...limit('queueBytesMax', 'bytes', 'the same limit in bytes'), example: '100000000' },
      'remote-state-topic': { kind: 'text', description: 'topic there that says 1 while the bridge is connected, retained, and 0 after', example: '"bridges/site1"' },
      'retry-min-ms': limit('retryMinMs', 'milliseconds', 'first pause between attempts'),
      // No default, as that is at least retry-min-ms.
      'retry-max-ms': { kind: 'integer', min: bridgeRanges.retryMaxMs[0], max: bridgeRanges.retryMaxMs[1], unit: 'milliseconds', description: 'longest pause between attempts; without it, 60000', example: '60000' },
      'topic': { kind: 'tables', of: topicSettings, description: 'Topics that cross; at least one of these tables.' },
    },
    rules: [
      ({ topic }) => (topic as readonly unknown[]).length > 0 ? undefined : { key: 'topic', reason: 'is missing; a bridge needs at least one [[bridge.topic]]' },
      ({ cert, key }) => (cert === undefined) === (key === undefined) ? undefined : { key: cert === undefined ? 'key' : 'cert', reason: `needs ${cert === undefined ? 'cert' : 'key'} too` },
      ({ protocolVersion, url, username, password }) => protocolVersion === '5' || password === undefined || username !== undefined || /@/.test(url as string) ? undefined
        : { key: 'username', reason: 'is missing; a password needs it in MQTT 3.1.1' },
      ({ url, ...values }) => {
        if (/^(mqtts|wss):/i.test(url as string)) return undefined;
        const given = ['cafile', 'cert', 'key'].find((name) => values[name] !== undefined);
        return given === undefined ? undefined : { key: given, reason: 'is for TLS; give a url that begins with mqtts:// or wss:// too' };
      },
    ],
  },
} as const satisfies TablesSetting;
