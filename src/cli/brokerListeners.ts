/**
 * The ports of `midge broker`: the short options for one listener of each transport, certificates and keys read and
 * checked, and what the system says against a port, in words. Must not know the protocol.
 */
import type { Command } from 'commander';
import type { Broker, ListenAddress, ListenOptions } from '../broker/index.js';
import type { Loaded, PlainSetting } from '../config/index.js';
import { type Given, optionPlace } from '../config/place.js';
import { type BrokerConfig, type ListenerConfig, listenerSettings } from './brokerSettings.js';
import { shownName } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { readCertificate } from './certificate.js';
import { givenValue } from './settingOptions.js';

export interface ListenerOptionValues {
  readonly port?: string;
  readonly host?: string;
  readonly wsPort?: string;
  readonly tlsPort?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly cafile?: string;
}

const flags = {
  port: '-p, --port <port>', host: '-h, --host <host>', wsPort: '--ws-port <port>', tlsPort: '--tls-port <port>',
  cert: '--cert <file>', key: '--key <file>', cafile: '--cafile <file>',
} as const satisfies Record<keyof ListenerOptionValues, string>;

export function addListenerOptions(command: Command): void {
  const { cert, key, cafile } = listenerSettings.keys;
  command
    .option(flags.port, 'port for TCP, 0: a free one (default: 1883)')
    .option(flags.host, 'address to listen on; 0.0.0.0: all (default: 127.0.0.1)')
    .option(flags.wsPort, 'also WebSocket, on this port')
    .option(flags.tlsPort, 'also TLS, on this port; needs --cert and --key')
    .option(flags.cert, cert.description)
    .option(flags.key, key.description)
    .option(flags.cafile, cafile.description);
}

/** The listeners of the command line, in place of all those of the file; none if no option is about them. */
export function givenListeners(values: ListenerOptionValues): Given[] {
  if (!(Object.keys(flags) as (keyof ListenerOptionValues)[]).some((name) => values[name] !== undefined)) return [];
  const { host, tlsPort, cert, key, cafile } = values;
  const files = Object.entries({ cert, key, cafile }).filter(([, file]) => file !== undefined);
  if (tlsPort === undefined && files.length > 0) throw new UsageError(`--${files[0][0]} is for TLS; give --tls-port too`);
  if (tlsPort !== undefined && (cert === undefined || key === undefined)) throw new UsageError('--tls-port needs --cert and --key');
  const onHost = host === undefined ? {} : { host: [flags.host, host] as const };
  const listeners = [
    givenListener('tcp', { ...onHost, port: [flags.port, values.port ?? '1883'] }),
    ...(values.wsPort === undefined ? [] : [givenListener('ws', { ...onHost, port: [flags.wsPort, values.wsPort] })]),
    ...(tlsPort === undefined ? [] : [givenListener('tls', {
      ...onHost, port: [flags.tlsPort, tlsPort], cert: [flags.cert, cert!], key: [flags.key, key!], ...(cafile === undefined ? {} : { cafile: [flags.cafile, cafile] }),
    })]),
  ];
  const place = optionPlace('the listeners of the command line', '', new Map(listeners.map((listener, at) => [at, listener.place])));
  return [{ path: ['listener'], value: listeners.map(({ value }) => value), place }];
}

type GivenKeys = Partial<Record<keyof typeof listenerSettings.keys, readonly [flags: string, text: string]>>;

function givenListener(transport: ListenerConfig['transport'], keys: GivenKeys): Pick<Given, 'value' | 'place'> {
  const given = Object.entries(keys).map(([key, [option, text]]) => givenValue(listenerSettings.keys[key as keyof GivenKeys] as PlainSetting, [key], option, text));
  const portPlace = optionPlace(shownName(keys.port![0]), '');
  return {
    value: { transport, ...Object.fromEntries(given.map(({ path: [key], value }) => [key, value])) },
    place: { ...portPlace, inner: new Map([['transport', portPlace], ...given.map(({ path: [key], place }) => [key, place] as const)]) },
  };
}

/** A listener with its certificate read. */
export interface PreparedListener {
  readonly options: Required<Pick<ListenOptions, 'transport' | 'host' | 'port'>> & ListenOptions;
  /** For messages. */
  readonly origin: string;
  readonly certificate?: { readonly file: string; readonly validTo: string; readonly warning?: string };
}

/** Reads and checks the certificates. Throws a UsageError that names the file. */
export function prepareListener(config: ListenerConfig, at: number, { originOf }: Loaded<BrokerConfig>): PreparedListener {
  const { transport, host, port, path, cert, key, passphrase, cafile } = config;
  const origin = originOf(['listener', at]);
  const options = { transport, host: bareAddress(host), port, ...(path === undefined ? {} : { path }) };
  if (cert === undefined || key === undefined) return { options, origin };
  const of = (name: string): string => originOf(['listener', at, name]);
  const { tls, validTo, warning } = readCertificate({ cert, key, passphrase, cafile }, of);
  return { options: { ...options, tls }, origin, certificate: { file: cert, validTo, warning } };
}

/** `[::1]` is ::1 to the system. */
function bareAddress(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another, or 0 for a free one',
  EACCES: 'ports below 1024 need more rights; choose a higher one',
  EADDRNOTAVAIL: 'this machine has no such address; 0.0.0.0 stands for all it has',
  ENOTFOUND: 'there is no host of that name',
};

/** Opens a listener; what the system says against it, in words. */
export async function listen(broker: Broker, options: ListenOptions): Promise<ListenAddress> {
  try {
    return await broker.listen(options);
  } catch (thrown) {
    throw cannotListen(options.host, options.port, thrown);
  }
}

export function cannotListen(host: string | undefined, port: number | undefined, thrown: unknown): Failure {
  const why = reasons[(thrown as NodeJS.ErrnoException).code ?? ''] ?? wordsOf(thrown);
  return new Failure(`cannot listen on ${host}:${port}: ${why}`);
}
