/** The vectors of the link: received whole, cut in two at every byte, and byte by byte; sent in pieces of every size; on every engine. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { presentEngines } from '../engines/engines.js';
import { lineProgram } from '../engines/programs.js';
import { driverFor } from '../parity/programs.js';
import { digitsOf } from '../parity/text.js';
import { answer } from './driver.js';
import { freshLine, linkVectors, type LinkVector, sessionLines, vectorPath, vectorText } from './vector-list.js';

const vectors = linkVectors();

test('the file holds what the reference makes of the words', (t) => {
  t.is(readFileSync(vectorPath, 'utf8'), vectorText(), 'node dist/test/link/make-vectors.js writes it');
});

/** Lines, and the trace that each must have; undefined: whatever leads to the state. */
interface Step {
  readonly line: string;
  readonly expected?: string;
}

function setUp(vector: LinkVector, isFresh: boolean): Step[] {
  const lines = isFresh ? [freshLine, 'out'] : sessionLines;
  return [...lines, ...(vector.says ?? [])].map((line) => ({ line }));
}

/** The frame in pieces: nothing is said before its delimiter. */
function pieces(wire: string, cuts: readonly number[]): Step[] {
  const ends = [...cuts, wire.length / 2];
  return ends.map((end, n) => ({ line: `in ${wire.slice((ends[n - 1] ?? 0) * 2, end * 2)}`, expected: n < ends.length - 1 ? '' : undefined }));
}

function receivedSteps(vector: LinkVector, isFresh: boolean): Step[] {
  const bytes = vector.wire.length / 2;
  const trace = vector.trace ?? '';
  const steps: Step[] = [];
  const cuts = [[], ...Array.from({ length: bytes - 1 }, (_, n) => [n + 1]), Array.from({ length: bytes - 1 }, (_, n) => n + 1)];
  for (const list of cuts) {
    const parts = pieces(vector.wire, list);
    steps.push(...setUp(vector, isFresh), ...parts.slice(0, -1), { ...parts[parts.length - 1], expected: trace });
    if (vector.answer !== undefined) steps.push({ line: 'out', expected: `>${shown(vector.answer)}` });
  }
  return steps;
}

function shown(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  return digitsOf(bytes, 0, bytes.length);
}

/** The frame asked for whole, and in pieces of every size. */
function sentSteps(vector: LinkVector): Step[] {
  const bytes = vector.wire.length / 2;
  const steps: Step[] = [];
  for (let size = bytes; size > 0; size--) {
    steps.push(...setUp({ ...vector, says: vector.says?.slice(0, -1) }, false));
    for (let at = 0; at < bytes; at += size) steps.push({ line: `out ${size}`, expected: `>${shown(vector.wire.slice(at * 2, (at + size) * 2))}` });
    steps.push({ line: 'out', expected: '>-' });
  }
  return steps;
}

function check(t: ExecutionContext, name: string, steps: readonly Step[]): void {
  for (const { line, expected } of steps) {
    const found = answer(line);
    if (expected !== undefined) t.is(found, expected, `${name}: ${line}`);
    t.notRegex(found, /BROKEN|no such/, `${name}: ${line}`);
  }
}

for (const vector of vectors.handshakes) test(`handshake: ${vector.name}`, (t) => { check(t, vector.name, receivedSteps(vector, true)); });
for (const vector of vectors.received) test(`received: ${vector.name}`, (t) => { check(t, vector.name, receivedSteps(vector, false)); });
for (const vector of vectors.malformed) test(`malformed: ${vector.name}`, (t) => { check(t, vector.name, receivedSteps(vector, false)); });
for (const vector of vectors.sent) test(`sent: ${vector.name}`, (t) => { check(t, vector.name, sentSteps(vector)); });

/** A scratch of the above for the slower engines: whole and in two. */
const lines = [
  ...vectors.handshakes.flatMap((v) => receivedSteps(v, true).slice(0, 40)), ...vectors.received.flatMap((v) => receivedSteps(v, false).slice(0, 40)),
  ...vectors.malformed.flatMap((v) => receivedSteps(v, false).slice(0, 40)), ...vectors.sent.flatMap((v) => sentSteps(v).slice(0, 40)),
].map((step) => step.line);

for (const minify of [true, false]) {
  for (const engine of presentEngines()) {
    test(`${engine.name} says the same${minify ? ', minified' : ''}`, async (t) => {
      const output = await engine.run(lineProgram(driverFor('test/link/driver.ts', 'full', minify), 'answer'), lines);
      t.is(output, lines.map((line) => `${answer(line)}\n`).join(''));
    });
  }
}
