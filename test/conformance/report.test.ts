/** The conformance report itself: that nothing is left unproven, and that it would say so. */
import test from 'ava';
import { citationsIn, citationsInTitles, editions, isComplete, makeReport, readStatements, reportOf, reportText } from './report.js';
import { brokerTitles } from './titles.js';
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
  const citations = citationsIn(source, 'y.ts');
  t.deepEqual(citations, [{ edition: '5.0', id: 'MQTT-9.9.9-9', place: 'y.ts:1' }]);
  const report = makeReport('client', known, citations);
  t.deepEqual(report.unknown, citations);
  t.false(isComplete(report));
  t.regex(reportText(report), /y\.ts:1 cites \[MQTT-9\.9\.9-9\], which MQTT 5\.0 does not have/);
});

test('comments cite nothing', (t) => {
  const source = [` * ${cite(3, 'MQTT-3.3.1-1')}`, `  // ${cite(5, 'MQTT-3.3.1-1')}`, `  f(${cite(3, 'MQTT-3.3.1-2')});`].join('\n');
  t.deepEqual(citationsIn(source, 'z.ts').map((one) => one.place), ['z.ts:3']);
});

for (const side of ['client', 'server'] as const) {
  test(`every waiver says why, for a statement of the ${side} that no test proves`, (t) => {
    const report = reportOf(side);
    t.true(editions.every((edition) => report.editions[edition].proven.length > 50));
    for (const waiver of waived.filter((one: Waiver) => one.side === side)) {
      t.true(waiver.reason.length > 30, waiver.id);
      t.true(report.editions[waiver.edition].waived.some((one) => one.id === waiver.id), `${waiver.edition} ${waiver.id} is proven: no waiver`);
    }
  });
}

test('every statement for servers is proven, or waived for a reason', (t) => {
  const report = reportOf('server');
  t.deepEqual(report.unknown, []);
  for (const edition of editions) t.deepEqual(report.editions[edition].unproven.map((one) => one.id), [], edition);
});

test('titles of the broker\'s tests are those that ava sees, made from tables too', (t) => {
  const titles = brokerTitles();
  t.true(titles.length > 5000);
  t.true(titles.some(({ file, title }) => file === 'test/broker/packet-cases.test.ts' && title.startsWith('3.1.1 PUBLISH: flags 6: QoS 3')));
});

test('a title speaks for the edition that it names, or for both', (t) => {
  const known = readStatements();
  const cited = (title: string): string[] => citationsInTitles([{ file: 'f', title }], known).map(({ edition, id }) => `${edition} ${id}`);
  const id = ['MQTT', '3.1.2', '4'].join('-');
  t.deepEqual(cited(`3.1.1 a [${id}]`), [`3.1.1 ${id}`]);
  t.deepEqual(cited(`over tcp, 5.0: a [${id}]`), [`5.0 ${id}`]);
  t.deepEqual(cited(`a [${id}]`), [`3.1.1 ${id}`, `5.0 ${id}`]);
  t.deepEqual(cited('5.0 a [MQTT-4.5.0-1 of 3.1.1]'), [], 'an identifier ends its bracket');
  const only5 = ['MQTT', '3.8.3', '4'].join('-');
  t.deepEqual(cited(`3.1.1 a [${['MQTT', '1.5.5', '1'].join('-')}]`), [], 'a statement that only 5.0 has');
  t.deepEqual(cited(`5.0 a [${only5}]`), [`5.0 ${only5}`]);
  const report = makeReport('server', known, citationsInTitles([{ file: 'f', title: '5.0 a [MQTT-9.9.9-9]' }], known));
  t.deepEqual(report.unknown, [{ edition: '5.0', id: 'MQTT-9.9.9-9', place: 'f "5.0 a"' }]);
});
