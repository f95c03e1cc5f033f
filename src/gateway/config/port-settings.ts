/**
 * A port in gateway.toml, and the defaults for all of them: the declaration, and what has to fit together.
 * Must not know: how ports are opened.
 */
import { mqttTextForm, type RuleBreach, type TableSetting, type TextForm } from '../../config/index.js';
import { parseUrl } from '../../../targets/node/url.js';
import { fieldBreach, matchBreach, publishSetting, subscribeSetting } from './message-settings.js';

const brokerForm: TextForm = {
  allowed: 'mqtt://host:1883, mqtts://host:8883, ws://host/mqtt, wss://host/mqtt, or embedded; without user name and password, which have keys of their own',
  fits: (text) => {
    if (text === 'embedded') return true;
    try {
      const { username, password } = parseUrl(text);
      return username === null && password === null;
    } catch {
      return false;
    }
  },
};

const pathForm: TextForm = {
  allowed: 'a path that begins with /, such as /dev/ttyUSB0; wildcards belong to pattern',
  fits: (text) => text.startsWith('/') && !text.endsWith('/') && !/[*?]/.test(text),
};

const patternForm: TextForm = {
  allowed: 'a path that begins with /, with * and ? in its last part only, such as /dev/ttyUSB*',
  fits: (text) => /^\/([^*?]*\/)?[^/]*[*?][^/]*$/.test(text),
};

const byIdForm: TextForm = {
  allowed: 'a name in /dev/serial/by-id, without a slash; midge ports shows the names',
  fits: (text) => text !== '' && !text.includes('/'),
};

const hexForm: TextForm = { allowed: 'pairs of hexadecimal digits, such as aa55', fits: (text) => /^([0-9a-f]{2})+$/i.test(text), pattern: '^([0-9a-fA-F]{2})+$' };

/** What a port and the defaults have in common. Nothing has a default here: a port's own value stands above that of the defaults. */
const commonKeys = {
  'mode': { kind: 'choice', of: ['link', 'raw', 'client'], description: 'link: the board runs the core and speaks the serial link; raw: it speaks plain MQTT; client: it speaks no MQTT (default: link)' },
  'baud': { kind: 'integer', min: 50, max: 4_000_000, unit: 'baud', description: 'baud rate (default: 115200)', example: '115200' },
  'baud-max': { kind: 'integer', min: 50, max: 4_000_000, unit: 'baud', description: 'mode link: the rate to go up to with a board that can (default: it stays)', example: '921600' },
  'data-bits': { kind: 'integer', min: 7, max: 8, description: 'bits of a character (default: 8)', example: '8' },
  'parity': { kind: 'choice', of: ['none', 'even', 'odd'], description: 'parity bit (default: none)' },
  'stop-bits': { kind: 'integer', min: 1, max: 2, description: 'stop bits (default: 1)', example: '1' },
  'flow-control': { kind: 'choice', of: ['none', 'rts-cts', 'xon-xoff'], description: 'how board and gateway hold each other back (default: none)' },
  'dtr': { kind: 'boolean', description: 'level of DTR once the port is open; many boards reset when it changes (default: as the driver has it)', example: 'false' },
  'rts': { kind: 'boolean', description: 'level of RTS once the port is open (default: as the driver has it)', example: 'false' },
  'broker': { kind: 'text', form: brokerForm, description: 'URL of the broker, or embedded for the one of midge gateway --broker embedded', example: '"mqtts://broker.example:8883"' },
  'ca': { kind: 'file', use: 'read', description: 'authorities to trust, PEM (default: those of Node.js)' },
  'cert': { kind: 'file', use: 'read', description: "the gateway's certificate for the broker, PEM; needs key" },
  'key': { kind: 'file', use: 'read', description: 'its private key, PEM; needs cert' },
  'server-name': { kind: 'text', description: "name in the broker's certificate, where it is not the host of the URL", example: '"broker.example"' },
  'insecure': { kind: 'boolean', description: "leaves out the check of the broker's certificate: for tests only (default: false)", example: 'false' },
  'user-name': { kind: 'text', form: mqttTextForm, description: 'user name to put into CONNECT, so that it need not be on the board', example: '"site7"' },
  'password': { kind: 'text', secret: true, description: 'password to put into CONNECT; password-file keeps it out of this file', example: '"…"' },
  'password-file': { kind: 'file', use: 'read', description: 'a file whose first line is the password' },
  'client-id-prefix': { kind: 'text', form: mqttTextForm, description: "modes link and raw: goes before the board's client identifier", example: '"site7-"' },
  'mqtt': { kind: 'choice', of: ['5.0', '3.1.1'], description: 'mode client: version of MQTT (default: 5.0)' },
  'keep-alive-seconds': { kind: 'integer', min: 5, max: 65_535, unit: 'seconds', description: 'mode client: silence before a sign of life to the broker (default: 30)', example: '30' },
  'session-expiry-seconds': { kind: 'integer', min: 0, max: 1_073_741_823, unit: 'seconds', description: 'mode client: how long the broker keeps messages for an absent gateway (default: 86400)', example: '86400' },
} as const satisfies TableSetting['keys'];

