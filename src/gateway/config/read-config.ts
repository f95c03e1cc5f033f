/**
 * From gateway.toml to what the gateway is to do: a port's own settings over the defaults over what stands here, with the
 * certificates and passwords that it names read in. Must not know: how it is done.
 */
import { hostname } from 'node:os';
import { posix } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ConfigFault, type Given, type LoadedFile, loadSettings } from '../../config/index.js';
import { createClient, MidgeError } from '../../../targets/node/index.js';
import { parseUrl } from '../../../targets/node/url.js';
import { type ClientSettings, clientOptions } from '../client/client-board.js';
import { selectById, selected, selectPath, selectPattern } from '../serial/selector.js';
import { defaultLine } from '../serial/line-settings.js';
import type { GatewaySettings, ModeSettings, PortEntry } from '../settings.js';
import type { Identity } from '../tunnel/connect-packet.js';
import { clientMode } from './client-mode.js';
import { type Common, passwordFileFault, passwordOf, tlsOf } from './credentials.js';
import { gatewaySettings, type GatewayValues, type PortValues } from './gateway-settings.js';

export interface ReadConfig {
  readonly settings: GatewaySettings;
  readonly values: GatewayValues;
}

export interface ReadOptions {
  /** What the command line says over the file. */
  readonly given?: readonly Given[];
  /** Where the embedded broker listens, which ports use that name no other; undefined: there is none. */
  readonly embeddedUrl?: string;
}

const enum Limit {
  /** The link gives up after 6 s of silence (`deadMs`). A frame of 254 bytes takes 2.2 s at this rate, and may be damaged once. */
  LinkBaud = 1200,
}

/** Throws a ConfigFault, whose lines name file, line, key, value and what is allowed. */
export function readConfig(file: string, { given = [], embeddedUrl }: ReadOptions = {}): ReadConfig {
  const loaded = loadSettings(gatewaySettings, file, given);
  const { values } = loaded;
  const faults: string[] = [];
  const ports = [...values.port].map(([name, port]) => entryOf(name, port, loaded, embeddedUrl, faults));
  for (const clash of sharedNames(values.port)) faults.push(`${loaded.originOf(['port', clash.name])} is also the name of the port that ${clash.pattern} makes of "${clash.device}"; choose another`);
  for (const { name, other, clientId } of sharedClients(ports)) faults.push(`${loaded.originOf(['port', name, 'client-id'])} is "${clientId}", as that of port.${other} at the same broker: each would end the other's connection; choose another, or put {port} into it`);
  if (ports.length === 0) faults.push(`${file}: there is no port; [port.meter] with path = "/dev/ttyUSB0" is one`);
  if (faults.length > 0) throw new ConfigFault(faults);
  const spool = values.data === undefined ? null : { file: posix.join(values.data, 'outbox.mdb'), portBytesMax: values.dataBytesMax };
  return { settings: { ports: ports.flatMap((port) => port ?? []), spool }, values };
}

/** Two ports of one name would have one client identifier, and one place on disk. */
function sharedNames(ports: GatewayValues['port']): { name: string; pattern: string; device: string }[] {
  const patterns = [...ports].flatMap(([name, { pattern }]) => (pattern === undefined ? [] : [[name, pattern] as const]));
  return [...ports].flatMap(([name, { pattern }]) => patterns.flatMap(([other, wild]) => {
    const device = name.slice(other.length + 1);
    const isShared = pattern === undefined && name.startsWith(`${other}-`) && selected(selectPattern(wild), [device]).length > 0;
    return isShared ? [{ name, pattern: `port.${other}`, device }] : [];
  }));
}

