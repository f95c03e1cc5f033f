/**
 * Mode client in gateway.toml: how frames become messages, and messages frames. The declaration, and what has to fit
 * together. Must not know: how the rules are applied.
 */
import { mqttTextForm, type RuleBreach, type TableSetting, type TextForm } from '../../config/index.js';
import { numberBytes, type FieldType } from '../client/fields.js';
import { LinePattern, patternFault } from '../client/line-pattern.js';
import { readTemplate } from '../client/template.js';

export const expressionForm: TextForm = {
  allowed: 'a regular expression of RE2, such as ^T=(?<value>[-0-9.]+)$',
  fits: (text) => patternFault(text) === undefined,
  why: patternFault,
};

const templateForm: TextForm = {
  allowed: 'a text with places like {name}; {{ and }} stand for the braces themselves',
  fits: (text) => readTemplate(text) !== null,
};

const topicForm: TextForm = {
  allowed: 'a topic without wildcards, with places like {name} for values',
  fits: (text) => mqttTextForm.fits(text) && readTemplate(text) !== null && !/[+#]/.test(text),
};

export const filterForm: TextForm = {
  allowed: 'a topic filter: + alone in a level, # alone in the last',
  fits: (text) => mqttTextForm.fits(text) && text.split('/').every((level, at, all) => (
    level === '+' || (level === '#' && at === all.length - 1) || !/[+#]/.test(level)
  )),
};

const decimalForm: TextForm = {
  allowed: 'a decimal number other than 0, such as 0.1',
  fits: (text) => /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) && Number(text) !== 0,
  pattern: '^-?\\d+(\\.\\d+)?(e-?\\d+)?$',
};

const fieldTypes = ['text', 'number', 'hex', ...Object.keys(numberBytes)] as FieldType[];

const contentSetting = {
  kind: 'choice', of: ['text', 'json', 'cbor', 'bytes'],
  description: 'what a frame holds; by default text in lines, cbor in a CBOR sequence, else bytes',
} as const;

const fieldSetting = {
  kind: 'table', description: 'a value in a frame',
  keys: {
    'name': { kind: 'text', required: true, form: { allowed: 'a name of letters, digits, _ and -', fits: (text) => /^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) }, description: 'what templates and payloads call it' },
    'type': { kind: 'choice', of: fieldTypes, description: 'what it is; of text: text or number' },
    'at': { kind: 'integer', min: 0, max: 65_535, unit: 'bytes', description: 'of content bytes: where it begins', example: '0' },
    'bytes': { kind: 'integer', min: 1, max: 65_535, unit: 'bytes', description: 'of type text and hex in content bytes: its length', example: '8' },
    'path': { kind: 'text', description: 'of content json and cbor: names and indices joined by points; by default its name', example: '"sensors.0.value"' },
    'scale': { kind: 'text', form: decimalForm, description: 'factor of a number', example: '"0.1"' },
  },
} as const satisfies TableSetting;

type Loose = Readonly<Record<string, unknown>>;

/** The names of the groups of a regular expression. */
function groupsOf(match: string | undefined): string[] {
  return match === undefined ? [] : new LinePattern(match).groups;
}

function unknownPlace(key: string, template: string | undefined, known: readonly string[]): RuleBreach | undefined {
  const wrong = readTemplate(template ?? '')?.names.find((name) => !known.includes(name));
  return wrong === undefined ? undefined : { key, reason: `has a place {${wrong}} that nothing fills; there are ${[...new Set(known)].map((name) => `{${name}}`).join(', ')}` };
}

const fieldNames = (values: Loose): string[] => (values['fields'] as readonly { name: string }[]).map(({ name }) => name);

/** The content of a frame decides what its fields need. */
export function fieldBreach(values: Loose, content: string): RuleBreach | undefined {
  const groups = groupsOf(values['match'] as string | undefined);
  for (const field of values['fields'] as readonly { name: string; type?: FieldType; at?: number; bytes?: number; path?: string }[]) {
    const { name, type, at, bytes, path } = field;
    const wrong = (reason: string): RuleBreach => ({ key: 'fields', reason: `hold "${name}", which ${reason}` });
    if (content === 'bytes') {
      if (at === undefined || type === undefined || type === 'number') return wrong('needs at and type, such as at = 4, type = "u16le", since the content is bytes');
      if ((type === 'text' || type === 'hex') !== (bytes !== undefined)) return wrong(bytes === undefined ? `needs bytes, since its type is ${type}` : `has a length of its own, since its type is ${type}; leave out bytes`);
    } else {
      if (at !== undefined || bytes !== undefined) return wrong(`has at or bytes, which are for content bytes; the content is ${content}`);
      if (type !== undefined && type !== 'text' && type !== 'number') return wrong(`is of type ${type}, which is for content bytes; the content is ${content}`);
      if (content === 'text' && !groups.includes(name)) return wrong('is no group of match, such as (?<name>…)');
    }
    if (path !== undefined && content !== 'json' && content !== 'cbor') return wrong(`has a path, which is for content json and cbor; the content is ${content}`);
  }
  return undefined;
}

