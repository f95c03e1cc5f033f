/**
 * How `midge sub` prints a message: the payload, topic and payload, or a format with %, @ and \ sequences as
 * mosquitto_sub reads it. Must not know the connection.
 */
import type { MessageView } from '../../targets/node/index.js';
import { UsageError } from './fault.js';
import { timeZone, timeValue } from './timeFormat.js';

/** What is printed: the message's parts, its whole payload, and when it came. */
export interface Printed {
  readonly message: Pick<MessageView, 'topic' | 'qos' | 'retain' | 'properties'>;
  readonly payload: Buffer;
  readonly at: Date;
}

/** A printer of one message; the bytes go out as they are. */
export type Printer = (printed: Printed) => Buffer;

const nothing = Buffer.alloc(0);

/** Nothing for an empty message, as mosquitto_sub does. */
export function plainPrinter(end: string): Printer {
  return ({ payload }) => payload.length === 0 ? nothing : Buffer.concat([payload, Buffer.from(end)]);
}

export function verbosePrinter(end: string): Printer {
  return ({ message, payload }) => Buffer.concat(payload.length === 0
    ? [Buffer.from(end === '' ? '' : `${message.topic} (null)${end}`)]
    : [Buffer.from(`${message.topic} `), payload, Buffer.from(end)]);
}

/** A part of a format: fixed text, or something of the message. */
type Part = (printed: Printed) => Buffer | string;

/** Refuses a sequence that does not exist. */
export function formatPrinter(format: string, end: string): Printer {
  const parts: Part[] = [];
  const sequence = /%([-0]*)(\d*)(?:\.(\d+))?(.)|@(.)|\\(.)|[^%@\\]+|./gsu;
  for (const [whole, flags, width, most, percent, at, escaped] of format.matchAll(sequence)) {
    if (percent !== undefined) parts.push(percentPart(percent, flags, Number(width), most === undefined ? Infinity : Number(most), whole));
    else if (at !== undefined) parts.push(timePart(at, whole));
    else if (escaped !== undefined) parts.push(always(escape(escaped, whole)));
    else if (/^[%@\\]$/.test(whole)) throw new UsageError(`-F ends with ${whole}; give ${whole}${whole} for the character itself`);
    else parts.push(always(whole));
  }
  return (printed) => Buffer.concat([...parts.map((part) => part(printed)).map((out) => typeof out === 'string' ? Buffer.from(out) : out), Buffer.from(end)]);
}