/** Clients of two ports that a broker would take for one. */
function sharedClients(ports: readonly (PortEntry | null)[]): { name: string; other: string; clientId: string }[] {
  const holders = new Map<string, string>();
  return ports.flatMap((port) => {
    if (port?.board.mode !== 'client') return [];
    const { name, board } = port;
    const { clientId = '' } = clientOptions(name, board);
    const key = JSON.stringify([board.client.url, clientId]);
    const other = holders.get(key);
    holders.set(key, other ?? name);
    return other === undefined ? [] : [{ name, other, clientId }];
  });
}

function entryOf(name: string, port: PortValues, { values, originOf, isGiven }: LoadedFile<GatewayValues>, embeddedUrl: string | undefined, faults: string[]): PortEntry | null {
  const own = Object.fromEntries(Object.entries(port).filter(([, value]) => value !== undefined)) as PortValues;
  const common: Common = { ...values.defaults, ...own };
  const count = faults.length;
  const fault = (key: string, reason: string): void => {
    // Where it is to be mended: at the port, at the defaults that it has it from, or in the table that lacks it.
    const origin = isGiven(['port', name, key]) ? originOf(['port', name, key])
      : isGiven(['defaults', key]) ? `${originOf(['defaults', key])} (for port.${name})` : `${originOf(['port', name])}.${key}`;
    faults.push(`${origin} ${reason}`);
  };
  checkCommon(common, port, fault);
  checkMode(common, (key) => isGiven(['port', name, key]), fault);
  const broker = common.broker === 'embedded' ? embeddedUrl : common.broker ?? embeddedUrl;
  if (broker === undefined) {
    fault('broker', common.broker === 'embedded' ? 'is embedded, but this gateway has no broker inside that listens on plain TCP; start it with --broker embedded' : 'is missing, here and under [defaults], and there is no broker inside that listens on plain TCP');
  }
  if (faults.length > count || broker === undefined) return null;
  const selector = port.path !== undefined ? selectPath(port.path) : port.byId !== undefined ? selectById(port.byId) : selectPattern(port.pattern ?? '');
  const line = {
    baudRate: common.baud ?? defaultLine.baudRate, dataBits: (common.dataBits ?? 8) as 7 | 8, parity: common.parity ?? 'none',
    stopBits: (common.stopBits ?? 1) as 1 | 2, flowControl: common.flowControl ?? 'none', dtr: common.dtr, rts: common.rts,
  };
  const board = modeOf(port, common, broker);
  const wrong = board.mode === 'client' ? clientFault(name, board) : null;
  if (wrong !== null) {
    fault('mode', `cannot be "client" like this: ${wrong}`);
    return null;
  }
  return { name, selector, line, board };
}

/** What the client itself finds wrong: an identifier that is too long, say. Nothing is opened. */
function clientFault(name: string, settings: ClientSettings): string | null {
  try {
    createClient(clientOptions(name, settings));
    return null;
  } catch (thrown) {
    if (thrown instanceof MidgeError) return thrown.message;
    throw thrown;
  }
}

