/*
 * Defaults of the options and the checks on what an embedder gives: each wrong field is named with its value and what
 * is allowed, before anything is opened. Changes together with api.ts and option-ranges.ts.
 */
import type { AttachOptions, BrokerOptions, ConnectRefusal, DisconnectOptions, ListenOptions, RestartOptions, Transport } from './api.js';
import { checkFaultPlan } from './faults/check.js';
import { optionDefaults, optionRanges } from './option-ranges.js';
import { connackRefusalCodes, ReasonCode, serverDisconnectCodes } from './protocol.js';
import { systemClock } from './timers.js';

/** Options with every limit filled in. */
export type Settings = BrokerOptions & Required<Pick<BrokerOptions, keyof typeof defaults>>;

const defaults = { ...optionDefaults, clock: systemClock } satisfies BrokerOptions;

const functions: readonly (keyof BrokerOptions)[] = ['responseInformation', 'authenticate', 'authorize', 'authorizeDelivery'];
const others: readonly (keyof BrokerOptions)[] = ['retainAvailable', 'allowAnonymous', 'refuseConnects', 'authenticationMethods', 'clock', 'state', 'data', 'faults'];

/** Throws a TypeError or RangeError naming the first wrong field. */
export function checkOptions(options: BrokerOptions): Settings {
  const known = new Set<string>([...Object.keys(optionRanges), ...functions, ...others]);
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw new TypeError(`createBroker: there is no option "${name}"; the options are ${[...known].join(', ')}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as BrokerOptions;
  for (const [name, [min, max]] of Object.entries(optionRanges)) checkInteger(name, given[name as keyof BrokerOptions], min, max);
  for (const name of functions) {
    if (given[name] !== undefined && typeof given[name] !== 'function') {
      throw new TypeError(`createBroker: ${name} is ${typeof given[name]}, it must be a function`);
    }
  }
  for (const name of ['retainAvailable', 'allowAnonymous'] as const) {
    if (given[name] === undefined || typeof given[name] === 'boolean') continue;
    throw new TypeError(`createBroker: ${name} is ${String(given[name])}, it must be true or false`);
  }
  for (const [name, method] of Object.entries(given.authenticationMethods ?? {})) {
    if (typeof method !== 'function') throw new TypeError(`createBroker: authenticationMethods["${name}"] must be a function`);
  }
  const clock = given.clock;
  if (clock !== undefined && !(['nowMs', 'setTimer', 'clearTimer'] as const).every((name) => typeof clock[name] === 'function')) {
    throw new TypeError('createBroker: clock needs the functions nowMs, setTimer and clearTimer');
  }
  if (given.state !== undefined && !Array.isArray(given.state.sessions)) {
    throw new TypeError('createBroker: state is not what close({ keepState: true }) gave');
  }
  if (given.faults !== undefined) checkFaultPlan(given.faults);
  if (given.data !== undefined && (typeof given.data !== 'string' || given.data === '')) {
    throw new TypeError(`createBroker: data is ${JSON.stringify(given.data)}, it must be the path of a folder`);
  }
  if (given.data !== undefined && given.state !== undefined) {
    throw new TypeError('createBroker: data and state are given, but a broker has its state from one of them only');
  }
  if (given.refuseConnects !== undefined) checkRefusal(given.refuseConnects);
  return { ...defaults, ...given };
}

export function checkRefusal(refusal: ConnectRefusal): void {
  if (connackRefusalCodes.has(refusal.reasonCode)) return;
  throw new RangeError(
    `refusal: reasonCode is ${hex(refusal.reasonCode)}, CONNACK allows ${[...connackRefusalCodes].map(hex).join(', ')}`,
  );
}

export function checkDisconnect(options: DisconnectOptions): void {
  if (options.reasonCode === undefined || serverDisconnectCodes.has(options.reasonCode)) return;
  throw new RangeError(
    `disconnectClient: reasonCode is ${hex(options.reasonCode)}, DISCONNECT allows ${[...serverDisconnectCodes].map(hex).join(', ')}`,
  );
}

export function checkAttach({ clientId, sessionQueueMessagesMax, sessionQueueBytesMax }: AttachOptions): void {
  if (clientId !== undefined && (typeof clientId !== 'string' || clientId === '')) throw new TypeError('attach: clientId must be a client identifier');
  checkInteger('sessionQueueMessagesMax', sessionQueueMessagesMax, ...optionRanges.sessionQueueMessagesMax, 'attach');
  checkInteger('sessionQueueBytesMax', sessionQueueBytesMax, ...optionRanges.sessionQueueBytesMax, 'attach');
}

export function checkRestart({ keepState, downMs }: RestartOptions): void {
  if (keepState !== undefined && typeof keepState !== 'boolean') {
    throw new TypeError(`restart: keepState is ${String(keepState)}, it must be true or false`);
  }
  checkInteger('downMs', downMs, 0, 86_400_000, 'restart');
}

const transports: readonly Transport[] = ['tcp', 'tls', 'ws', 'wss'];

export function checkListen(options: ListenOptions): Required<Pick<ListenOptions, 'transport' | 'host' | 'port'>> & ListenOptions {
  const { transport = 'tcp', host = '127.0.0.1', port = 0 } = options;
  if (!transports.includes(transport)) {
    throw new RangeError(`listen: transport is "${String(transport)}", it must be one of ${transports.join(', ')}`);
  }
  checkInteger('port', port, 0, 65_535, 'listen');
  if (typeof host !== 'string' || host === '') throw new TypeError('listen: host must be a host name or an address');
  if ((transport === 'tls' || transport === 'wss') && options.tls === undefined) {
    throw new TypeError(`listen: transport "${transport}" needs the option tls with a key and a certificate`);
  }
  return { ...options, transport, host, port };
}

/** What a refusing hook meant: `false` is a bad user name or password. */
export function refusalOf(result: boolean | ConnectRefusal): ConnectRefusal | undefined {
  if (result === true) return undefined;
  if (result === false) return { reasonCode: ReasonCode.BadUserNameOrPassword };
  checkRefusal(result);
  return result;
}

function checkInteger(name: string, value: unknown, min: number, max: number, where = 'createBroker'): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${where}: ${name} is ${typeof value === 'number' ? value : JSON.stringify(value)}, it must be an integer from ${min} to ${max}`);
  }
}

function hex(code: number): string {
  return Number.isInteger(code) ? `0x${code.toString(16).padStart(2, '0')}` : String(code);
}
