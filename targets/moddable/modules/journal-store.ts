/**
 * The core's journal on a medium: records that are written once, in areas that are erased whole.
 * Must not know: what the medium is.
 *
 * Read first: src/core/README.md, "A journal".
 */
import type { Client } from './core.js';
import {
  checkOf, createJournal, type Journal, journalFailed, journalHead, journalNext, journalNextArea, journalRecordsMax, journalReplay, JournalStep,
} from './journal.js';
import type { Store } from './store.js';
import { textBytes } from './text.js';

export interface Medium {
  /** For messages: `partition "storage"`. */
  readonly name: string;
  readonly recordBytes: number;
  readonly areaRecords: number;
  readonly areas: number;
  /** What to do where an area is too small for `records`. */
  larger(records: number): string;
  /** A record; as after an erase where none was written. Valid until the next call. */
  read(area: number, place: number): Uint8Array;
  write(area: number, place: number, record: Uint8Array): void;
  erase(area: number): void;
}

/** Told when the medium fails. The client goes on; what it keeps is tried again in another area. */
export type StoreFailure = (words: string) => void;

function traceFailure(words: string): void {
  trace(`${words}\n`);
}

export class JournalStore implements Store {
  readonly #medium: Medium;
  readonly #tell: StoreFailure;
  #core: Client | undefined;
  #journal: Journal | undefined;
  /** Areas in turn that failed; as many as there are: it is left at that. */
  #failures = 0;

  constructor(medium: Medium, onError: StoreFailure | undefined) {
    if (onError !== undefined && typeof onError !== 'function') throw new TypeError('onError must be a function: (words) => {…}');
    this.#medium = medium;
    this.#tell = onError ?? traceFailure;
  }

  attach(core: Client): void {
    const medium = this.#medium;
    const { recordBytes, areaRecords, areas } = medium;
    if (this.#core !== undefined) throw new Error(`${medium.name} keeps the session of a client that is in use: close that one, or give this one a store of its own`);
    if (core.inbound.length === 0) throw new Error('store: this build has QoS 0 only, which leaves nothing to keep; build with profile mqtt311 or full');
    const { clientId, version } = core.config;
    // A journal is of one client, in one form.
    const name = textBytes(`${clientId} ${version} ${recordBytes} ${areaRecords} ${areas}`);
    const journal = createJournal(core, recordBytes, areaRecords, areas, checkOf(name, 0, name.length, 1));
    if (journal === null) {
      const needed = journalRecordsMax(core, recordBytes) + 1;
      throw new RangeError(`${medium.name} has areas of ${areaRecords} records; a session with outboxBytes ${core.arenaSize}, outboxMessages ${core.config.outboxMessages} `
        + `and inboundMessages ${core.inbound.length} may take ${needed}: ${medium.larger(needed)}, or make those smaller`);
    }
    this.#restore(journal, core);
    if (journal.tooLarge !== 0) {
      throw new RangeError(journal.tooLarge > 0
        ? `${medium.name} keeps a message of ${journal.tooLarge} bytes that does not fit: outboxBytes (${core.arenaSize}) and outboxMessages (${core.config.outboxMessages}) must not be smaller than they were`
        : `${medium.name} keeps more inbound messages than inboundMessages (${core.inbound.length}) allows: it must not be smaller than it was`);
    }
    this.#core = core;
    this.#journal = journal;
    this.#failures = 0;
  }

  #restore(journal: Journal, core: Client): void {
    const medium = this.#medium;
    for (let area = 0; area < medium.areas; area++) journalHead(journal, area, medium.read(area, 0));
    for (let area = journalNextArea(journal, core); area >= 0; area = journalNextArea(journal, core)) {
      let place = 1;
      while (journalReplay(journal, core, medium.read(area, place))) place += 1;
    }
  }

  save(): void {
    const journal = this.#journal;
    if (journal === undefined || this.#failures >= this.#medium.areas) return;
    for (let step = journalNext(journal, this.#core!); step !== JournalStep.None; step = journalNext(journal, this.#core!)) {
      try {
        if (step === JournalStep.Erase) this.#medium.erase(journal.area);
        else this.#medium.write(journal.area, journal.recordAt, journal.record);
      } catch (error) {
        journalFailed(journal);
        this.#failures += 1;
        const isOver = this.#failures >= this.#medium.areas;
        const next = !isOver ? 'another area is tried'
          : this.#forget() ? 'the session is not kept any more, and what was kept is erased'
            : 'the session is not kept any more, and what was kept cannot be erased: after a reboot an old session is taken up, so give the client another id then';
        this.#tell(`${this.#medium.name}: ${error instanceof Error ? error.message : String(error)}; ${next}`);
        if (isOver) return;
      }
    }
    this.#failures = 0;
  }

  /** Erases all areas, since a session that others went on with must not be taken up: an identifier of old would swallow a new message. False: one cannot be. */
  #forget(): boolean {
    let isErased = true;
    for (let area = 0; area < this.#medium.areas; area++) {
      try {
        this.#medium.erase(area);
      } catch {
        isErased = false;
      }
    }
    return isErased;
  }

  detach(): void {
    this.#core = undefined;
    this.#journal = undefined;
  }
}
