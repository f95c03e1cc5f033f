/** gateway.toml: the declaration of the whole file. Must not know: what is done with it. */
import { hostForm, type TableSetting, type TextForm, type ValuesOf } from '../../config/index.js';
import { defaultsSetting, portSetting } from './port-settings.js';

const portNameForm = { allowed: 'letters, digits, _ and -, at most 64', fits: (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text) };

const tokenForm: TextForm = { allowed: 'one line of at least 16 characters', fits: (text) => text.length >= 16 && !/[\r\n]/.test(text), pattern: '^.{16,}$' };

export const gatewaySettings = {
  kind: 'table', description: 'midge gateway',
  keys: {
    'data': { kind: 'file', use: 'folder', restart: true, flags: '--data <folder>', description: 'folder for messages of mode client that the broker does not have yet; without it they are kept in memory only', example: '"/var/lib/midge-gateway"' },
    'data-bytes-max': { kind: 'integer', min: 65_536, max: 1_099_511_627_776, unit: 'bytes', default: 16_777_216, restart: true, description: 'most that the messages of one port may take there' },
    'log': {
      kind: 'table', description: 'What is said on standard output.',
      keys: {
        'level': { kind: 'choice', of: ['error', 'warn', 'info', 'debug', 'silent'], default: 'info', flags: '--log-level <level>', description: 'how much is said' },
        'format': { kind: 'choice', of: ['text', 'json'], default: 'text', restart: true, flags: '--log-format <format>', description: 'lines for people, or a JSON object a line' },
      },
    },
    'metrics': {
      kind: 'table', optional: true, opener: 'port', restart: true, description: 'With this table /metrics (Prometheus) and /health are served over HTTP.',
      keys: {
        'port': { kind: 'integer', min: 0, max: 65_535, default: 9236, flags: '--metrics [port]', description: 'serve /metrics and /health over HTTP on this port, 0: a free one' },
        'host': { kind: 'text', form: hostForm, default: '127.0.0.1', flags: '--metrics-host <host>', description: 'address of these' },
      },
    },
    'dashboard': {
      kind: 'table', optional: true, opener: 'port', restart: true, description: 'With this table a page with ports, links and the logs of boards is served over HTTP.',
      keys: {
        'port': { kind: 'integer', min: 0, max: 65_535, default: 9237, flags: '--dashboard [port]', description: 'serve a page with live figures over HTTP on this port, 0: a free one' },
        'host': { kind: 'text', form: hostForm, default: '127.0.0.1', flags: '--dashboard-host <host>', description: 'address of the page; one that other machines reach needs a token' },
        'token': { kind: 'text', form: tokenForm, secret: true, description: 'what viewers from other machines enter', example: '"6e58a2b0c4d1f397"' },
      },
    },
    'defaults': defaultsSetting,
    'port': { kind: 'named tables', nameForm: portNameForm, description: 'the ports', of: portSetting, example: 'meter' },
  },
} as const satisfies TableSetting;

export type GatewayValues = ValuesOf<typeof gatewaySettings>;
export type PortValues = ValuesOf<typeof portSetting>;
export type DefaultValues = ValuesOf<typeof defaultsSetting>;
