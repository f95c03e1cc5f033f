/*
 * What keeps a dashboard from growing: streams to slow browsers, logs, samples of messages, the history.
 */
import { createServer, get, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import test from 'ava';
import { Feed, viewersMax } from '../../src/dashboard/feed.js';
import { History } from '../../src/dashboard/history.js';
import { LogRing } from '../../src/dashboard/log-ring.js';
import { MessageSampler } from '../../src/dashboard/message-sampler.js';
import type { DashboardSource } from '../../src/dashboard/index.js';
import { Viewer } from '../../src/dashboard/viewer.js';
import { ask, EventStream, withDashboard } from './support.js';
import { until } from '../until.js';

test('a browser that does not read gets nothing more, holds no memory, and is cut off in the end', async (t) => {
  let nowMs = 0;
  const opened = new Promise<ServerResponse>((resolve) => {
    const server = createServer((_, response) => resolve(response));
    server.listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
      socket.pause();
      socket.on('error', () => undefined);
      t.teardown(() => {
        socket.destroy();
        server.close();
      });
    });
  });
  const response = await opened;
  const viewer = new Viewer(response, () => nowMs);
  const event = { text: 'x'.repeat(50_000) };
  let taken = 0;
  let most = 0;
  for (let count = 0; count < 5000; count++) {
    if (viewer.send('sample', event)) taken++;
    most = Math.max(most, response.writableLength);
    if (count % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // The operating system takes some megabytes; beyond that one event waits.
  t.true(taken > 0 && taken < 1000, `${taken} taken`);
  t.true(most < 200_000, `${most} bytes waited`);
  t.false(response.destroyed);
  nowMs = 29_000;
  t.false(viewer.send('sample', event));
  t.false(response.destroyed);
  nowMs = 30_001;
  viewer.send('sample', event);
  t.true(response.destroyed);
});

test('a sample of messages: each is shown or counted, those that a slow browser does not get too', (t) => {
  const sampler = new MessageSampler();
  t.is(sampler.takeBatch(), undefined);
  const message = { publisherId: 'c', topic: 't', payload: Buffer.alloc(100_000, 1), qos: 0, retain: false };
  for (let count = 0; count < 10_000; count++) sampler.take(message);
  const batch = sampler.takeBatch()!;
  t.is(batch.messages.length, 12);
  t.is(batch.leftOut, 10_000 - 12);
  t.true(JSON.stringify(batch).length < 100_000);
  sampler.giveBack(batch);
  sampler.take(message);
  t.is(sampler.takeBatch()!.leftOut, 10_000);
});

test('a payload that holds CBOR without end is shown as what it is: bytes, bounded', (t) => {
  const sampler = new MessageSampler();
  for (const payload of [Buffer.alloc(4000, 0x81), Buffer.alloc(4000, 0x9f), Buffer.alloc(4000, 0xc1), Buffer.from('bbffffffffffffffff', 'hex'), Buffer.alloc(4000, 0x40)]) {
    sampler.take({ publisherId: '', topic: 't', payload, qos: 0, retain: false });
  }
  for (const { cbor } of sampler.takeBatch()!.messages) t.is(cbor, undefined);
  sampler.take({ publisherId: '', topic: 't', payload: Buffer.concat([Buffer.from('98ff', 'hex'), Buffer.alloc(255, 0xf7)]), qos: 0, retain: false });
  t.regex(sampler.takeBatch()!.messages[0].cbor!, /^\[undefined, undefined/);
});

test('a log keeps its latest lines, takes a bounded number a second, and says how many it left out', (t) => {
  const ring = new LogRing();
  for (let count = 0; count < 1000; count++) ring.add({ level: 'info', text: `line ${count}` });
  const fresh = ring.takeFresh();
  t.is(fresh.length, 51);
  t.is(fresh[50].text, '950 more lines in this second are left out');
  for (let second = 0; second < 10; second++) {
    for (let count = 0; count < 50; count++) ring.add({ level: 'info', text: 'x'.repeat(2000) });
    t.is(ring.takeFresh().length, 50);
  }
  t.is(ring.lines.length, 200);
  t.is(ring.lines[199].text.length, 501);
});

test('the history is a ring: the latest samples in their order, unknown values as null', (t) => {
  const history = new History(['a', 'b'], 3);
  t.deepEqual(history.shown(), { timesMs: [], series: { a: [], b: [] } });
  for (let at = 1; at <= 5; at++) {
    history.add(at * 1000, { a: at, b: at === 4 ? null : -at });
    const from = Math.max(1, at - 2);
    t.deepEqual(history.shown().series.a, Array.from({ length: Math.min(at, 3) }, (_, i) => from + i));
  }
  t.deepEqual(history.shown(), { timesMs: [3000, 4000, 5000], series: { a: [3, 4, 5], b: [-3, null, -5] } });
});

test('nobody looks: figures are not gathered; somebody looks: the source is told to watch, and to stop', async (t) => {
  const calls: string[] = [];
  const source: DashboardSource = {
    title: 'fake', panels: [], actions: [],
    start: () => { calls.push('start'); },
    stop: () => { calls.push('stop'); },
    sample: () => { calls.push('sample'); return {}; },
    figures: () => { calls.push('figures'); return {}; },
    rows: () => [],
    detail: () => undefined,
    watchMessages: () => { calls.push('watch'); return () => { calls.push('unwatch'); }; },
  };
  const feed = new Feed(source);
  const server = createServer((request, response) => (request.url === '/feed' ? feed.follow(response) : feed.followMessages('a', response)));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  // One sample comes a second, and as many as the machine needs seconds.
  await until(() => calls.filter((call) => call === 'sample').length > 1);
  t.deepEqual([...new Set(calls)], ['start', 'sample']);
  const follower = await EventStream.open(port, '/feed');
  await follower.next('begin');
  const watcher = await EventStream.open(port, '/messages');
  await watcher.next('watching');
  t.deepEqual([...new Set(calls)], ['start', 'sample', 'figures', 'watch']);
  watcher.close();
  await until(() => calls.includes('unwatch'));
  feed.stop();
  t.is(await follower.next('never'), undefined);
  t.is(calls.at(-1), 'stop');
  await new Promise((resolve) => { server.close(resolve); });
});

test('no more streams than fit', (t) =>
  withDashboard({}, async ({ dashboardPort: port }) => {
    const streams = await Promise.all(Array.from({ length: viewersMax }, (_, at) => EventStream.open(port, at % 2 === 0 ? '/feed' : '/messages?filter=a')));
    await Promise.all(streams.map((stream, at) => stream.next(at % 2 === 0 ? 'begin' : 'watching')));
    const { status, body } = await ask(port, '/feed');
    t.is(status, 503);
    t.regex(body, /32 streams are open/);
    streams[0].close();
    // The server hears of it a moment later.
    let next = 503;
    for (let tried = 0; tried < 100 && next === 503; tried++) {
      next = await new Promise<number>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: '/feed', agent: false }, (response) => {
          resolve(response.statusCode ?? 0);
          response.destroy();
        }).once('error', reject);
      });
    }
    t.is(next, 200);
    for (const stream of streams) stream.close();
  }));
