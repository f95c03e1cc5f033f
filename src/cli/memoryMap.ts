/**
 * What a client of a given configuration occupies: the profile's own ES5 build is run, makes a client, and every buffer
 * and field of that client is counted. So the map cannot differ from the code.
 * Must not know how the map is shown. Changes together with `Client` in src/core/client.ts.
 */
import { createContext, runInContext } from 'node:vm';
import type { ClientConfig } from '../core/index.js';

/** A buffer or table of the client. */
export interface MemoryBuffer {
  readonly field: string;
  readonly name: string;
  readonly bytes: number;
  readonly purpose: string;
}

/** A struct: its fields, counted as C on a 32-bit processor holds them, 4 bytes each. */
export interface MemoryStruct {
  readonly name: string;
  readonly integers: number;
  readonly references: number;
  readonly bytes: number;
  readonly purpose: string;
}

export interface MemoryMap {
  readonly buffers: readonly MemoryBuffer[];
  readonly structs: readonly MemoryStruct[];
  readonly totalBytes: number;
}

interface CoreBuild {
  createClient(config: ClientConfig): object | null;
  configFault(config: ClientConfig): number;
}

const fieldBytes = 4;

/** What each buffer is, by the field of the client that holds it. */
const buffers: Readonly<Record<string, readonly [name: string, purpose: (config: ClientConfig) => string]>> = {
  input: ['receive buffer', () => 'receiveBytes: a packet that fits is handed over whole, a larger message in chunks'],
  control: ['control buffer', () => 'controlBytes: acknowledgements, requests and CONNECT on their way out'],
  arena: ['outbox arena', () => 'outboxBytes: publishes in wire form until their handshake ends'],
  slots: ['outbox table', (c) => `outboxMessages: ${c.outboxMessages} rows of 20 B, a publish each`],
  inbound: ['inbound table', (c) => `receiveMaximum: ${c.receiveMaximum} rows of 4 B, a QoS 1 or 2 message to settle each`],
  subs: ['subscription table', (c) => `subscriptions: ${c.subscriptions} rows of 16 B`],
  filters: ['filter store', () => 'filterBytes: topic filters, each its length + 3'],
  'v5.aliasesOut': ['outbound aliases', (c) => `topicAliasesOut: ${c.v5?.topicAliasesOut ?? 0} rows of aliasTopicBytes + 2`],
  'v5.aliasesIn': ['inbound aliases', (c) => `topicAliasMaximum: ${c.v5?.topicAliasMaximum ?? 0} rows of aliasTopicBytes + 2`],
  'v5.assignedClientId': ['assigned identifier', () => 'assignedClientIdBytes: the client identifier that the server chose, where clientId is empty'],
};

const structs: Readonly<Record<string, readonly [name: string, purpose: string]>> = {
  '': ['client struct', 'state of connection, buffers, handshakes and the present event'],
  'v5': ['MQTT 5.0 struct', 'limits the server set, aliases, properties of the present packet'],
  'v5.properties': ['property reader', 'place in the properties of the present packet'],
  'config': ['configuration', 'capacities, times and credentials; may lie in flash'],
  'v5.config': ['MQTT 5.0 configuration', 'as above, for MQTT 5.0'],
};

/** Runs a profile's ES5 build, module form with full field names. */
export function loadCore(es5Code: string): CoreBuild {
  const context = createContext({ Uint8Array, Int32Array });
  runInContext(es5Code, context);
  return (context as { midge: CoreBuild }).midge;
}

/** The map of a client made of `config`, which the caller has checked with `configFault`. */
export function memoryMap(core: CoreBuild, config: ClientConfig): MemoryMap {
  const client = core.createClient(config);
  if (client === null) throw new Error('the configuration has a fault');
  const found = { buffers: [] as MemoryBuffer[], structs: [] as MemoryStruct[] };
  walk(client, '', config, found, new Set());
  const totalBytes = [...found.buffers, ...found.structs].reduce((sum, part) => sum + part.bytes, 0);
  return { ...found, totalBytes };
}

function walk(struct: object, path: string, config: ClientConfig, found: { buffers: MemoryBuffer[]; structs: MemoryStruct[] }, seen: Set<object>): void {
  seen.add(struct);
  let integers = 0;
  let references = 0;
  const inner: [string, object][] = [];
  for (const [field, value] of Object.entries(struct) as [string, unknown][]) {
    if (typeof value === 'number' || typeof value === 'boolean') integers++;
    else references++;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    const at = path === '' ? field : `${path}.${field}`;
    if (ArrayBuffer.isView(value)) {
      seen.add(value);
      const [name, purpose] = buffers[at] ?? [at, () => 'a buffer of the client'];
      // What the configuration points to (payload of the will, password) is the caller's and no part of the client.
      if (!at.includes('config')) found.buffers.push({ field: at, name, bytes: value.byteLength, purpose: purpose(config) });
    } else inner.push([at, value]);
  }
  const [name, purpose] = structs[path] ?? [path, 'a struct of the client'];
  found.structs.push({ name, integers, references, bytes: (integers + references) * fieldBytes, purpose });
  for (const [at, value] of inner) if (!seen.has(value)) walk(value, at, config, found, seen);
}
