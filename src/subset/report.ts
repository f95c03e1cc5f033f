// The program behind `npm run report:subset`: prints how deep the stack of the device code goes and who owns each allocation.
// Ends with 1 when a function is recursive or an allocation has no owner, with 2 when its arguments are wrong.
// Usage: node dist/src/subset/report.js [--json] [folder …]. Knows nothing of how the figures are found: deviceReport.ts does.

import { readdirSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isOwned, reportDevice, type DeviceReport, type Place } from './deviceReport.js';

const deviceFolders = ['src/core', 'src/link', 'src/cbor'];

export interface ReportOutcome {
  readonly text: string;
  readonly exitCode: 0 | 1 | 2;
}

export function runReport(root: string, args: readonly string[]): ReportOutcome {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true });
    const folders = positionals.length > 0 ? positionals : deviceFolders.filter((folder) => holdsCode(`${root}/${folder}`));
    if (folders.length === 0) throw new Error(`none of ${deviceFolders.join(', ')} holds a .ts file; name a folder with device code`);
    const reports = reportDevice(root, folders);
    const problems = reports.flatMap(problemsOf);
    const text = values.json === true ? JSON.stringify({ folders: reports, problems }, undefined, 2) : [...reports.flatMap(linesOf), ...problems].join('\n');
    return { text, exitCode: problems.length === 0 ? 0 : 1 };
  } catch (error) {
    return { text: `report: ${error instanceof Error ? error.message : String(error)}`, exitCode: 2 };
  }
}

function holdsCode(path: string): boolean {
  try {
    return readdirSync(path).some((file) => file.endsWith('.ts'));
  } catch {
    return false; // a package that uses only some of the folders
  }
}

function at(place: Place): string {
  return `${place.file}:${place.line}`;
}

function problemsOf(report: DeviceReport): string[] {
  return [
    ...report.recursions.map((found) => `${at(found)}: ${found.name} is recursive (${found.chain.join(' → ')}), so the stack has no bound; write a loop`),
    ...report.allocations.filter((site) => !isOwned(site)).map((site) => `${at(site)}: ${site.what} in ${site.owner.name} has no create… function that owns it; make it at start-up`),
  ];
}

function linesOf(report: DeviceReport): string[] {
  const places = report.allocations.map(at);
  const placeWidth = Math.max(0, ...places.map((place) => place.length));
  const whatWidth = Math.max(0, ...report.allocations.map((site) => site.what.length));
  return [
    `${report.folder}: ${report.entryPoints.length} entry points, deepest call chain ${report.depthMax}`,
    ...report.entryPoints.map((entry) => `  ${entry.depth === 0 ? '∞' : entry.depth}  ${entry.depth === 0 ? entry.name : entry.chain.join(' → ')}`),
    `${report.folder}: ${report.allocations.length} allocation sites`,
    ...report.allocations.map((site, index) => `  ${places[index].padEnd(placeWidth)}  ${site.what.padEnd(whatWidth)}  ${site.owner.name}`),
    '',
  ];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const outcome = runReport(process.cwd(), process.argv.slice(2));
  (outcome.exitCode === 2 ? process.stderr : process.stdout).write(`${outcome.text}\n`);
  process.exitCode = outcome.exitCode;
}
