/**
 * The settings of a bridge in broker.toml: `[[bridge]]`, its lines `[[bridge.topic]]`.
 * Must not know what a setting does. Changes together with src/bridge/options.ts, which has the last word on values.
 */
import type { TablesSetting } from '../config/settings.js';

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
} as const;

export const bridgeSettings = {
  kind: 'tables',
  description: 'A bridge to another broker (src/bridge/README.md); as many of these tables as there are bridges. Read again at SIGHUP:\nthose that are the same go on untouched.',
  of: {
    kind: 'table',
    description: 'a bridge to another broker',
    keys: {
      'name': { kind: 'text', required: true, description: "names it in client identifiers, topics, metrics and logs: letters, digits, '-', '_' and '.'", example: '"cloud"' },
      'url': { kind: 'text', required: true, secret: true, description: 'mqtt://, mqtts://, ws:// or wss://', example: '"mqtts://cloud.example:8883"' },
      'version': { kind: 'choice', of: ['5', '3.1.1'], default: '5', description: 'MQTT version towards the remote broker' },
      'client-id': { kind: 'text', description: "client identifier there, -in or -out behind it; without it midge-, this machine's name and the bridge's", example: '"site1"' },
      'username': { kind: 'text', description: 'user name there', example: '"site1"' },
      'password': { kind: 'text', secret: true, description: 'password there', example: '"secret"' },
      'cafile': { kind: 'file', use: 'read', description: 'trust servers of these authorities, PEM', example: '"ca.pem"' },
      'cert': { kind: 'file', use: 'read', description: 'client certificate, PEM', example: '"site1.pem"' },
      'key': { kind: 'file', use: 'read', description: "the certificate's private key, PEM", example: '"site1.key"' },
      'keep-alive-seconds': { kind: 'integer', min: 5, max: 65_535, unit: 'seconds', default: 60, description: 'longest silence' },
      'in-flight-max': { kind: 'integer', min: 1, max: 10_000, unit: 'messages', default: 500, description: 'messages on their way in each direction' },
      'packet-bytes-max': { kind: 'integer', min: 1024, max: 268_435_456, unit: 'bytes', default: 16_777_216, description: 'largest packet to carry' },
      'queue-messages-max': { kind: 'integer', min: 1, max: 10_000_000, unit: 'messages', description: 'outbound messages that may wait here; without it, as for every session', example: '100000' },
      'queue-bytes-max': { kind: 'integer', min: 1024, max: Number.MAX_SAFE_INTEGER, unit: 'bytes', description: 'the same limit in bytes', example: '100000000' },
      'remote-state-topic': { kind: 'text', description: 'topic at the remote broker that says 1 while connected, 0 after, retained', example: '"bridges/site1"' },
      'retry-min-ms': { kind: 'integer', min: 10, max: 3_600_000, unit: 'milliseconds', default: 1000, description: 'first pause between attempts' },
      'retry-max-ms': { kind: 'integer', min: 10, max: 3_600_000, unit: 'milliseconds', default: 60_000, description: 'longest pause between attempts' },
      'topic': { kind: 'tables', of: topicSettings, description: 'Topics that cross; at least one of these tables.' },
    },
  },
} as const satisfies TablesSetting;
