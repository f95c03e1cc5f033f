/**
 * A session in the platform's preferences, for boards without a partition of their own: a record is a key, and no key is written twice before it is
 * deleted, since the platform writes a key anew by deleting it first. Must not know: what is kept.
 *
 * Read first: README.md, "A session that outlives a reboot".
 */
import { JournalStore, type Medium, type StoreFailure } from './journal-store.js';

export interface Preferences {
  set(domain: string, key: string, value: ArrayBuffer): void;
  get(domain: string, key: string): unknown;
  delete(domain: string, key: string): void;
  keys(domain: string): string[];
}

export interface PreferenceStoreOptions {
  /** The default export of `preference`. */
  io: Preferences;
  /** 1 to 15 characters; "midge" when absent. All its keys are the store's. */
  domain?: string;
  /** Keys that are written until all that holds is written anew, 32 when absent. There are up to twice as many. */
  records?: number;
  onError?: StoreFailure;
}

const enum Size {
  /** Some hosts read back at most 61 bytes. */
  Record = 56,
  Areas = 2,
  /** Some hosts have no longer names. */
  DomainMax = 15,
  RecordsMax = 4095,
}

const names: readonly string[] = Object.freeze(['io', 'domain', 'records', 'onError']);

class PreferenceMedium implements Medium {
  readonly name: string;
  readonly recordBytes: number = Size.Record;
  readonly areas: number = Size.Areas;
  readonly areaRecords: number;
  readonly #io: Preferences;
  readonly #domain: string;
  readonly #buffer = new Uint8Array(Size.Record);

  constructor(options: PreferenceStoreOptions) {
    for (const name of Object.keys(options)) if (!names.includes(name)) throw new TypeError(`PreferenceStore has no option "${name}"; there are ${names.join(', ')}`);
    const { io, domain = 'midge', records = 32 } = options;
    if (typeof (io as Preferences | undefined)?.keys !== 'function') throw new TypeError('io must be the default export of "preference"');
    if (typeof domain !== 'string' || domain.length < 1 || domain.length > Size.DomainMax) throw new RangeError(`domain is "${String(domain)}"; it must have 1 to ${Size.DomainMax} characters`);
    if (Math.floor(records) !== records || records < 1 || records > Size.RecordsMax) throw new RangeError(`records is ${records}; it must be 1 to ${Size.RecordsMax}`);
    this.#io = io;
    this.#domain = domain;
    this.name = `preference domain "${domain}"`;
    this.areaRecords = records;
  }

  larger(records: number): string {
    return `set records to ${records} or more`;
  }

  read(area: number, place: number): Uint8Array {
    const value = this.#io.get(this.#domain, keyOf(area, place));
    this.#buffer.fill(255);
    if (value instanceof ArrayBuffer && value.byteLength === Size.Record) this.#buffer.set(new Uint8Array(value));
    // Not what the store writes: it is not to be written over.
    else if (value !== undefined) this.#buffer[0] = 0;
    return this.#buffer;
  }

  write(area: number, place: number, record: Uint8Array): void {
    this.#io.set(this.#domain, keyOf(area, place), record.buffer as ArrayBuffer);
  }

  erase(area: number): void {
    const letter = keyOf(area, 0)[0];
    for (const key of this.#io.keys(this.#domain)) if (key[0] === letter) this.#io.delete(this.#domain, key);
  }
}

function keyOf(area: number, place: number): string {
  return (area === 0 ? 'a' : 'b') + place;
}

export class PreferenceStore extends JournalStore {
  constructor(options: PreferenceStoreOptions) {
    super(new PreferenceMedium(options), options.onError);
  }
}
