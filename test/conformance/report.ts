/**
 * Which normative statements the tests prove: `npm run conformance` (node dist/test/conformance/report.js).
 * Options: --side client|server (default client), --json. Exits 1 if a statement of that side is unproven, or if a test or a
 * waiver names a statement that does not exist.
 *
 * How a test cites: README.md here. What cannot be proven by a test, and why: waived.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, relative, resolve } from 'node:path';
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
  /** File and line, from the top of the repository. */
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

/** Test sources of one side. */
export function testFiles(side: Side): string[] {
  return readdirSync(join(top, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('test', name))
    .filter((name) => name.endsWith('.ts') && name.startsWith(brokerTests) === (side === 'server'))
    .sort();
}

const versioned = /v([35]):\[(MQTT-[^\]\s]+)\]/g;
/**
 * The broker's tests run in both versions and do not tell them apart: an identifier counts for each edition that has it.
 * One that is put together when the test runs (`[MQTT-${id}]`) cannot be seen here.
 */
const plain = /(?<!v[35]:)\[(MQTT-[^\]\s$]+)\]/g;

/** Whether a line is a comment: what the code under it says is no claim to prove something. */
function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}

/** Citations in a test's source. */
export function citationsIn(source: string, file: string, side: Side, known: Record<Edition, readonly Statement[]>): Citation[] {
  const found: Citation[] = [];
  source.split('\n').forEach((line, index) => {
    if (isComment(line)) return;
    const place = `${file}:${index + 1}`;
    for (const [, version, id] of line.matchAll(versioned)) found.push({ edition: version === '3' ? '3.1.1' : '5.0', id, place });
    if (side === 'client') return;
    for (const [, id] of line.matchAll(plain)) {
      const holders = editions.filter((edition) => known[edition].some((statement) => statement.id === id));
      for (const edition of holders.length > 0 ? holders : editions) found.push({ edition, id, place });
    }
  });
  return found;
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
  const citations = testFiles(side).flatMap((file) => citationsIn(readFileSync(join(top, file), 'utf8'), relative('.', file), side, known));
  return makeReport(side, known, citations);
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
