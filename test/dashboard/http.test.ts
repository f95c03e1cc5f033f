/*
 * The dashboard over HTTP, without a browser: what it says of a broker at work, and what it refuses.
 */
import test from 'ava';
import { DashboardOptionError, serveDashboard } from '../../src/broker/index.js';
import { publish, subscribe, withBroker } from '../broker/support.js';
import { ask, askJson, EventStream, hostileTexts, withDashboard } from './support.js';

interface Begin {
  history: { timesMs: number[]; series: Record<string, (number | null)[]> };
  figures: Record<string, number | string | null>;
  logs: Record<string, { level: string; text: string }[]>;
}

interface Sample {
  timeMs: number;
  sample: Record<string, number | null>;
  figures: Record<string, number>;
  logs: Record<string, { level: string; text: string }[]>;
}

interface Shown {
  rows: Record<string, string | number | null>[];
  matching: number;
  total: number;
}

interface Batch {
  messages: { topic: string; publisherId: string; qos: number; retain: boolean; size: number; bytes: string; cbor?: string }[];
  leftOut: number;
}

interface Detail {
  title: string;
  facts: { label: string; value: unknown }[];
  tables: { title: string; rows: Record<string, unknown>[] }[];
}

test('the page and its files come with headers that keep everything else out', (t) =>
  withDashboard({}, async ({ dashboard, dashboardPort: port }) => {
    t.is(dashboard.url, `http://127.0.0.1:${port}/`);
    const page = await ask(port, '/');
    t.is(page.status, 200);
    t.is(page.headers['content-type'], 'text/html; charset=utf-8');
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
    t.deepEqual(files.sort(), ['icon.svg', 'page.js', 'style.css', 'uplot.css', 'uplot.js']);
    for (const file of ['', ...files, 'dom.js']) {
      const { status, headers } = await ask(port, `/${file}`);
      t.is(status, 200, file);
      const policy = headers['content-security-policy'] as string;
      t.regex(policy, /^default-src 'none'; script-src 'self'; /);
      t.notRegex(policy, /unsafe|http|\*/);
      t.is(headers['access-control-allow-origin'], undefined);
      t.is(headers['x-content-type-options'], 'nosniff');
    }
    // Not one inline script, style or handler, which the policy would not run.
    t.notRegex(page.body, /<style|style=|\son\w+=|<script(?![^>]*src=)/);
    for (const path of ['/nothing', '/../package.json', '/%2e%2e/source.ts', '/tsconfig.json', '/globals.d.ts', '/page/page.js']) {
      t.is((await ask(port, path)).status, 404, path);
    }
    t.is((await ask(port, '/', { method: 'PUT' })).status, 405);
  }));

test('the feed begins with history, figures and events, then tells a sample a second', (t) =>
  withDashboard({}, async ({ broker, dashboardPort: port, join }) => {
    const writer = await join(5, { clientId: 'writer' });
    const reader = await join(4, { clientId: 'reader' });
    reader.send(subscribe(4, 1, 'a/#', 1));
    await reader.takePacket();
    const early = await EventStream.open(port, '/feed');
    const begin = (await early.next<Begin>('begin'))!;
    t.is(begin.figures.clients, 2);
    t.deepEqual(begin.logs.events.map(({ text }) => text), ['writer connected from 127.0.0.1, MQTT 5.0', 'reader connected from 127.0.0.1, MQTT 3.1.1']);
    let beforeMs = (await early.next<Sample>('sample'))!.timeMs;
    for (let id = 1; id <= 10; id++) writer.send(publish(5, 'a/b', 'xyz', { qos: 1, id }));
    await writer.untilPong();
    for (let id = 1; id <= 10; id++) {
      const packet = await reader.takePacket();
      reader.send(`4002${packet.slice(14, 18)}`);
    }
    await reader.untilPong();
    const sums = { messagesIn: 0, messagesOut: 0, handOnMedian: 0, acknowledgeMedian: 0 };
    let last: Sample | undefined;
    for (let tried = 0; tried < 10 && sums.messagesOut < 9; tried++) {
      last = (await early.next<Sample>('sample'))!;
      // A rate over a second, or longer on a busy machine.
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += (last.sample[name] ?? 0) * (last.timeMs - beforeMs) / 1000;
      beforeMs = last.timeMs;
    }
    t.true(sums.messagesIn > 5 && sums.messagesOut > 5, JSON.stringify(sums));
    t.true(sums.handOnMedian > 0 && sums.acknowledgeMedian > 0, JSON.stringify(sums));
    t.is(last!.sample.connected, 2);
    broker.disconnectClient('reader');
    let lines: string[] = [];
    for (let tried = 0; tried < 5 && lines.length === 0; tried++) lines = ((await early.next<Sample>('sample'))!.logs.events ?? []).map(({ text }) => text);
    t.deepEqual(lines, ['reader disconnected: disconnected by the embedder']);

    // A page that is opened now has the plots of what was before.
    const late = await EventStream.open(port, '/feed');
    const { history } = (await late.next<Begin>('begin'))!;
    t.true(history.timesMs.length >= 3);
    for (const values of Object.values(history.series)) t.is(values.length, history.timesMs.length);
    t.true(history.series.messagesOut.some((value) => value !== null && value > 0));
    for (const stream of [early, late]) stream.close();
  }));

