/**
 * The declared settings as a JSON Schema (draft 2020-12), for editors that complete and check TOML by one.
 * Must not know any program's settings. Changes together with check.ts.
 * Read first: JSON Schema Validation draft 2020-12, sections 6 and 9.
 */
import type { Setting, TableSetting } from './settings.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

export function jsonSchema(declared: TableSetting, title: string): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...schemaOf(declared) };
}

function schemaOf(setting: Setting): JsonSchema {
  const { description } = setting;
  const byDefault = 'default' in setting && setting.default !== undefined ? { default: setting.default } : {};
  switch (setting.kind) {
    case 'integer':
      return { description: setting.unit === undefined ? description : `${description} (${setting.unit})`, type: 'integer', minimum: setting.min, maximum: setting.max, ...byDefault };
    case 'boolean':
      return { description, type: 'boolean', ...byDefault };
    case 'text':
      return { description, type: 'string', ...(setting.form?.pattern === undefined ? {} : { pattern: setting.form.pattern }), ...byDefault };
    case 'choice':
      return { description, enum: setting.of, ...byDefault };
    case 'file':
      return { description, type: 'string', minLength: 1 };
    case 'list':
      return { description, type: 'array', items: schemaOf(setting.of), ...(setting.min === undefined ? {} : { minItems: setting.min }) };
    case 'table': {
      const required = Object.entries(setting.keys).filter(([, one]) => one.required).map(([key]) => key);
      const properties = Object.fromEntries(Object.entries(setting.keys).map(([key, one]) => [key, schemaOf(one)]));
      return { description, type: 'object', properties, ...(required.length === 0 ? {} : { required }), additionalProperties: false };
    }
    case 'tables':
      return { description, type: 'array', items: schemaOf(setting.of) };
    case 'named tables': {
      const pattern = setting.nameForm?.pattern;
      return { description, type: 'object', ...(pattern === undefined ? {} : { propertyNames: { pattern } }), additionalProperties: schemaOf(setting.of) };
    }
  }
}
