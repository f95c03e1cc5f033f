/*
 * Checks a fault plan and fills in its defaults. Each wrong field is named by its path in the plan, with its value and
 * what is allowed. Changes together with plan.ts.
 */
import { connackRefusalCodes } from '../protocol.js';
import type { AcknowledgementType, Fault, FaultPlan, FaultRule } from './plan.js';

/** The message begins with the path of the wrong field, e.g. `rules[0].faults[1].ms`. */
export class FaultPlanError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** Turns a value into what the fault works with, or complains. */
type Read = (value: unknown, path: string) => unknown;

interface Field {
  readonly read: Read;
  /** Whether the field must be given; if not, `missing` stands for it. */
  readonly required: boolean;
  readonly missing?: unknown;
}

const dayMs = 86_400_000;
const bytesMax = Number.MAX_SAFE_INTEGER;

function wrong(path: string, value: unknown, allowed: string): never {
  throw new FaultPlanError(`${path} is ${JSON.stringify(value) ?? String(value)}: it must be ${allowed}`);
}

const number = (least: number, most: number, unit: string): Read => (value, path) =>
  typeof value === 'number' && value >= least && value <= most ? value : wrong(path, value, `${unit} from ${least} to ${most}`);

const integer = (least: number, most: number, what = 'a whole number'): Read => (value, path) =>
  Number.isInteger(value) ? number(least, most, what)(value, path) : wrong(path, value, `${what} from ${least} to ${most}`);

const oneOf = (...allowed: readonly string[]): Read => (value, path) =>
  allowed.includes(value as string) ? value : wrong(path, value, `one of ${allowed.map((word) => `"${word}"`).join(', ')}`);

const text: Read = (value, path) => (typeof value === 'string' ? value : wrong(path, value, 'a text'));
const flag: Read = (value, path) => (typeof value === 'boolean' ? value : wrong(path, value, 'true or false'));

const numbers: Read = (value, path) => {
  if (!Array.isArray(value) || value.length === 0) wrong(path, value, 'a list of whole numbers, not empty');
  return (value as unknown[]).map((one, at) => integer(1, bytesMax)(one, `${path}[${at}]`));
};

const numberOrList: Read = (value, path) => (Array.isArray(value) ? numbers(value, path) : [integer(1, bytesMax)(value, path)]);

/** `{ from, to }`, of a number too. */
const range: Read = (value, path) => {
  if (typeof value === 'number') return { from: integer(1, bytesMax)(value, path), to: value };
  if (typeof value !== 'object' || value === null) wrong(path, value, 'a whole number from 1 or {"from": …, "to": …}');
  const found = readFields(value as Fields, path, 'a range', { from: optional(integer(1, bytesMax), 1), to: optional(integer(1, bytesMax), Infinity) });
  if ((found.from as number) > (found.to as number)) wrong(`${path}.to`, found.to, `${String(found.from)} or more, as "from" says`);
  return found;
};

const reasonCode: Read = (value, path) => {
  const code = typeof value === 'string' && /^0x[0-9a-f]{1,2}$/i.test(value) ? parseInt(value, 16) : value;
  if (connackRefusalCodes.has(code as number)) return code;
  return wrong(path, value, `a reason code of CONNACK: ${[...connackRefusalCodes].map((one) => `0x${one.toString(16)}`).join(', ')}`);
};

const required = (read: Read): Field => ({ read, required: true });
const optional = (read: Read, missing?: unknown): Field => ({ read, required: false, missing });

const anyDirection = optional(oneOf('in', 'out', 'both'), 'both');
const after = { after: optional(integer(0, bytesMax), 0), direction: optional(oneOf('in', 'out'), 'in') };
const milliseconds = number(0, dayMs, 'milliseconds');

