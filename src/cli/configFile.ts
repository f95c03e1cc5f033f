/**
 * A configuration of the core from a JSON file: the fields of ClientConfig over the defaults of createConfig, each
 * checked. Must not know what the configuration is for.
 * Changes together with `ClientConfig` in src/core/config.ts.
 */
import { readFileSync } from 'node:fs';
import { type ClientConfig, configFault, createConfig, createConfigV5, Version, type Will } from '../core/index.js';
import { configFaultError } from '../../targets/node/words.js';
import { UsageError, wordsOf } from './fault.js';
import { nearest, unreadable } from './values.js';

type Fields = Record<string, unknown>;

/** Fields that hold text for people, bytes for the core. */
const textFields = new Set(['password', 'payload', 'connectProperties', 'requestProperties', 'properties']);

/** The defaults where `path` is undefined. MQTT 5.0 is refused where the profile has it not. */
export function readConfig(path: string | undefined, profile: string): ClientConfig {
  const config = createConfig('midge');
  if (path === undefined) return config;
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new UsageError(`--config: "${path}" is not JSON: ${wordsOf(thrown)}`);
    throw new UsageError(`--config: ${unreadable(path, thrown)}`);
  }
  fill(config as unknown as Fields, given, path, '');
  const fault = configFault(config);
  if (fault !== 0) throw new UsageError(`--config: ${path}: ${configFaultError(config, fault).message.replace(/^(buffers|reconnect)\./, '')}`);
  if (config.version === Version.V5 && profile !== 'full') throw new UsageError(`--config: ${path}: version 5 needs the profile full, not ${profile}`);
  return config;
}

function fill(target: Fields, given: unknown, path: string, prefix: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`--config: ${path}: ${prefix === '' ? 'it' : prefix} must be an object of fields`);
  }
  for (const [name, value] of Object.entries(given as Fields)) {
    if (!(name in target)) {
      const near = nearest(name, Object.keys(target));
      throw new UsageError(`--config: ${path}: there is no field ${prefix}${name}${near === undefined ? '' : ` (did you mean ${near}?)`}; the fields are ${Object.keys(target).join(', ')}`);
    }
    target[name] = fieldValue(name, value, target[name], path, prefix);
  }
}

function fieldValue(name: string, value: unknown, before: unknown, path: string, prefix: string): unknown {
  if (value === null && before === null) return null;
  if (name === 'v5' || name === 'will') {
    const inner = (name === 'v5' ? createConfigV5() : emptyWill()) as unknown as Fields;
    fill(inner, value, path, `${name}.`);
    return inner;
  }
  if (name === 'version' && typeof value === 'string') return ({ '3.1.1': Version.V311, '5': Version.V5, '5.0': Version.V5 } as Fields)[value] ?? value;
  const wanted = textFields.has(name) ? 'string' : before === null ? 'string' : typeof before;
  if (typeof value !== wanted) throw new UsageError(`--config: ${path}: ${prefix}${name} is ${JSON.stringify(value)}; it must be a ${wanted}`);
  return textFields.has(name) ? Buffer.from(value as string) : value;
}

function emptyWill(): Will {
  return { topic: '', payload: new Uint8Array(0), qos: 0, retain: false, properties: null };
}
