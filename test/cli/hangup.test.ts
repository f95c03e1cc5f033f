// No SIGHUP is lost: neither one that comes at the start nor one that comes while an earlier one is answered.

import test from 'ava';
import { Hangups } from '../../src/cli/hangup.js';

test.serial('one that comes before there is an answer is answered then; several that come meanwhile are answered once more', async (t) => {
  const hangups = new Hangups();
  t.teardown(() => { hangups.release(); });
  process.emit('SIGHUP');
  const begun: (() => void)[] = [];
  hangups.answer(() => new Promise((resolve) => { begun.push(resolve); }));
  t.is(begun.length, 1);
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  t.is(begun.length, 1);
  begun[0]();
  await new Promise(setImmediate);
  t.is(begun.length, 2);
  begun[1]();
  await new Promise(setImmediate);
  t.is(begun.length, 2);
  process.emit('SIGHUP');
  t.is(begun.length, 3);
  const stopped = hangups.stop();
  process.emit('SIGHUP');
  begun[2]();
  await stopped;
  t.is(begun.length, 3);
});