export const defaultsSetting = { kind: 'table', description: 'for all ports that do not say otherwise', keys: commonKeys } as const satisfies TableSetting;

const selectors = ['path', 'byId', 'pattern'] as const;

/** Rules of a port by itself; those that need the defaults stand in read-config.ts. */
export const portSetting = {
  kind: 'table', description: 'a serial port, by a name of your choice',
  keys: {
    'path': { kind: 'text', form: pathForm, description: 'path of its device', example: '"/dev/ttyUSB0"' },
    'by-id': { kind: 'text', form: byIdForm, description: 'name under /dev/serial/by-id: that of the adapter, in whatever socket', example: '"usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"' },
    'pattern': { kind: 'text', form: patternForm, description: 'all devices that fit, each a port with its name behind that of this table', example: '"/dev/ttyUSB*"' },
    ...commonKeys,
    'client-id': { kind: 'text', form: mqttTextForm, description: 'mode client: client identifier; {port} is the name of the port (default: midge-<host>-{port})', example: '"meter-1"' },
    'frames': { kind: 'choice', of: ['lines', 'cobs', 'slip', 'cbor', 'records'], default: 'lines', description: 'mode client: how the board separates what it sends' },
    'frame-bytes-max': { kind: 'integer', min: 1, max: 65_535, unit: 'bytes', default: 1024, description: 'mode client: longest frame; longer ones are dropped and counted' },
    'line-end': { kind: 'choice', of: ['lf', 'crlf', 'cr'], default: 'lf', description: 'mode client: what ends a line to the board' },
    'record-bytes': { kind: 'integer', min: 1, max: 65_535, unit: 'bytes', description: 'mode client, frames = "records": length of each', example: '16' },
    'record-start': { kind: 'text', form: hexForm, description: 'mode client, frames = "records": with which bytes each begins, hexadecimal (default: after a pause)', example: '"aa55"' },
    'status': {
      kind: 'table', optional: true, description: 'mode client: a retained message that says whether the board is there',
      keys: {
        'topic': { kind: 'text', required: true, form: mqttTextForm, description: 'topic; {port} is the name of the port', example: '"boards/{port}/status"' },
        'online': { kind: 'text', default: 'online', description: 'payload while the port is open' },
        'offline': { kind: 'text', default: 'offline', description: 'payload while it is not, and the will of the gateway' },
      },
    },
    'publish': { kind: 'tables', description: 'mode client: what becomes of frames', of: publishSetting },
    'subscribe': { kind: 'tables', description: 'mode client: what becomes of messages', of: subscribeSetting },
  },
  rules: [
    (values) => {
      const given = selectors.filter((name) => values[name] !== undefined);
      if (given.length === 1) return undefined;
      return { key: given.length === 0 ? 'path' : given[1].replace('I', '-i'), reason: given.length === 0 ? 'is missing: a port needs path, by-id or pattern' : 'is one too many: a port has path, by-id or pattern' };
    },
    (values) => ((values['frames'] === 'records') === (values['recordBytes'] !== undefined) ? undefined
      : { key: 'record-bytes', reason: 'goes with frames = "records", and only with it' }),
    (values) => {
      const start = (values['recordStart'] as string | undefined) ?? '';
      if (start === '' || (values['frames'] === 'records' && start.length / 2 <= (values['recordBytes'] as number))) return undefined;
      return { key: 'record-start', reason: 'goes with frames = "records", and is no longer than record-bytes' };
    },
    (values) => contentBreach(values),
    (values) => matchBreach(values),
  ],
} as const satisfies TableSetting;

export function contentOf(rule: { readonly content?: string }, frames: string): 'text' | 'json' | 'cbor' | 'bytes' {
  const own = rule.content as 'text' | 'json' | 'cbor' | 'bytes' | undefined;
  return own ?? (frames === 'lines' ? 'text' : frames === 'cbor' ? 'cbor' : 'bytes');
}

function contentBreach(values: Readonly<Record<string, unknown>>): RuleBreach | undefined {
  for (const rule of values['publish'] as readonly { content?: string; match?: string }[]) {
    const content = contentOf(rule, values['frames'] as string);
    if (rule.match !== undefined && content !== 'text') return { key: 'publish', reason: `has match, which is for content text; the content is ${content}` };
    const breach = fieldBreach(rule, content);
    if (breach !== undefined) return { key: 'publish', reason: `has ${breach.key} that ${breach.reason}` };
  }
  return undefined;
}