function always(text: string): Part {
  return () => text;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\', '0': '\0', a: '\x07', e: '\x1b', n: '\n', r: '\r', t: '\t', v: '\v' };

function escape(letter: string, whole: string): string {
  const text = escapes[letter];
  if (text === undefined) throw new UsageError(`-F: there is no ${whole}; the escapes are ${Object.keys(escapes).map((e) => `\\${e}`).join(' ')}`);
  return text;
}

/** What a percent sequence stands for; `isNumber`: a zero flag pads it. */
interface Field {
  readonly isNumber?: boolean;
  readonly isText?: boolean;
  readonly of: Part;
}

const fields: Readonly<Record<string, Field>> = {
  '%': { of: always('%') },
  A: { isNumber: true, of: ({ message }) => optional(message.properties.topicAlias) },
  C: { isText: true, of: ({ message }) => message.properties.contentType ?? '' },
  D: { of: ({ message }) => Buffer.from(message.properties.correlationData ?? []) },
  E: { isNumber: true, of: ({ message }) => optional(message.properties.messageExpiryInterval) },
  F: { isNumber: true, of: ({ message }) => optional(message.properties.payloadFormatIndicator) },
  I: { isText: true, of: ({ at }) => isoTime(at) },
  J: { of: (printed) => jsonOf(printed, jsonPayload(printed)) },
  P: { of: ({ message }) => (message.properties.userProperties ?? []).map(([name, value]) => `${name}:${value}`).join(' ') },
  R: { isText: true, of: ({ message }) => message.properties.responseTopic ?? '' },
  S: { isNumber: true, of: ({ message }) => [message.properties.subscriptionIdentifier ?? ''].flat().join(' ') },
  U: { of: ({ at }) => `${Math.floor(at.getTime() / 1000)}.${nanoseconds(at)}` },
  X: { isNumber: true, of: ({ payload }) => payload.toString('hex').toUpperCase() },
  j: { of: (printed) => jsonOf(printed, printed.payload.toString()) },
  l: { isNumber: true, of: ({ payload }) => String(payload.length) },
  p: { of: ({ payload }) => payload },
  q: { of: ({ message }) => String(message.qos) },
  r: { of: ({ message }) => message.retain ? '1' : '0' },
  t: { isText: true, of: ({ message }) => message.topic },
  x: { isNumber: true, of: ({ payload }) => payload.toString('hex') },
};

function percentPart(letter: string, flags: string, width: number, most: number, whole: string): Part {
  const field = fields[letter];
  if (field === undefined) throw new UsageError(`-F: there is no ${whole}; the sequences are ${Object.keys(fields).map((f) => `%${f}`).join(' ')}, @ and a letter of strftime, \\ and an escape`);
  const pad = flags.includes('0') && !flags.includes('-') && field.isNumber === true ? '0' : ' ';
  return (printed) => {
    const out = field.of(printed);
    if (typeof out !== 'string') return out;
    const cut = field.isText === true && most < out.length ? out.slice(0, most) : out;
    return flags.includes('-') ? cut.padEnd(width) : cut.padStart(width, pad);
  };
}

function timePart(letter: string, whole: string): Part {
  if (letter === 'N') return ({ at }) => nanoseconds(at);
  const value = timeValue(letter);
  if (value === undefined) throw new UsageError(`-F: there is no ${whole}; @ goes with a letter of strftime, such as @Y @m @d @H @M @S @z, and @N`);
  return ({ at }) => value(at);
}

function optional(value: number | boolean | undefined): string {
  return value === undefined ? '' : String(Number(value));
}

function nanoseconds(at: Date): string {
  return String(at.getMilliseconds() * 1_000_000).padStart(9, '0');
}

function isoTime(at: Date): string {
  return `${timeValue('F')!(at)}T${timeValue('T')!(at)}${timeZone(at)}`;
}

/** The payload must be JSON itself. */
function jsonPayload({ message, payload }: Printed): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    process.stderr.write(`midge sub: the message on ${message.topic} is not JSON, which %J asks for\n`);
    return null;
  }
}

function jsonOf({ message, payload, at }: Printed, shown: unknown): string {
  const micros = String(at.getMilliseconds() * 1000).padStart(6, '0');
  const p = message.properties;
  const properties: Record<string, unknown> = {
    ...(p.payloadFormatIndicator === undefined ? {} : { 'payload-format-indicator': Number(p.payloadFormatIndicator) }),
    ...(p.messageExpiryInterval === undefined ? {} : { 'message-expiry-interval': p.messageExpiryInterval }),
    ...(p.contentType === undefined ? {} : { 'content-type': p.contentType }),
    ...(p.responseTopic === undefined ? {} : { 'response-topic': p.responseTopic }),
    ...(p.correlationData === undefined ? {} : { 'correlation-data': Buffer.from(p.correlationData).toString() }),
    ...(p.subscriptionIdentifier === undefined ? {} : { 'subscription-identifier': p.subscriptionIdentifier }),
    ...(p.userProperties === undefined ? {} : { 'user-properties': p.userProperties.map(([name, value]) => ({ [name]: value })) }),
  };
  return JSON.stringify({
    tst: `${timeValue('F')!(at)}T${timeValue('T')!(at)}.${micros}${timeZone(at)}`,
    topic: message.topic, qos: message.qos, retain: message.retain ? 1 : 0, payloadlen: payload.length,
    ...(Object.keys(properties).length === 0 ? {} : { properties }), payload: shown,
  });
}
