/**
 * Where each key and each item of an array stands in a TOML text, which the parser does not tell. The text has been
 * accepted by the parser: nothing is checked here. Must not know what the keys mean.
 * Read first: TOML 1.1, sections Keys, Table, Inline Table and Array of Tables.
 */
import { parse } from 'smol-toml';
import type { Place } from './place.js';

/** The place of the whole text, which holds all others. */
export function placesOf(source: string): Place {
  return new Locator(source).root;
}

class Locator {
  readonly root: Place = { line: 1, column: 1, text: '', inner: new Map() };
  private at = 0;
  private line = 1;
  private lineFrom = 0;

  constructor(private readonly source: string) {
    if (source.startsWith('\uFEFF')) this.at = this.lineFrom = 1;
    let table = this.root;
    for (this.skipBlank(); this.at < source.length; this.skipBlank()) {
      if (source[this.at] === '[') table = this.header();
      else this.keyAndValue(table);
    }
  }

  private header(): Place {
    const here = this.here();
    const isItem = this.source[this.at + 1] === '[';
    this.at += isItem ? 2 : 1;
    const keys = this.keys(']');
    this.at += isItem ? 2 : 1;
    let place = this.root;
    for (const [depth, key] of keys.entries()) {
      const isLast = depth === keys.length - 1;
      const known = place.inner.get(key);
      const next = known ?? newPlace(here, '');
      if (known === undefined) place.inner.set(key, next);
      if (isLast && isItem) {
        place = newPlace(here, '');
        next.inner.set(next.inner.size, place);
      } else if (isLast && known !== undefined) {
        // A header after [table.below] or a dotted key: this line is where people look for the table.
        const mine: Place = { ...newPlace(here, ''), inner: known.inner };
        place.inner.set(key, mine);
        place = mine;
      } else place = lastItem(next);
    }
    return place;
  }

  private keyAndValue(table: Place): void {
    const here = this.here();
    const keys = this.keys('=');
    this.at++;
    this.skipSpace();
    let place = table;
    for (const key of keys.slice(0, -1)) {
      const next = place.inner.get(key) ?? newPlace(here, '');
      place.inner.set(key, next);
      place = next;
    }
    place.inner.set(keys[keys.length - 1], this.value(here));
  }

  /** Stops before `end`. */
  private keys(end: string): string[] {
    const keys: string[] = [];
    for (;;) {
      this.skipSpace();
      const from = this.at;
      const first = this.source[from];
      if (first === '"' || first === "'") {
        this.skipString();
        keys.push((parse(`key = ${this.source.slice(from, this.at)}`) as { key: string }).key);
      } else {
        while (/[A-Za-z0-9_-]/.test(this.source[this.at])) this.at++;
        keys.push(this.source.slice(from, this.at));
      }
      this.skipSpace();
      if (this.source[this.at] === end) return keys;
      this.at++;
    }
  }

  private value(here: Position): Place {
    const from = this.at;
    const inner: Place['inner'] = new Map();
    const first = this.source[from];
    if (first === '[') {
      this.items(']', () => { inner.set(inner.size, this.value(this.here())); });
    } else if (first === '{') {
      const table = newPlace(here, '');
      this.items('}', () => { this.keyAndValue(table); });
      return { ...table, text: this.source.slice(from, this.at) };
    } else if (first === '"' || first === "'") this.skipString();
    else while (this.at < this.source.length && !/[,\]}#\r\n]/.test(this.source[this.at])) this.at++;
    return { ...here, text: this.source.slice(from, this.at).trimEnd(), inner };
  }

  private items(end: string, one: () => void): void {
    this.at++;
    for (this.skipBlank(); this.source[this.at] !== end; this.skipBlank()) {
      one();
      this.skipBlank();
      if (this.source[this.at] === ',') this.at++;
    }
    this.at++;
  }

  private skipString(): void {
    const { source } = this;
    const quote = source[this.at];
    const triple = quote.repeat(3);
    if (!source.startsWith(triple, this.at)) {
      for (this.at++; source[this.at] !== quote; this.at++) if (quote === '"' && source[this.at] === '\\') this.at++;
      this.at++;
      return;
    }
    for (this.at += 3; !source.startsWith(triple, this.at); this.at++) {
      if (quote === '"' && source[this.at] === '\\') this.at++;
      if (source[this.at] === '\n') this.newLine();
    }
    this.at += 3;
    // Up to two quotes may stand before the closing three.
    while (source[this.at] === quote) this.at++;
  }

  private skipSpace(): void {
    while (this.source[this.at] === ' ' || this.source[this.at] === '\t') this.at++;
  }

  /** White space, comments and line ends. */
  private skipBlank(): void {
    const { source } = this;
    for (; this.at < source.length; this.at++) {
      if (source[this.at] === '\n') this.newLine();
      else if (source[this.at] === '#') {
        const feed = source.indexOf('\n', this.at);
        this.at = (feed < 0 ? source.length : feed) - 1;
      } else if (!/[ \t\r]/.test(source[this.at])) return;
    }
  }

  private newLine(): void {
    this.line++;
    this.lineFrom = this.at + 1;
  }

  private here(): Position {
    return { line: this.line, column: this.at - this.lineFrom + 1 };
  }
}

type Position = Pick<Place, 'line' | 'column'>;

function newPlace({ line, column }: Position, text: string): Place {
  return { line, column, text, inner: new Map() };
}

/** `[listener.tls]` after `[[listener]]` belongs to the latest of them. */
function lastItem(place: Place): Place {
  return place.inner.get(place.inner.size - 1) ?? place;
}
