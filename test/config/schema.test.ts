// The JSON Schema says what the checker says: both judge the same documents, the schema by a validator not written here.

import Ajv from 'ajv';
import test from 'ava';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { brokerSettings } from '../../src/cli/brokerSettings.js';
import { exampleFile, jsonSchema, type PlainSetting, type Setting, type TableSetting } from '../../src/config/index.js';
import { faultsOf, newFolder } from './files.js';

const folder = newFolder();
test.after.always(() => { folder.remove(); });

/** The validator knows draft 7 only, in which the keywords used here mean what they mean in 2020-12. */
function validatorOf(declared: TableSetting): (document: unknown) => boolean {
  const { $schema, ...schema } = jsonSchema(declared, 'test');
  if ($schema !== 'https://json-schema.org/draft/2020-12/schema') throw new Error('the schema is of another draft');
  return new Ajv({ schemaId: 'auto', unknownFormats: 'ignore' }).compile(schema) as (document: unknown) => boolean;
}

const wrongValues = [-1, 0, 1, 70_000, 2 ** 40, 1.5, 'x', '', true, ['x'], [1], { x: 1 }];

/** A value of each kind that is right, now and then one that is not. */
function valueOf(setting: Setting): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: rightValue(setting) }, { weight: 1, arbitrary: fc.constantFrom(...wrongValues) });
}

function rightValue(setting: Setting): fc.Arbitrary<unknown> {
  switch (setting.kind) {
    case 'integer':
      return fc.integer({ min: setting.min, max: setting.max });
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...setting.of);
    case 'text':
      return fc.constantFrom(...textsOf(setting));
    case 'file':
      return fc.constant('there');
    case 'list':
      return fc.array(rightValue(setting.of), { minLength: setting.min ?? 0, maxLength: 3 });
    case 'table':
      return tableOf(setting);
    case 'tables':
      return fc.array(tableOf(setting.of), { maxLength: 2 });
    case 'named tables':
      return fc.dictionary(fc.constantFrom('a', 'b', 'A1'), tableOf(setting.of), { maxKeys: 2 });
  }
}

function textsOf({ example }: PlainSetting): string[] {
  return [...(example === undefined ? [] : [(parse(`x = ${example}`) as { x: string }).x]), '127.0.0.1', 'mqtt://host', 'http://host', 'a', 'host:1', ''];
}

/** Some of its keys, those that are required nearly always. */
function tableOf({ keys }: TableSetting): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(keys).map(([key, setting]) => {
    const present = fc.integer({ min: 0, max: 9 }).map((n) => setting.required ? n > 0 : n > 6);
    return fc.tuple(fc.constant(key), present, valueOf(setting));
  });
  const unknown = fc.tuple(fc.constant('no-such-key'), fc.integer({ min: 0, max: 60 }).map((n) => n === 0), fc.constant<unknown>(1));
  return fc.tuple(...entries, unknown).map((all) => Object.fromEntries(all.filter(([, isPresent]) => isPresent).map(([key, , value]) => [key, value])));
}

/** Of every kind; all that the checker asks of it a schema can say. */
const sayable = {
  kind: 'table',
  description: 'all kinds',
  keys: {
    'count': { kind: 'integer', min: 1, max: 10, default: 5, description: 'a number' },
    'is-on': { kind: 'boolean', default: true, description: 'a truth value' },
    'mode': { kind: 'choice', of: ['raw', 'link'], default: 'raw', description: 'a choice' },
    'label': { kind: 'text', form: { allowed: 'letters', fits: (text) => /^[a-z]+$/.test(text), pattern: '^[a-z]+$' }, description: 'a text' },
    'topics': { kind: 'list', of: { kind: 'text', description: 'a topic' }, min: 1, description: 'a list' },
    'inner': { kind: 'table', description: 'a table', keys: { 'deep': { kind: 'integer', min: 0, max: 1, default: 0, description: 'deep' } } },
    'item': { kind: 'tables', description: 'tables', of: { kind: 'table', description: 'one', keys: { 'name': { kind: 'text', required: true, description: 'a name' } } } },
    'port': {
      kind: 'named tables', nameForm: { allowed: 'letters', fits: (text) => /^[a-z]+$/.test(text), pattern: '^[a-z]+$' }, description: 'named',
      of: { kind: 'table', description: 'one', keys: { 'baud': { kind: 'integer', min: 300, max: 4_000_000, default: 115_200, description: 'speed' } } },
    },
  },
} as const satisfies TableSetting;

function isRight(declared: TableSetting, document: Record<string, unknown>): boolean {
  return faultsOf(declared, folder.write('generated.toml', stringify(document))).length === 0;
}

function count(isCounted: boolean, counts: { right: number; wrong: number }): void {
  if (isCounted) counts.right++;
  else counts.wrong++;
}

test('schema and checker agree on every document of a declaration that a schema can say whole', (t) => {
  const validates = validatorOf(sayable);
  const counts = { right: 0, wrong: 0 };
  fc.assert(fc.property(tableOf(sayable), (document) => {
    const right = isRight(sayable, document);
    count(right, counts);
    return validates(document) === right;
  }), { numRuns: 1500 });
  t.true(counts.right > 100 && counts.wrong > 100, JSON.stringify(counts));
});

test('what the checker takes for broker.toml, the schema takes; and the example', (t) => {
  folder.write('there', '');
  const validates = validatorOf(brokerSettings);
  const counts = { right: 0, wrong: 0 };
  fc.assert(fc.property(tableOf(brokerSettings), (document) => {
    const right = isRight(brokerSettings, document);
    count(right, counts);
    return !right || validates(document);
  }), { numRuns: 1500 });
  t.true(counts.wrong > 100, JSON.stringify(counts));
  t.true(validates(parse(exampleFile(brokerSettings, ''))));
  for (const [text, isTaken] of [
    ['', true], ['[limits]\nreceive-maximum = 0', false], ['[limits]\nreceive-maximum = "1"', false], ['limit = 1', false], ['[[listener]]\nhost = "a"', false],
    ['[[listener]]\nport = 1\ntransport = "udp"', false], ['[[bridge]]\nname = "a"\nurl = "http://x"', false], ['[[bridge]]\nname = "a"\nurl = "mqtt://x"\n[[bridge.topic]]\nfilter = "a"\ndirection = "out"', true],
    ['[log]\nlevel = "loud"', false], ['[refuse-connects]', false], ['[access]\nauth-url = "ftp://x"', false],
  ] as const) t.is(validates(parse(text)), isTaken, text);
});