test('the table of clients: state, version, queue; sorted and filtered', (t) =>
  withDashboard({}, async ({ dashboardPort: port, broker, join }) => {
    const away = await join(5, { clientId: 'away-1', flags: 0, properties: '1100000064' });
    away.send(subscribe(5, 1, 'q', 1));
    await away.takePacket();
    await away.end();
    // A will that is delayed is pending while its client is away: Will Delay Interval 100 s, Session Expiry Interval 100 s.
    const willed = await join(5, { clientId: 'willed', flags: 4, properties: '1100000064', rest: `051800000064000177000178` });
    willed.destroy();
    const b = await join(4, { clientId: 'b' });
    const a = await join(5, { clientId: 'A' });
    a.send(publish(5, 'q', 'waits', { qos: 1 }));
    await a.takePacket();
    while (broker.session('willed')?.connected === true) await b.untilPong();
    const all = await askJson<Shown>(port, '/table?panel=clients&sort=clientId&order=up');
    t.deepEqual(all.rows.map(({ clientId, state, version }) => [clientId, state, version]), [
      ['A', 'connected', '5.0'], ['away-1', 'away', null], ['b', 'connected', '3.1.1'], ['willed', 'will pending', null],
    ]);
    t.like(all, { total: 4, matching: 4 });
    t.like(all.rows[1], { queued: 1, queuedBytes: 6, address: null, messagesIn: null });
    t.regex(String(all.rows[0].address), /^127\.0\.0\.1:\d+$/);
    const down = await askJson<Shown>(port, '/table?panel=clients&sort=queued&order=down');
    t.is(down.rows[0].clientId, 'away-1');
    const filtered = await askJson<Shown>(port, '/table?panel=clients&filter=AWAY');
    t.deepEqual([filtered.rows.length, filtered.matching, filtered.total], [1, 1, 4]);
    t.regex((await ask(port, '/table?panel=clients&sort=nothing')).body, /sort is \\"nothing\\"; it must be one of clientId, state/);
    t.is((await ask(port, '/table?panel=nothing')).status, 404);
    t.is((await ask(port, '/table')).status, 404);
  }));

test('one client in detail: its subscriptions, and its violations with statement and bytes', (t) =>
  withDashboard({}, async ({ dashboardPort: port, join }) => {
    const client = await join(4, { clientId: 'one' });
    client.send(subscribe(4, 1, 'x/+/y', 2));
    await client.takePacket();
    const detail = await askJson<Detail>(port, '/detail?panel=clients&key=one');
    t.is(detail.title, 'one');
    t.deepEqual(detail.tables[0].rows, [{ filter: 'x/+/y', qos: 2, options: '' }]);
    t.deepEqual(detail.tables[1].rows, []);
    // QoS 3 does not exist. [MQTT-3.3.1-4]
    client.send('3600');
    await client.rest();
    const after = await askJson<Detail>(port, '/detail?panel=clients&key=one');
    t.is(after.tables[1].rows.length, 1);
    t.like(after.tables[1].rows[0], { statement: 'MQTT-3.3.1-4' });
    t.regex(String(after.tables[1].rows[0].bytes), /^36/);
    t.is((await ask(port, '/detail?panel=clients&key=nobody')).status, 404);
    t.is((await ask(port, '/detail?panel=clients&key=__proto__')).status, 404);
    const again = await join(4, { clientId: 'one' });
    const { rows } = await askJson<Shown>(port, '/table?panel=clients&filter=one');
    t.is(rows[0].violations, 1);
    await again.end();
  }));