const outgoing: readonly AcknowledgementType[] = ['CONNACK', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBACK', 'UNSUBACK', 'PINGRESP'];
const incoming: readonly string[] = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP'];
const acknowledgement = {
  type: optional(oneOf(...outgoing), ''),
  nth: optional(numberOrList, []),
  direction: optional(oneOf('in', 'out'), 'out'),
};

const faultFields: Readonly<Record<Fault['fault'], Readonly<Record<string, Field>>>> = {
  delay: { ms: required(milliseconds), jitterMs: optional(milliseconds, 0), direction: anyDirection },
  bandwidth: { bytesPerSecond: required(integer(1, 1_000_000_000)), direction: anyDirection },
  split: { at: optional(numbers, []), size: optional(range), gapMs: optional(milliseconds, 1), direction: anyDirection },
  cut: after,
  'half-open': after,
  stall: { ...after, ms: optional(milliseconds, Infinity) },
  restart: { ...after, keepState: optional(flag, true), downMs: optional(milliseconds, 0) },
  corrupt: { byte: required(integer(1, bytesMax)), xor: optional(integer(1, 255), 0), direction: after.direction },
  'drop-ack': acknowledgement,
  'duplicate-ack': acknowledgement,
  refuse: { reasonCode: required(reasonCode), reasonString: optional(text), serverReference: optional(text) },
};

const ruleFields: Readonly<Record<string, Field>> = {
  client: optional(text),
  connection: optional(range),
  attempt: optional(range),
  probability: optional((value, path) =>
    typeof value === 'number' && value > 0 && value <= 1 ? value : wrong(path, value, 'a number above 0, at most 1'), 1),
  faults: required((value, path) => {
    if (!Array.isArray(value) || value.length === 0) wrong(path, value, 'a list of faults, not empty');
    return (value as unknown[]).map((one, at) => readFault(one, `${path}[${at}]`));
  }),
};

const planFields: Readonly<Record<string, Field>> = {
  seed: optional(integer(0, 0xffff_ffff), 1),
  rules: required((value, path) => {
    if (!Array.isArray(value)) wrong(path, value, 'a list of rules');
    return (value as unknown[]).map((one, at) => readObject(one, `${path}[${at}]`, 'a rule', ruleFields));
  }),
};

function readFault(value: unknown, path: string): Fault {
  if (typeof value !== 'object' || value === null) wrong(path, value, 'an object like {"fault": "delay", "ms": 50}');
  const { fault: kind, ...rest } = value as Fields;
  const fields = typeof kind === 'string' && Object.hasOwn(faultFields, kind) ? faultFields[kind as Fault['fault']] : undefined;
  if (fields === undefined) wrong(`${path}.fault`, kind, `one of ${Object.keys(faultFields).map((name) => `"${name}"`).join(', ')}`);
  const read = { fault: kind, ...readFields(rest, path, `the fault "${String(kind)}"`, fields) };
  checkTogether(read, path);
  return read as unknown as Fault;
}

/** What no field can tell alone. */
function checkTogether(fault: Fields, path: string): void {
  if (fault.fault === 'split' && fault.size === undefined && (fault.at as number[]).length === 0) {
    throw new FaultPlanError(`${path} splits nowhere: give "at", "size" or both`);
  }
  if (fault.type !== undefined && fault.direction === 'in' && fault.type !== '' && !incoming.includes(fault.type as string)) {
    wrong(`${path}.type`, fault.type, `one of ${incoming.map((word) => `"${word}"`).join(', ')} with "direction": "in"`);
  }
}

function readObject(value: unknown, path: string, what: string, known: Readonly<Record<string, Field>>): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(path, value, `${what}: an object`);
  return readFields(value as Fields, path, what, known);
}

function readFields(given: Fields, path: string, what: string, known: Readonly<Record<string, Field>>): Fields {
  const under = path === '' ? '' : `${path}.`;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw new FaultPlanError(`${under}${name} is unknown: ${what} has ${Object.keys(known).join(', ')}`);
  }
  const found: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(known)) {
    const value = given[name];
    if (value !== undefined) found[name] = field.read(value, `${under}${name}`);
    else if (field.required) throw new FaultPlanError(`${under}${name} is missing: ${what} needs it`);
    else if (field.missing !== undefined) found[name] = field.missing;
  }
  return found;
}

/** A rule with its defaults filled in; ranges and lists are written out. */
export interface CheckedRule extends Omit<FaultRule, 'connection' | 'attempt'> {
  readonly connection?: { readonly from: number; readonly to: number };
  readonly attempt?: { readonly from: number; readonly to: number };
  readonly probability: number;
}

export interface CheckedPlan {
  readonly seed: number;
  readonly rules: readonly CheckedRule[];
}

/** Throws a FaultPlanError that names the first wrong field. */
export function checkFaultPlan(plan: FaultPlan): CheckedPlan {
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan)) {
    throw new FaultPlanError('the fault plan must be an object with "rules" and, if wanted, "seed"');
  }
  return readFields(plan as unknown as Fields, '', 'a fault plan', planFields) as unknown as CheckedPlan;
}
