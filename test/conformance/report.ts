/**
 * Which normative statements the tests prove: `npm run conformance` (node dist/test/conformance/report.js).
 * Options: --side client|server (default client), --json. Exits 1 if a statement of that side is unproven, or if a test or a
 * waiver names a statement that does not exist.
 *
 * How a test cites: README.md here. What cannot be proven by a test, and why: waived.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';
import { brokerTitles, type TestTitle } from './titles.js';
import { waived } from './waived.js';

export type Edition = '3.1.1' | '5.0';
export type Side = 'client' | 'server';

export interface Statement {
  id: string;
  applies: Side | 'both';
  about: string;
}

export interface Citation {
  edition: Edition;
  id: string;
  /** File and line, or file and title, from the top of the repository. */
  place: string;
}

export interface Verdict extends Statement {
  /** Where tests cite it. */
  places: string[];
  /** Why no test proves it; '' where one does, or where nobody has said. */
  reason: string;
}

export interface Report {
  side: Side;
  editions: Record<Edition, { proven: Verdict[]; waived: Verdict[]; unproven: Verdict[] }>;
  /** Citations and waivers of statements that do not exist. */
  unknown: Citation[];
}

export const editions: readonly Edition[] = ['3.1.1', '5.0'];

/** The repository's top, seen from dist/test/conformance. */
export const top = resolve(fileURLToPath(import.meta.url), '../../../..');

/** The broker's tests prove what servers must do, all others what clients must. */
const brokerTests = join('test', 'broker');

export function readStatements(): Record<Edition, Statement[]> {
  return JSON.parse(readFileSync(join(top, 'test/conformance/statements.json'), 'utf8')) as Record<Edition, Statement[]>;
}

/** Test sources that speak for the client: all but the broker's. */
export function clientTestFiles(): string[] {
  return readdirSync(join(top, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('test', name))
    .filter((name) => name.endsWith('.ts') && !name.startsWith(brokerTests))
    .sort();
}

const versioned = /v([35]):\[(MQTT-[^\]\s]+)\]/g;
const plain = /\[(MQTT-[^\]\s]+)\]/g;

/** Whether a line is a comment: what the code under it says is no claim to prove something. */
function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}

/** Citations in the source of a client's test. */
export function citationsIn(source: string, file: string): Citation[] {
  const found: Citation[] = [];
  source.split('\n').forEach((line, index) => {
    if (isComment(line)) return;
    const place = `${file}:${index + 1}`;
    for (const [, version, id] of line.matchAll(versioned)) found.push({ edition: version === '3' ? '3.1.1' : '5.0', id, place });
  });
  return found;
}

/** The edition that a title of the broker's tests names as a word, outside the identifiers; undefined for both. */
function editionOf(words: string): Edition | undefined {
  return /(?:^|[\s,:(])(3\.1\.1|5\.0)(?=$|[\s,:)])/.exec(words)?.[1] as Edition | undefined;
}

/**
 * Citations in titles of the broker's tests. A title that names an edition cites that one's statements: one title may serve
 * both editions, so an identifier that only the other edition has is its citation in the other's test, not here.
 */
export function citationsInTitles(titles: readonly TestTitle[], known: Record<Edition, readonly Statement[]>): Citation[] {
  const ids = Object.fromEntries(editions.map((edition) => [edition, new Set(known[edition].map((statement) => statement.id))]));
  return titles.flatMap(({ file, title }) => {
    const words = title.replaceAll(plain, '').trim();
    const named = editionOf(words);
    const place = `${file} "${words}"`;
    return [...title.matchAll(plain)].flatMap(([, id]): Citation[] => {
      const holders = editions.filter((edition) => ids[edition].has(id));
      // Nobody has it: let the report say so.
      if (holders.length === 0) return [{ edition: named ?? '5.0', id, place }];
      return holders.filter((edition) => named === undefined || named === edition).map((edition) => ({ edition, id, place }));
    });
  });
}

function isUnknown(citation: Citation, known: Record<Edition, readonly Statement[]>): boolean {
  return !known[citation.edition].some((statement) => statement.id === citation.id);
}

/** Puts statements, citations and waivers together. */
export function makeReport(side: Side, known: Record<Edition, readonly Statement[]>, citations: readonly Citation[]): Report {
  const waivers = waived.filter((waiver) => waiver.side === side);
  const named = waivers.map((waiver): Citation => ({ edition: waiver.edition, id: waiver.id, place: 'test/conformance/waived.ts' }));
  const report: Report = {
    side, unknown: [...citations, ...named].filter((citation) => isUnknown(citation, known)),
    editions: { '3.1.1': { proven: [], waived: [], unproven: [] }, '5.0': { proven: [], waived: [], unproven: [] } },
  };
  for (const edition of editions) {
    for (const statement of known[edition]) {
      if (statement.applies !== side && statement.applies !== 'both') continue;
      const places = [...new Set(citations.filter((one) => one.edition === edition && one.id === statement.id).map((one) => one.place))];
      const reason = waivers.find((waiver) => waiver.edition === edition && waiver.id === statement.id)?.reason ?? '';
      const kind = places.length > 0 ? 'proven' : reason !== '' ? 'waived' : 'unproven';
      report.editions[edition][kind].push({ ...statement, places, reason: places.length > 0 ? '' : reason });
    }
  }
  return report;
}

/** The report of this repository's tests. */
export function reportOf(side: Side): Report {
  const known = readStatements();
  if (side === 'server') return makeReport(side, known, citationsInTitles(brokerTitles(), known));
  return makeReport(side, known, clientTestFiles().flatMap((file) => citationsIn(readFileSync(join(top, file), 'utf8'), file)));
}

/** Whether nothing is left to prove or to explain. */
export function isComplete(report: Report): boolean {
  return report.unknown.length === 0 && editions.every((edition) => report.editions[edition].unproven.length === 0);
}

function placesText(places: readonly string[]): string {
  return places.length > 3 ? `${places.slice(0, 3).join(', ')} and ${places.length - 3} more` : places.join(', ');
}

/** The report for people. */
export function reportText(report: Report): string {
  const lines: string[] = [];
  for (const edition of editions) {
    const { proven, waived: excused, unproven } = report.editions[edition];
    lines.push(`MQTT ${edition}, statements for the ${report.side}: ${proven.length} proven, ${excused.length} not provable here, ${unproven.length} unproven`);
    for (const one of proven) lines.push(`  proven    [${one.id}] ${one.about}\n            ${placesText(one.places)}`);
    for (const one of excused) lines.push(`  waived    [${one.id}] ${one.about}\n            because: ${one.reason}`);
    for (const one of unproven) lines.push(`  UNPROVEN  [${one.id}] ${one.about}`);
  }
  for (const one of report.unknown) lines.push(`${one.place} cites [${one.id}], which MQTT ${one.edition} does not have`);
  return lines.join('\n');
}

function main(argv: readonly string[]): number {
  let side: Side = 'client';
  let isJson = false;
  for (let n = 0; n < argv.length; n++) {
    const value = argv[n + 1];
    if (argv[n] === '--json') isJson = true;
    else if (argv[n] === '--side' && (value === 'client' || value === 'server')) {
      side = value;
      n += 1;
    } else {
      const shown = argv[n] === '--side' ? argv.slice(n, n + 2).join(' ') : argv[n];
      process.stderr.write(`conformance: "${shown}" is not understood; the options are --side client, --side server and --json\n`);
      return 2;
    }
  }
  const report = reportOf(side);
  process.stdout.write(`${isJson ? JSON.stringify(report, null, 1) : reportText(report)}\n`);
  return isComplete(report) ? 0 : 1;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