const enum Limit {
  /** Steps of the engine for the longest line: a tenth of a second on a desktop, during which no other port is served. */
  MatchSteps = 8_000_000,
}

/** Time grows with the line only, but a large counted repetition makes each byte dear. */
export function matchBreach(values: Loose): RuleBreach | undefined {
  const frameBytesMax = values['frameBytesMax'] as number;
  const all = (values['publish'] as readonly { match?: string }[]).map(({ match }) => (match === undefined ? 0 : new LinePattern(match).stepsPerByte));
  const steps = all.reduce((sum, one) => sum + one, 0);
  if (steps * frameBytesMax <= Limit.MatchSteps) return undefined;
  const most = Math.floor(Limit.MatchSteps / steps);
  return { key: 'frame-bytes-max', reason: `is ${frameBytesMax}, and may be at most ${most} with these match expressions, which take up to ${steps} steps for each byte of a line; repetitions such as {0,100} make them large` };
}

export const publishSetting = {
  kind: 'table', description: 'a message made of a frame; the first rule that fits makes it',
  keys: {
    'match': { kind: 'text', form: expressionForm, description: 'only lines that this regular expression fits; its groups are values', example: '"^(?<id>\\\\w+) (?<power>[-0-9.]+)$"' },
    'content': contentSetting,
    'topic': { kind: 'text', required: true, form: topicForm, description: 'topic; {port} is the name of the port, {line} the line', example: '"meters/{id}/power"' },
    'fields': { kind: 'tables', description: 'values to take out of the frame', of: fieldSetting },
    'payload': { kind: 'choice', of: ['raw', 'text', 'json', 'cbor'], default: 'raw', description: 'the frame itself, a text, or the values by name' },
    'text': { kind: 'text', form: templateForm, description: 'the payload, for payload = "text"', example: '"{power} W"' },
    'qos': { kind: 'integer', min: 0, max: 1, default: 1, description: '0: at most once; 1: at least once' },
    'retain': { kind: 'boolean', default: false, description: 'the broker keeps the last one for who subscribes later' },
    'keep-latest': { kind: 'boolean', default: false, description: 'while the broker is away only the newest message of a topic waits, in memory' },
  },
  rules: [
    (values) => {
      const known = ['port', 'line', ...groupsOf(values['match'] as string | undefined), ...fieldNames(values)];
      return unknownPlace('topic', values['topic'] as string, known) ?? unknownPlace('text', values['text'] as string | undefined, known);
    },
    (values) => ((values['payload'] === 'text') === (values['text'] !== undefined) ? undefined
      : { key: 'payload', reason: 'is "text" where text is given, and only there' }),
  ],
} as const satisfies TableSetting;

export const subscribeSetting = {
  kind: 'table', description: 'messages that become frames for the board',
  keys: {
    'filter': { kind: 'text', required: true, form: filterForm, description: 'topic filter', example: '"meters/+/set"' },
    'qos': { kind: 'integer', min: 0, max: 1, default: 1, description: '0: at most once; 1: at least once' },
    'content': { ...contentSetting, description: 'what a payload holds, for fields; by default text' },
    'fields': { kind: 'tables', description: 'values to take out of the payload', of: fieldSetting },
    'text': { kind: 'text', form: templateForm, description: 'the frame; {topic}, {payload}, {port}, {level1} for the first wildcard; by default the payload as it is', example: '"SET {level1} {payload}"' },
  },
  rules: [
    (values) => {
      const wildcards = String(values['filter']).split('/').filter((level) => level === '+' || level === '#');
      const known = ['port', 'topic', 'payload', ...wildcards.map((_, at) => `level${at + 1}`), ...fieldNames(values)];
      return unknownPlace('text', values['text'] as string | undefined, known);
    },
    (values) => fieldBreach(values, (values['content'] as string | undefined) ?? 'text'),
  ],
} as const satisfies TableSetting;
