/*
 * Which topics a viewer's filter chooses.
 */
import test from 'ava';
import { createTopicMatcher } from '../../src/broker/topic-matcher.js';

const rows: readonly (readonly [filter: string, matches: readonly string[], others: readonly string[]])[] = [
  ['#', ['a', 'a/b', '/', '/a'], ['$SYS', '$SYS/broker']],
  ['+', ['a'], ['a/b', '/a', '$SYS']],
  ['+/+', ['a/b', '/', '/a'], ['a', '$SYS/broker']],
  ['/+', ['/a', '/'], ['a']],
  ['a/#', ['a', 'a/', 'a/b', 'a/b/c'], ['ab', 'b/a']],
  ['a/+/c', ['a/b/c', 'a//c'], ['a/c', 'a/b/c/d', 'a/b']],
  ['+/#', ['a', 'a/b'], ['$SYS/x']],
  ['$SYS/#', ['$SYS', '$SYS/broker/uptime'], ['SYS']],
  ['a', ['a'], ['A', 'a/', 'aa']],
];

for (const [filter, matches, others] of rows) {
  test(`${filter} [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1]`, (t) => {
    const isMatch = createTopicMatcher(filter);
    // The second time the answer is a remembered one.
    for (let turn = 0; turn < 2; turn++) {
      for (const topic of matches) t.true(isMatch(topic), topic);
      for (const topic of others) t.false(isMatch(topic), topic);
    }
  });
}

test('what is remembered is bounded, and stays right', (t) => {
  const isMatch = createTopicMatcher('a/+');
  for (let count = 0; count < 3000; count++) {
    t.true(isMatch(`a/${count}`));
    t.false(isMatch(`b/${count}`));
  }
});
