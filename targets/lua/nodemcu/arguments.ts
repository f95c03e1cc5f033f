/**
 * The arguments of NodeMCU's calls as a program gives them: what is of the wrong kind is refused by its name where it is taken, so that nothing fails later, or
 * is ignored. Must not know: what they are for.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware.
 */
import { createBytes, putText, TextFault, textFault } from '../../../src/core/bytes.js';
import { error } from '../lua.js';
import { defaultPort, needsHost, portNumberMax, portNumberName, whyNotSecure } from './port.js';

const enum Topic {
  Most = 65535,
}

/** A flag as the documentation has it: 1, 0, true, false, or left out for `absent`. `name` says whose argument it is. */
export function flagOf(value: unknown, absent: boolean, name: string): boolean {
  if (value === 1 || value === true) return true;
  if (value === 0 || value === false) return false;
  if (value !== undefined) error(name + ' must be 0, 1, true or false', 3);
  return absent;
}

export function isWhole(value: unknown): value is number {
  return typeof value === 'number' && value % 1 === 0;
}

/** Whether messages can be published to it. */
export function isTopic(topic: string): boolean {
  const bytes = createBytes(topic.length);
  return topic !== '' && topic.length <= Topic.Most && textFault(bytes, 0, putText(bytes, 0, topic.length, topic)) === TextFault.None;
}

/** What `connect` is told. */
export interface Target {
  host: string;
  portNumber: number;
  isSecure: boolean;
  /** Nil where it is not said. */
  isPersistent: boolean | undefined;
  connected: unknown;
  failed: unknown;
}

function isFlag(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** `host[, port[, secure[, autoreconnect]]][, function(client)[, function(client, reason)]]` */
export function connectArguments(rest: unknown[]): Target {
  const target: Target = { host: '', portNumber: defaultPort, isSecure: false, isPersistent: undefined, connected: undefined, failed: undefined };
  let at = 0;
  if (typeof rest[0] === 'string') {
    if (!needsHost) error('mqtt: connect: over the UART the gateway knows the host; give the baud rate alone, or nothing', 3);
    target.host = rest[0];
    at = 1;
  } else if (needsHost) error('mqtt: connect: host must be a string', 3);
  const number = rest[at];
  if (typeof number === 'number') {
    if (!isWhole(number) || number < 1 || number > portNumberMax) error('mqtt: connect: ' + portNumberName + ' must be 1 to ' + portNumberMax, 3);
    target.portNumber = number;
    at += 1;
  }
  if (isFlag(rest[at])) {
    target.isSecure = flagOf(rest[at], false, 'mqtt: connect: secure');
    if (target.isSecure && whyNotSecure() !== '') error('mqtt: connect: ' + whyNotSecure(), 3);
    at += 1;
  }
  if (isFlag(rest[at])) {
    target.isPersistent = flagOf(rest[at], false, 'mqtt: connect: autoreconnect');
    at += 1;
  }
  target.connected = rest[at];
  target.failed = rest[at + 1];
  if (rest[at + 2] !== undefined) error('mqtt: connect: nothing may stand behind the second function, and no nil in the place of port or secure', 3);
  if (!isHandler(target.connected) || !isHandler(target.failed)) {
    error('mqtt: connect: behind the host stand ' + portNumberName + ' (a number), secure (true or false), and one or two functions, in this order', 3);
  }
  return target;
}

function isHandler(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}
