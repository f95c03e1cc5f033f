/** A board that says too much does not fill the log, and hides nothing else: what was left out is counted. */
import test from 'ava';
import type { News } from '../../src/gateway/board.js';
import { NewsLimit } from '../../src/gateway/news-limit.js';

function limited(): { limit: NewsLimit; passed: News[]; clock: { ms: number } } {
  const passed: News[] = [];
  const clock = { ms: 5000 };
  return { limit: new NewsLimit((news) => { passed.push(news); }, () => clock.ms), passed, clock };
}

const boardLog = (words: string): News => ({ level: 'info', event: 'boardLog', words });

test('a hundred lines at once pass, then ten a second', (t) => {
  const { limit, passed, clock } = limited();
  for (let n = 0; n < 100; n++) limit.tell(boardLog(`line ${n}`));
  t.is(passed.length, 100);
  for (let second = 0; second < 20; second++) {
    clock.ms += 1000;
    for (let n = 0; n < 10; n++) limit.tell(boardLog('more'));
  }
  t.is(passed.length, 300);
  t.is(limit.leftOut, 0);
  limit.tell(boardLog('one too many'));
  t.is(passed.length, 300);
  t.is(limit.leftOut, 1);
  limit.end();
  t.like(passed.at(-1), { level: 'warn', event: 'leftOut', fields: { count: 1 } });
  limit.end();
  t.is(passed.length, 301);
});

test('a flood of lines hides nothing that happens to the port, nor do lines for debugging', (t) => {
  const { limit, passed } = limited();
  for (let n = 0; n < 100_000; n++) {
    limit.tell(boardLog('flood'));
    limit.tell({ level: 'debug', event: 'dropped', words: 'x' });
  }
  t.is(passed.length, 200);
  limit.tell({ level: 'warn', event: 'lost', words: 'the device is gone' });
  t.is(passed.at(-1)?.event, 'lost');
  t.is(limit.leftOut, 2 * 99_900);
  limit.end();
  t.deepEqual(passed.slice(-2).map(({ level, words }) => [level, words.split(' were')[0]]), [['warn', "99900 lines of the board's own"], ['debug', '99900 lines for debugging']]);
});
