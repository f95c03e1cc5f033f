/** The conformance report itself: that nothing is left unproven, and that it would say so. */
import test from 'ava';
import { citationsIn, editions, isComplete, makeReport, readStatements, reportOf, reportText } from './report.js';
import { type Waiver, waived } from './waived.js';

/** Made up at run time, so that this file cites nothing. */
function cite(edition: 3 | 5, id: string): string {
  return `'v${edition}:[${id}]'`;
}

test('every statement for clients is proven, or waived for a reason', (t) => {
  const report = reportOf('client');
  t.deepEqual(report.unknown, []);
  for (const edition of editions) t.deepEqual(report.editions[edition].unproven.map((one) => one.id), [], edition);
  t.true(isComplete(report));
});

test('a statement that no test cites is unproven', (t) => {
  const known = readStatements();
  const all = editions.flatMap((edition) => known[edition].map((one) => ({ edition, id: one.id, place: 'x.ts:1' })));
  t.true(isComplete(makeReport('client', known, all)));
  const without = all.filter((one) => one.edition !== '5.0' || one.id !== 'MQTT-3.3.1-1');
  const report = makeReport('client', known, without);
  t.deepEqual(report.editions['5.0'].unproven.map((one) => one.id), ['MQTT-3.3.1-1']);
  t.deepEqual(report.editions['3.1.1'].unproven, [], 'the other edition\'s statement of the same id is another');
  t.false(isComplete(report));
  t.regex(reportText(report), /UNPROVEN {2}\[MQTT-3\.3\.1-1\]/);
});

test('citing a statement that does not exist is an error', (t) => {
  const known = readStatements();
  const source = `test(${cite(5, 'MQTT-9.9.9-9')}, t => {})`;
  const citations = citationsIn(source, 'y.ts', 'client', known);
  t.deepEqual(citations, [{ edition: '5.0', id: 'MQTT-9.9.9-9', place: 'y.ts:1' }]);
  const report = makeReport('client', known, citations);
  t.deepEqual(report.unknown, citations);
  t.false(isComplete(report));
  t.regex(reportText(report), /y\.ts:1 cites \[MQTT-9\.9\.9-9\], which MQTT 5\.0 does not have/);
});

test('comments cite nothing', (t) => {
  const source = [` * ${cite(3, 'MQTT-3.3.1-1')}`, `  // ${cite(5, 'MQTT-3.3.1-1')}`, `  f(${cite(3, 'MQTT-3.3.1-2')});`].join('\n');
  t.deepEqual(citationsIn(source, 'z.ts', 'client', readStatements()).map((one) => one.place), ['z.ts:3']);
});

test('every waiver says why, for a statement that no test proves', (t) => {
  const report = reportOf('client');
  t.true(editions.every((edition) => report.editions[edition].proven.length > 50));
  for (const waiver of waived.filter((one: Waiver) => one.side === 'client')) {
    t.true(waiver.reason.length > 30, waiver.id);
    t.true(report.editions[waiver.edition].waived.some((one) => one.id === waiver.id), `${waiver.edition} ${waiver.id} is proven: no waiver`);
  }
});

test('the server side is reported too', (t) => {
  const report = reportOf('server');
  for (const edition of editions) {
    const { proven, waived: excused, unproven } = report.editions[edition];
    t.true(proven.length + excused.length + unproven.length > 80);
  }
});
