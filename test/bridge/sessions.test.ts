/** Sessions of bridges in this broker: nobody else's before, while and after there is a bridge; and what is said of its address. */
import test from 'ava';
import { Bridges } from '../../src/bridge/index.js';
import { Site } from './support.js';
import { makeClient } from '../node/support.js';
import { until } from '../until.js';

const topics = [{ filter: 'a/#', direction: 'out' }] as const;

test('the session of a bridge that the settings no longer name ends at the next start, with what waits in it', async (t) => {
  const here = await Site.open(t);
  const nowhere = 'mqtt://127.0.0.1:9';
  const before = new Bridges(here.broker, [{ name: 'gone', url: nowhere, topics }, { name: 'kept', url: nowhere, topics }]);
  before.start();
  await until(() => here.broker.session('$bridge-gone-out')?.subscriptions.length === 1 && here.broker.session('$bridge-kept-out')?.subscriptions.length === 1);
  here.broker.publish({ topic: 'a/b', payload: '1', qos: 1 });
  await before.close();
  await (await here.down())();
  t.is(here.broker.session('$bridge-gone-out')?.connected, false);
  const after = new Bridges(here.broker, [{ name: 'kept', url: nowhere, topics }]);
  t.teardown(() => after.close());
  const said: string[] = [];
  after.on('notice', ({ words }) => said.push(words));
  after.start();
  t.is(here.broker.session('$bridge-gone-out'), undefined);
  t.true((here.broker.session('$bridge-kept-out')?.queuedMessages ?? 0) + (here.broker.session('$bridge-kept-out')?.inflightMessages ?? 0) > 0);
  t.true(said.some((words) => words.startsWith('bridge "gone" has ended')));
});

test('no client from outside gets the session of a bridge, whether there is a bridge or not', async (t) => {
  const here = await Site.open(t);
  const client = makeClient(t, { url: here.url, clientId: '$bridge-some-out', cleanStart: false });
  await t.throwsAsync(client.connect(), { message: /identifier/i });
});

test('a password with an @ in it is not told', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = new Bridges(here.broker, [{ name: 'secret', url: `mqtt://user:first@second@127.0.0.1:${there.port}`, topics }]);
  t.teardown(() => made.close());
  const said: string[] = [];
  made.on('notice', (notice) => said.push(JSON.stringify(notice)));
  made.start();
  await until(() => said.some((text) => text.includes('is connected to')));
  t.false(said.some((text) => /first|second/.test(text)), said[0]);
});