test('messages as they pass: those of the filter, with QoS, retain and CBOR in words; no cost when nobody looks', (t) =>
  withDashboard({}, async ({ dashboardPort: port, broker, join }) => {
    const writer = await join(5, { clientId: 'writer' });
    const stream = await EventStream.open(port, `/messages?filter=${encodeURIComponent('s/+')}`);
    t.deepEqual(await stream.next('watching'), { filter: 's/+' });
    writer.send(publish(5, 'other', 'no'));
    writer.send(publish(5, 's/1', '{"a":1}', { qos: 1, retain: true }));
    await writer.takePacket();
    broker.publish({ topic: 's/2', payload: Buffer.from('a1616101', 'hex') });
    broker.publish({ topic: 's/3', payload: Buffer.alloc(10_000, 0x61) });
    const messages: Batch['messages'] = [];
    while (messages.length < 3) {
      const batch = (await stream.next<Batch>('messages'))!;
      t.is(batch.leftOut, 0);
      messages.push(...batch.messages);
    }
    t.deepEqual(messages.map(({ topic, publisherId, qos, retain, size }) => [topic, publisherId, qos, retain, size]), [
      ['s/1', 'writer', 1, true, 7], ['s/2', '', 0, false, 4], ['s/3', '', 0, false, 10_000],
    ]);
    t.is(Buffer.from(messages[0].bytes, 'base64').toString(), '{"a":1}');
    t.is(messages[1].cbor, '{"a": 1}');
    t.is(Buffer.from(messages[2].bytes, 'base64').length, 4096);
    for (let count = 0; count < 1000; count++) broker.publish({ topic: 's/many', payload: 'x' });
    const many = (await stream.next<Batch>('messages'))!;
    t.is(many.messages.length + many.leftOut, 1000);
    t.true(many.messages.length <= 12);
    stream.close();
    for (const filter of ['', 'a/#/b', 'a+', '#a']) {
      const { status, body } = await ask(port, `/messages?filter=${encodeURIComponent(filter)}`);
      t.is(status, 400, filter);
      t.regex(body, /is not a topic filter/);
    }
  }));

test('identifiers, topics and payloads of hostile peers come through as text, whatever they hold', (t) =>
  withDashboard({}, async ({ dashboardPort: port, broker, join }) => {
    const stream = await EventStream.open(port, '/messages?filter=%23');
    await stream.next('watching');
    for (const text of hostileTexts) await join(5, { clientId: text });
    for (const text of hostileTexts) {
      broker.publish({ topic: `t/${text}`, payload: text });
      const { messages } = (await stream.next<Batch>('messages'))!;
      t.is(messages[0].topic, `t/${text}`);
      t.is(Buffer.from(messages[0].bytes, 'base64').toString(), text);
      const { rows } = await askJson<Shown>(port, `/table?panel=clients&filter=${encodeURIComponent(text)}`);
      t.deepEqual(rows.map(({ clientId }) => clientId), [text]);
      const detail = await ask(port, `/detail?panel=clients&key=${encodeURIComponent(text)}`);
      t.is((JSON.parse(detail.body) as Detail).title, text);
      t.is(detail.headers['content-type'], 'application/json; charset=utf-8');
    }
    stream.close();
  }));

test('on loopback only requests that name this machine are answered, and none from pages of elsewhere', (t) =>
  withDashboard({}, async ({ dashboardPort: port }) => {
    for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, `[::1]:${port}`, '127.9.9.9']) {
      t.is((await ask(port, '/layout', { headers: { Host: host } })).status, 200, host);
    }
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1']) {
      for (const path of ['/', '/layout', '/feed']) {
        const { status, body } = await ask(port, path, { headers: { Host: host } });
        t.is(status, 403, `${host}${path}`);
        t.true(body.includes('Host header'), body);
      }
    }
    for (const site of ['cross-site', 'same-site']) {
      for (const path of ['/layout', '/feed', '/page.js']) t.is((await ask(port, path, { headers: { 'Sec-Fetch-Site': site } })).status, 403);
      t.is((await ask(port, '/', { headers: { 'Sec-Fetch-Site': site } })).status, 200);
    }
  }));

test('wrong options are refused before anything is opened', (t) =>
  withBroker({}, async ({ broker }) => {
    const short = await t.throwsAsync(serveDashboard(broker, { port: 0, token: 'fifteen-letters' }), { instanceOf: DashboardOptionError });
    t.regex(short.message, /has 15 characters; it must have at least 16/);
    for (const host of ['0.0.0.0', '::']) {
      const open = await t.throwsAsync(serveDashboard(broker, { port: 0, host }), { instanceOf: DashboardOptionError });
      t.true(open.message.includes(`"${host}"`) && open.message.includes('needs a token'), open.message);
    }
    const first = await serveDashboard(broker, { port: 0, host: 'localhost' });
    await t.throwsAsync(serveDashboard(broker, { port: first.port, host: 'localhost' }), { code: 'EADDRINUSE' });
    await t.throwsAsync(serveDashboard(broker, { port: 0 }), { message: /has a dashboard already/ });
    await first.close();
    const second = await serveDashboard(broker, { port: first.port, host: 'localhost' });
    await second.close();
  }));

test('closing leaves nothing: no listener at the broker, no stream, no port', (t) =>
  withBroker({}, async ({ broker }) => {
    const before = broker.eventNames().length;
    const dashboard = await serveDashboard(broker, { port: 0 });
    const streams = await Promise.all(['/feed', '/messages?filter=a'].map((path) => EventStream.open(dashboard.port, path)));
    t.true(broker.eventNames().length > before);
    await dashboard.close();
    for (const stream of streams) t.is(await stream.next('never'), undefined);
    t.is(broker.eventNames().length, before);
    await t.throwsAsync(ask(dashboard.port, '/'), { code: 'ECONNREFUSED' });
    broker.publish({ topic: 'a', payload: 'x' });
  }));
