/*
 * What the token lets somebody do, and what nobody may do without it.
 */
import test from 'ava';
import { publish, subscribe } from '../broker/support.js';
import { act, ask, askJson, EventStream, withDashboard } from './support.js';

const token = 'correct horse battery stäple';
/** As a browser sends it: the bytes of its UTF-8. */
const tokenHeader = Buffer.from(token).toString('latin1');

interface Layout {
  title: string;
  panels: { kind: string; id: string }[];
  actions: { id: string; ofTable?: string }[];
}

test('without the option there are no actions', (t) =>
  withDashboard({}, async ({ broker, dashboardPort: port, join }) => {
    await join(5, { clientId: 'one' });
    t.deepEqual((await askJson<Layout>(port, '/layout')).actions, []);
    const { status, body } = await act(port, 'disconnect', tokenHeader, { clientId: 'one' });
    t.is(status, 404);
    t.regex(body, /^\{"error":"there is nothing to do at \/action\/disconnect: this dashboard has no token/);
    t.is((await ask(port, '/token', { method: 'POST' })).status, 404);
    t.is(broker.clients().length, 1);
  }));

test('a wrong token does nothing, wherever it stands', (t) =>
  withDashboard({ token }, async ({ broker, dashboardPort: port, join }) => {
    await join(5, { clientId: 'one' });
    const body = JSON.stringify({ clientId: 'one' });
    const json = { 'Content-Type': 'application/json' };
    const wrong: Record<string, string>[] = [
      {}, { Authorization: '' }, { Authorization: tokenHeader }, { Authorization: `Basic ${tokenHeader}` }, { Authorization: `Bearer ${tokenHeader}x` },
      { Authorization: `Bearer ${tokenHeader.slice(1)}` }, { Cookie: tokenHeader },
    ];
    for (const headers of wrong) {
      const answer = await ask(port, '/action/disconnect', { method: 'POST', headers: { ...json, ...headers }, body });
      t.is(answer.status, 403);
      t.deepEqual(JSON.parse(answer.body), { error: 'the token is missing or wrong' });
      t.is((await ask(port, '/token', { method: 'POST', headers })).status, 403);
    }
    t.is((await ask(port, `/action/disconnect?token=${encodeURIComponent(token)}`, { method: 'POST', headers: json, body })).status, 403);
    t.is((await ask(port, `/action/disconnect?clientId=one`, { headers: { Authorization: `Bearer ${tokenHeader}` } })).status, 404);
    t.is(broker.clients().length, 1);
    t.is((await ask(port, '/token', { method: 'POST', headers: { Authorization: `Bearer ${tokenHeader}` } })).status, 204);
  }));

test('with the token: disconnect, delete a session, publish, clear a retained message', (t) =>
  withDashboard({ token }, async ({ broker, dashboardPort: port, join }) => {
    const layout = await askJson<Layout>(port, '/layout');
    t.deepEqual(layout.actions.map(({ id, ofTable }) => [id, ofTable]), [['disconnect', 'clients'], ['delete-session', 'clients'], ['publish', undefined], ['clear-retained', undefined]]);
    const said = async (id: string, values: unknown): Promise<string> => {
      const { status, body } = await act(port, id, tokenHeader, values);
      return `${status} ${body.trim()}`;
    };
    const one = await join(5, { clientId: 'one', flags: 0, properties: '1100000064' });
    t.is(await said('disconnect', { clientId: 'one' }), '200 {"done":"one is disconnected"}');
    t.regex(await one.rest(), /^e0..98/);
    t.is(await said('disconnect', { clientId: 'one' }), '422 {"error":"one is not connected"}');
    t.truthy(broker.session('one'));
    t.is(await said('delete-session', { clientId: 'one' }), '200 {"done":"the session of one is deleted"}');
    t.is(broker.session('one'), undefined);
    t.is(await said('delete-session', { clientId: 'one' }), '422 {"error":"one has no session"}');

    const reader = await join(4, { clientId: 'reader' });
    reader.send(subscribe(4, 1, 'a/b', 1));
    await reader.takePacket();
    t.is(await said('publish', { topic: 'a/b', payload: 'hällo', qos: '1', retain: 'true' }), '200 {"done":"published to a/b"}');
    t.is(await reader.takePacket(), publish(4, 'a/b', 'hällo', { qos: 1 }));
    t.is(broker.stats.retainedMessages, 1);
    t.is(await said('publish', { topic: 'a/#', payload: '', qos: '0', retain: 'false' }).then((text) => text.slice(0, 4)), '422 ');
    t.regex(await said('publish', { topic: 'a', payload: '', qos: '3' }), /^400 .*\\"qos\\" is \\"3\\"; it must be one of 0, 1, 2/);
    t.is(await said('clear-retained', { topic: 'a/b' }), '200 {"done":"the retained message on a/b is cleared"}');
    t.is(broker.stats.retainedMessages, 0);
    t.is(await said('clear-retained', { topic: 'a/b' }), '422 {"error":"there is no retained message on \\"a/b\\""}');
  }));

test('a body that is not what the page sends is refused', (t) =>
  withDashboard({ token }, async ({ dashboardPort: port }) => {
    const headers = { Authorization: `Bearer ${tokenHeader}`, 'Content-Type': 'application/json' };
    const send = (body: string, more: Record<string, string> = {}) => ask(port, '/action/publish', { method: 'POST', headers: { ...headers, ...more }, body });
    for (const body of ['', '{', '[]', 'null', '"x"', '{"topic":1}', `{"topic":"${'x'.repeat(262_145)}"}`, '{"topic":"a","retain":"yes"}']) t.is((await send(body)).status, 400, body.slice(0, 30));
    t.is((await send('{}', { 'Content-Type': 'text/plain' })).status, 415);
    t.is((await send(`{"topic":"${'x'.repeat(400_000)}"}`)).status, 413);
    t.is((await ask(port, '/action/nothing', { method: 'POST', headers, body: '{}' })).status, 404);
  }));

test('beyond loopback whoever looks needs the token too; the page itself does not', (t) =>
  withDashboard({ host: '0.0.0.0', token }, async ({ dashboard, dashboardPort: port }) => {
    t.is(dashboard.host, '0.0.0.0');
    t.is((await ask(port, '/')).status, 200);
    for (const path of ['/layout', '/feed', '/messages?filter=%23', '/table?panel=clients', '/detail?panel=clients&key=x']) {
      const { status, body } = await ask(port, path);
      t.is(status, 401, path);
      t.deepEqual(JSON.parse(body), { error: 'the token is missing or wrong' });
    }
    const headers = { Authorization: `Bearer ${tokenHeader}`, Host: 'broker.example' };
    t.is((await ask(port, '/layout', { headers })).status, 200);
    const stream = await EventStream.open(port, '/feed', { headers });
    t.truthy(await stream.next('begin'));
    stream.close();
  }));