/** Certificates and keys that do not belong together, or are none. */
function tlsFault(common: Common): string | null {
  try {
    const tls = tlsOf(common);
    createSecureContext(tls);
    // What holds no certificate is passed over there.
    if (tls.ca !== undefined) new X509Certificate(tls.ca as Buffer);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function checkCommon(common: Common, port: PortValues, fault: (key: string, reason: string) => void): void {
  const mode = common.mode ?? 'link';
  if ((common.cert === undefined) !== (common.key === undefined)) fault(common.cert === undefined ? 'key' : 'cert', 'needs the other one of cert and key');
  const wrongTls = tlsFault(common);
  if (wrongTls !== null) fault(common.cert === undefined ? 'ca' : 'cert', `is no PEM file as TLS needs it, with the key that belongs to it: ${wrongTls}`);
  if (common.password !== undefined && common.passwordFile !== undefined) fault('password', 'is one too many beside password-file');
  const wrongPassword = passwordFileFault(common);
  if (wrongPassword !== null) fault('password-file', wrongPassword);
  const hasPassword = common.password !== undefined || common.passwordFile !== undefined;
  if (hasPassword && common.userName === undefined) fault('password', 'needs user-name');
  if (mode !== 'client') {
    if (port.publish.length + port.subscribe.length > 0) fault(port.publish.length > 0 ? 'publish' : 'subscribe', `is for mode = "client"; the mode is "${mode}"`);
    if (port.status !== undefined) fault('status', `is for mode = "client"; the mode is "${mode}"`);
  } else if (port.publish.length + port.subscribe.length === 0) fault('publish', 'is missing: mode = "client" needs rules, [[port.….publish]] or [[port.….subscribe]]');
  if (mode !== 'client' && (common.dataBits === 7 || common.flowControl === 'xon-xoff')) {
    fault(common.dataBits === 7 ? 'data-bits' : 'flow-control', `does not go with mode = "${mode}", which needs all 256 bytes`);
  }
  if (port.pattern !== undefined && port.clientId?.includes('{port}') === false) {
    fault('client-id', 'needs {port} in it, since pattern makes a client of each device');
  }
  if (mode === 'link' && common.baud !== undefined && common.baud < Limit.LinkBaud) {
    fault('baud', `is ${common.baud}; the link needs ${Limit.LinkBaud} or more, since below that one damaged frame of 254 bytes is the silence after which it gives up; modes raw and client go at any rate`);
  }
  if ((common.baudMax ?? 0) % 100 !== 0) fault('baud-max', `is ${common.baudMax}; the link changes to multiples of 100`);
  if (common.baudMax !== undefined && common.baudMax < (common.baud ?? defaultLine.baudRate)) fault('baud-max', `is ${common.baudMax}, less than baud; leave it out, or give a higher rate`);
}

/** Keys of a port that its mode or its broker does not use; those of the defaults may be for other ports. */
function checkMode({ mode = 'link', broker }: Common, isOwn: (key: string) => boolean, fault: (key: string, reason: string) => void): void {
  for (const [modes, keys] of keysOfModes) {
    if (modes.includes(mode)) continue;
    for (const key of keys.filter(isOwn)) fault(key, `is for mode = ${modes.map((one) => `"${one}"`).join(' or ')}; the mode is "${mode}"`);
  }
  if (broker === undefined || /^(mqtts|wss):/.test(broker)) return;
  for (const key of keysOfTls.filter(isOwn)) fault(key, `is for TLS; the broker is "${broker}", and would be one that begins with mqtts:// or wss://`);
}

const keysOfModes: readonly (readonly [modes: readonly string[], keys: readonly string[]])[] = [
  [['client'], ['client-id', 'frames', 'frame-bytes-max', 'line-end', 'record-bytes', 'record-start', 'mqtt', 'keep-alive-seconds', 'session-expiry-seconds']],
  [['link'], ['baud-max']],
  [['link', 'raw'], ['client-id-prefix']],
];
const keysOfTls = ['ca', 'cert', 'key', 'server-name', 'insecure'];

function identityOf(common: Common): Identity | null {
  const { userName, clientIdPrefix } = common;
  const password = passwordOf(common);
  if (userName === undefined && clientIdPrefix === undefined && password === undefined) return null;
  return { userName, password, clientIdPrefix };
}

function modeOf(port: PortValues, common: Common, url: string): ModeSettings {
  const mode = common.mode ?? 'link';
  if (mode === 'client') return { mode, ...clientMode(port, common, url, `midge-${hostname()}-{port}`) };
  const { host, port: brokerPort, isTls, wsPath } = parseUrl(url);
  const broker = { endpoint: { host, port: brokerPort, isTls, wsPath }, tls: tlsOf(common) };
  if (mode === 'raw') return { mode, broker, identity: identityOf(common) };
  return { mode, broker, identity: identityOf(common), baudRate: common.baud ?? defaultLine.baudRate, baudRateMax: common.baudMax ?? 0 };
}
