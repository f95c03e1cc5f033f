/**
 * What a struct of a given configuration occupies, above all a client: its own ES5 build is run, makes one, and every buffer
 * and field of it is counted. So the map cannot differ from the code.
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

export interface CoreBuild {
  createClient(config: ClientConfig): object | null;
  configFault(config: ClientConfig): number;
}

const fieldBytes = 4;

/** What each buffer is, by the field that holds it; `rowBytes` where it is a table. */
interface Purpose<C> {
  readonly name: string;
  readonly purpose: string;
  readonly rowBytes?: (config: C) => number;
}

/** Words for the parts of one kind of struct. */
export interface MapWords<C> {
  /** What the struct is called where a part has no words of its own. */
  readonly noun: string;
  readonly buffers: Readonly<Record<string, Purpose<C>>>;
  readonly structs: Readonly<Record<string, readonly [name: string, purpose: string]>>;
}

const aliasRowBytes = (config: ClientConfig): number => (config.v5?.aliasTopicBytes ?? 64) + 2;

const buffers: Readonly<Record<string, Purpose<ClientConfig>>> = {
  input: { name: 'receive buffer', purpose: 'receiveBytes: a packet that fits is handed over whole, a larger message in chunks' },
  control: { name: 'control buffer', purpose: 'controlBytes: acknowledgements, requests and CONNECT on their way out' },
  arena: { name: 'outbox arena', purpose: 'outboxBytes: publishes in wire form until their handshake ends' },
  slots: { name: 'outbox table', purpose: 'outboxMessages: a row for each publish in the outbox', rowBytes: () => 20 },
  inbound: { name: 'inbound table', purpose: 'receiveMaximum: a row for each QoS 1 or 2 message that is not settled', rowBytes: () => 4 },
  subs: { name: 'subscription table', purpose: 'subscriptions: a row each', rowBytes: () => 16 },
  filters: { name: 'filter store', purpose: 'filterBytes: topic filters, each its length + 3' },
  'v5.aliasesOut': { name: 'outbound aliases', purpose: 'topicAliasesOut: a row for each topic', rowBytes: aliasRowBytes },
  'v5.aliasesIn': { name: 'inbound aliases', purpose: 'topicAliasMaximum: a row for each topic', rowBytes: aliasRowBytes },
  'v5.assignedClientId': { name: 'assigned identifier', purpose: 'assignedClientIdBytes: the client identifier that the server chose' },
};

const structs: Readonly<Record<string, readonly [name: string, purpose: string]>> = {
  '': ['client struct', 'state of connection, buffers, handshakes and the present event'],
  'v5': ['MQTT 5.0 struct', 'limits the server set, aliases, properties of the present packet'],
  'v5.properties': ['property reader', 'place in the properties of the present packet'],
  'config': ['configuration', 'capacities, times and credentials; may lie in flash'],
  'config.will': ['will', 'topic, payload and flags of the will'],
  'config.v5': ['MQTT 5.0 configuration', 'the same for MQTT 5.0'],
};

/** Runs an ES5 build, module form with full field names. */
export function loadBuild<B>(es5Code: string): B {
  const context = createContext({ Uint8Array, Int32Array });
  runInContext(es5Code, context);
  return (context as { midge: B }).midge;
}

export function loadCore(es5Code: string): CoreBuild {
  return loadBuild<CoreBuild>(es5Code);
}

/** The map of a client made of `config`, which the caller has checked with `configFault`. */
export function memoryMap(core: CoreBuild, config: ClientConfig): MemoryMap {
  return mapOf(core.createClient(config), config, { noun: 'client', buffers, structs });
}

/** The map of any struct: each buffer and field that can be reached from it. */
export function mapOf<C>(struct: object | null, config: C, words: MapWords<C>): MemoryMap {
  if (struct === null) throw new Error('the configuration has a fault');
  const found: Found = { structs: [], fieldsOf: new Map() };
  walk(struct, '', found, new Set(), words);
  const parts = [...found.fieldsOf].map(([bytes, fields]) => bufferOf(bytes, fields, config, words));
  const totalBytes = [...parts, ...found.structs].reduce((sum, part) => sum + part.bytes, 0);
  return { buffers: parts, structs: found.structs, totalBytes };
}

interface Found {
  readonly structs: MemoryStruct[];
  readonly fieldsOf: Map<ArrayBufferView, string[]>;
}

/** Several fields may hold one buffer, such as the one that is being sent: it counts once, by the name it is known under. */
function bufferOf<C>(view: ArrayBufferView, fields: readonly string[], config: C, words: MapWords<C>): MemoryBuffer {
  const field = fields.find((one) => one in words.buffers) ?? fields[0];
  const { name, purpose, rowBytes } = words.buffers[field] ?? { name: field, purpose: `a buffer of the ${words.noun}` };
  const bytes = view.byteLength;
  const rows = rowBytes === undefined ? '' : ` (${bytes / rowBytes(config)} of ${rowBytes(config)} B)`;
  return { field, name, bytes, purpose: purpose + rows };
}

function walk<C>(struct: object, path: string, found: Found, seen: Set<object>, words: MapWords<C>): void {
  seen.add(struct);
  let integers = 0;
  let references = 0;
  const inner: [string, object][] = [];
  for (const [field, value] of Object.entries(struct) as [string, unknown][]) {
    if (typeof value === 'number' || typeof value === 'boolean') integers++;
    else references++;
    if (typeof value !== 'object' || value === null) continue;
    const at = path === '' ? field : `${path}.${field}`;
    // What the configuration points to (payload of the will, password) is the caller's and no part of the struct.
    if (ArrayBuffer.isView(value)) {
      if (!at.includes('config') && value.byteLength > 0) found.fieldsOf.set(value, [...found.fieldsOf.get(value) ?? [], at]);
    } else inner.push([at, value]);
  }
  const [name, purpose] = words.structs[path] ?? [path, `a struct of the ${words.noun}`];
  found.structs.push({ name, integers, references, bytes: (integers + references) * fieldBytes, purpose });
  for (const [at, value] of inner) if (!seen.has(value)) walk(value, at, found, seen, words);
}
