/** Lines of a bridge: names on the other side, what overlaps, and every wrong option named. */
import test from 'ava';
import { type BridgeOptions, BridgeError, createBridge } from '../../src/bridge/index.js';
import { topicMatches } from '../../src/broker/topic-filters.js';
import { checkTopic, inRow, loopOf, outRow, overlaps, toLocal, toRemote } from '../../src/bridge/topics.js';
import { createBroker } from '../../src/broker/index.js';

const row = (filter: string, direction: 'out' | 'in' | 'both', localPrefix = '', remotePrefix = '') =>
  checkTopic({ filter, direction, localPrefix, remotePrefix }, 'topics[0]');

test('prefixes: what is called how on the other side', (t) => {
  const rows = [row('#', 'out', 'local/', 'site1/'), row('cmd/+', 'in', 'from/', 'to/site1/'), row('', 'out', 'exact', 'elsewhere')];
  t.is(toRemote(outRow(rows, 'local/a/b')!, 'local/a/b'), 'site1/a/b');
  t.is(toRemote(outRow(rows, 'local')!, 'local'), 'site1');
  t.is(toRemote(outRow(rows, 'exact')!, 'exact'), 'elsewhere');
  t.is(outRow(rows, 'other'), undefined);
  t.is(outRow(rows, 'from/cmd/x'), undefined);
  t.is(toLocal(inRow(rows, 'to/site1/cmd/x')!, 'to/site1/cmd/x'), 'from/cmd/x');
  t.is(inRow(rows, 'to/site1/cmd/x/y'), undefined);
});

test('filters match as the specification says', (t) => {
  for (const [filter, topic, expected] of [
    ['#', 'a/b', true], ['#', '$SYS/x', false], ['+/x', '$SYS/x', false], ['$SYS/#', '$SYS/x', true], ['a/#', 'a', true], ['a/#', 'ab', false],
    ['a/+', 'a', false], ['a/+', 'a/', true], ['+', '/a', false], ['a/+/c', 'a/b/c', true], ['a', 'a/b', false],
  ] as const) t.is(topicMatches(filter, topic), expected, `${filter} ${topic}`);
});

test('filters overlap if a topic matches both', (t) => {
  for (const [a, b, expected] of [
    ['#', 'a/b', true], ['a/+', '+/b', true], ['a/+', 'b/+', false], ['a/#', 'a', true], ['a', 'a/b', false], ['a/b/#', 'a/+/c/d', true], ['a/+', 'a/b/c', false],
  ] as const) {
    t.is(overlaps(a, b), expected, `${a} ${b}`);
    t.is(overlaps(b, a), expected, `${b} ${a}`);
  }
});

test('lines that hand a message to each other for ever are found', (t) => {
  t.deepEqual(loopOf([row('a/#', 'both')]), [0, 0]);
  t.deepEqual(loopOf([row('x', 'out'), row('#', 'out'), row('x/#', 'in', 'y/')]), [1, 2]);
  t.is(loopOf([row('#', 'out', 'up/', ''), row('#', 'in', 'down/', '')]), undefined);
  t.is(loopOf([row('up/#', 'out'), row('down/#', 'in')]), undefined);
});

const good: BridgeOptions = { name: 'b', url: 'mqtt://127.0.0.1:1', topics: [{ filter: 'a/#', direction: 'out' }] };
const wrongOptions: readonly (readonly [given: object, field: string, words: RegExp])[] = [
  [{ name: 'a/b' }, 'name', /name is 'a\/b'; it must be a name of/],
  [{ url: undefined }, 'url', /url is undefined; it must be the address/],
  [{ protocolVersion: 3 }, 'protocolVersion', /is 3; it must be 5, or 4/],
  [{ keepAlive: 3 }, 'keepAlive', /there is no such option; there are name, url/],
  [{ keepAliveSeconds: 1 }, 'keepAliveSeconds', /is 1; it must be a whole number from 5 to 65535/],
  [{ topics: [] }, 'topics', /a list of at least one topic/],
  [{ topics: [{ filter: 'a/#/b', direction: 'out' }] }, 'topics[0].filter', /'a\/#\/b'; it must be with each prefix a topic filter/],
  [{ topics: [{ filter: '$share/g/a', direction: 'in' }] }, 'topics[0].filter', /not shared/],
  [{ topics: [{ filter: 'a', direction: 'up' }] }, 'topics[0].direction', /'up'; it must be "out", "in" or "both"/],
  [{ topics: [{ filter: 'a', direction: 'out', qos: 3 }] }, 'topics[0].qos', /is 3; it must be 0, 1 or 2/],
  [{ topics: [{ filter: 'a', direction: 'out', localPrefix: 'x/+/' }] }, 'topics[0].localPrefix', /text without \+ and #/],
  [{ topics: [{ filter: 'a', direction: 'out', prefix: 'x' }] }, 'topics[0].prefix', /there is no such option/],
  [{ protocolVersion: 4, topics: [{ filter: 'a/#', direction: 'both' }] }, 'topics[0]', /in MQTT 3\.1\.1 messages would go round for ever/],
  [{ retryMinMs: 500, retryMaxMs: 100 }, 'retryMaxMs', /at least retryMinMs, which is 500/],
  [{ remoteStateTopic: 'a/#' }, 'remoteStateTopic', /a topic name, without \+ and #/],
  [{ queueMessagesMax: 0 }, 'queueMessagesMax', /from 1 to 10000000/],
];

for (const [given, field, words] of wrongOptions) {
  test(`wrong option: ${JSON.stringify(given)}`, (t) => {
    const broker = createBroker();
    t.teardown(() => broker.close());
    const error = t.throws(() => createBridge(broker, { ...good, ...given }), { instanceOf: BridgeError });
    t.is(error?.field, field);
    t.regex(error?.message ?? '', words);
  });
}
