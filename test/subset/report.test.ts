// The two reports: depth of the call chains and owners of the allocations, on a correct and on a faulty device program.

import { execFileSync } from 'node:child_process';
import test from 'ava';
import { runReport } from '../../src/subset/report.js';

const root = process.cwd();

test('the deepest chain of each entry point is reported, deepest first', (t) => {
  const outcome = runReport(root, ['test/subset/device']);
  t.is(outcome.exitCode, 0);
  t.regex(outcome.text, /2 entry points, deepest call chain 4\n {2}4 {2}putPair → putTwo → bufferPut → bufferRoom\n {2}1 {2}createBuffer\n/);
});

test('every allocation site is reported with its owner', (t) => {
  const outcome = runReport(root, ['test/subset/device']);
  t.regex(outcome.text, /device: 3 allocation sites/);
  t.regex(outcome.text, /buffer\.ts:3 +an array literal +limits\n/);
  t.regex(outcome.text, /buffer\.ts:11 +an object literal +createBuffer\n/);
  t.regex(outcome.text, /buffer\.ts:11 +new Uint8Array +createBuffer\n/);
});

test('recursion across files and an allocation without owner fail the report', (t) => {
  const outcome = runReport(root, ['test/subset/recursive']);
  t.is(outcome.exitCode, 1);
  t.regex(outcome.text, /∞ {2}walk\n/);
  t.regex(outcome.text, /walk\.ts:5: walk is recursive \(walk → turn → walk\)/);
  t.regex(outcome.text, /turn\.ts:5: turn is recursive \(turn → walk → turn\)/);
  t.regex(outcome.text, /walk\.ts:10: an array literal in path has no create… function/);
});

test('--json gives the same figures for machines', (t) => {
  const outcome = runReport(root, ['--json', 'test/subset/device', 'test/subset/recursive']);
  const report = JSON.parse(outcome.text) as { folders: { folder: string; depthMax: number; entryPoints: { name: string; file: string; line: number; depth: number; chain: string[] }[] }[]; problems: string[] };
  t.is(outcome.exitCode, 1);
  t.is(report.problems.length, 3);
  t.deepEqual(report.folders.map((folder) => [folder.folder, folder.depthMax]), [['test/subset/device', 4], ['test/subset/recursive', 0]]);
  t.deepEqual(report.folders[0].entryPoints[1], { name: 'createBuffer', file: 'test/subset/device/buffer.ts', line: 10, depth: 1, chain: ['createBuffer'] });
});

test('wrong arguments are named and end with 2', (t) => {
  t.like(runReport(root, ['src/nowhere']), { exitCode: 2, text: 'report: src/nowhere is not a folder; name a folder with device code, for example src/core' });
  t.like(runReport(root, ['test/vectors-of-nothing']), { exitCode: 2 });
  const unknown = runReport(root, ['--jsn']);
  t.is(unknown.exitCode, 2);
  t.regex(unknown.text, /--jsn/);
});

test('the device code of this package is bounded in stack and owns its allocations', (t) => {
  const outcome = runReport(root, []);
  t.is(outcome.exitCode, 0, outcome.text);
});

test('the program prints its report', (t) => {
  const text = execFileSync(process.execPath, ['dist/src/subset/report.js', 'test/subset/device'], { encoding: 'utf8' });
  t.regex(text, /^test\/subset\/device: 2 entry points/);
});
