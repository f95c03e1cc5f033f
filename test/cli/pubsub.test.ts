// midge pub and midge sub against the reference broker: what is published is printed, at each QoS, in both versions.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { linesOf, midge, type Running, startMidge } from './process.js';
import { serve } from './server.js';

/** A subscriber that the server has acknowledged. `-W` ends it if the test goes wrong. */
async function subscriber(at: readonly string[], args: readonly string[]): Promise<Running> {
  const running = startMidge(['sub', ...at, '-W', '120', '-d', ...args]);
  await running.said('subscribed to');
  return running;
}

/** Larger than every buffer: streamed on both sides. Every thousandth byte on differs. */
const large = Buffer.alloc(1_500_000, 'abcdefghijklmnopqrstuvwxyz');
for (let n = 0; n < large.length; n += 1000) large.writeUInt32BE(n, n);

for (const version of ['311', '5']) {
  for (const qos of ['0', '1', '2']) {
    test(`MQTT ${version}: a message, lines and a large file arrive at QoS ${qos}`, async (t) => {
      const { at } = await serve(t);
      const folder = mkdtempSync(join(tmpdir(), 'midge-pub-'));
      t.teardown(() => { rmSync(folder, { recursive: true }); });
      writeFileSync(join(folder, 'large'), large);
      const both = [...at, '-V', version, '-q', qos];
      const lines = await subscriber(both, ['-t', 'test/+', '-v', '-C', '4']);
      t.is((await midge(['pub', ...both, '-t', 'test/a', '-m', 'grün'])).code, 0);
      t.is((await midge(['pub', ...both, '-t', 'test/b', '-l'], 'one\n\ntwo')).code, 0);
      const printed = await lines.ended;
      t.is(printed.code, 0, printed.stderr);
      t.is(printed.stdout.toString(), 'test/a grün\ntest/b one\ntest/b (null)\ntest/b two\n');
      const bytes = await subscriber(both, ['-t', 'large', '-N', '-C', '1']);
      t.is((await midge(['pub', ...both, '-t', 'large', '-f', join(folder, 'large')])).code, 0);
      t.true(large.equals((await bytes.ended).stdout));
    });
  }
}

test('an empty message, standard input whole, and large', async (t) => {
  const { at } = await serve(t);
  const sub = await subscriber(at, ['-t', 'a', '-N', '-q', '1', '-C', '3']);
  t.is((await midge(['pub', ...at, '-t', 'a', '-n'])).code, 0);
  t.is((await midge(['pub', ...at, '-t', 'a', '-q', '1', '-s'], 'x\ny\n')).code, 0);
  t.is((await midge(['pub', ...at, '-t', 'a', '-q', '1', '-s'], large)).code, 0);
  t.true(Buffer.concat([Buffer.from('x\ny\n'), large]).equals((await sub.ended).stdout));
});

test('a thousand lines arrive in order, whatever the window', async (t) => {
  const { at } = await serve(t);
  const lines = Array.from({ length: 1000 }, (_, n) => `line ${n}\n`).join('');
  const sub = await subscriber(at, ['-t', 'lines', '-q', '2', '-C', '1000']);
  const pub = await midge(['pub', ...at, '-t', 'lines', '-q', '1', '-M', '7', '-l'], lines);
  t.is(pub.code, 0, pub.stderr);
  t.is((await sub.ended).stdout.toString(), lines);
});

test('--repeat publishes again and again', async (t) => {
  const { at } = await serve(t);
  const sub = await subscriber(at, ['-t', 'a', '-C', '3']);
  t.is((await midge(['pub', ...at, '-t', 'a', '-m', 'x', '-q', '1', '--repeat', '3', '--repeat-delay', '0.01'])).code, 0);
  t.is((await sub.ended).stdout.toString(), 'x\nx\nx\n');
});

for (const version of ['311', '5']) {
  test(`MQTT ${version}: -c resumes the session, and -C leaves what was not printed to the next run`, async (t) => {
    const { at } = await serve(t);
    const session = [...at, '-V', version, '-c', '-i', 'keeper', '-q', '1', '-t', 'kept/#'];
    t.is((await midge(['sub', ...session, '-E'])).code, 0);
    for (const text of ['one', 'two', 'three']) await midge(['pub', ...at, '-t', 'kept/a', '-q', '1', '-m', text]);
    const first = await midge(['sub', ...session, '-C', '1', '-W', '120']);
    t.is(first.stdout.toString(), 'one\n', first.stderr);
    t.is(first.code, 0);
    const rest = await midge(['sub', ...session, '-C', '2', '-W', '120']);
    t.is(rest.stdout.toString(), 'two\nthree\n', rest.stderr);
  });
}

test('the will is published when the client is killed, and not when it leaves', async (t) => {
  const { at } = await serve(t);
  const will = ['--will-topic', 'wills/a', '--will-payload', 'gone', '--will-qos', '1', '--will-retain'];
  const watcher = await subscriber(at, ['-t', 'wills/#', '-q', '1', '-v', '-C', '1']);
  const leaving = await subscriber(at, ['-t', 'x', ...will]);
  leaving.child.kill('SIGINT');
  t.is((await leaving.ended).code, 0);
  const killed = await subscriber(at, ['-t', 'x', ...will, '-V', '5', '-D', 'will', 'content-type', 'text/plain']);
  killed.child.kill('SIGKILL');
  t.is((await watcher.ended).stdout.toString(), 'wills/a gone\n');
  const big = await subscriber(at, ['-t', 'x', '--will-topic', 'wills/big', '--will-payload', 'w'.repeat(20_000)]);
  big.child.kill('SIGINT');
  t.is((await big.ended).code, 0);
  const later = await midge(['sub', ...at, '-V', '5', '-t', 'wills/#', '-F', '%r %C %p', '-C', '1', '-W', '120']);
  t.is(later.stdout.toString(), '1 text/plain gone\n');
});

test('retained messages: -r, -R, --retained-only, and -n forgets', async (t) => {
  const { at } = await serve(t);
  await midge(['pub', ...at, '-t', 'r/a', '-r', '-m', 'old']);
  t.is((await midge(['sub', ...at, '-t', 'r/#', '-C', '1', '-W', '120', '-F', '%r %t %p'])).stdout.toString(), '1 r/a old\n');
  const fresh = await subscriber(at, ['-t', 'r/#', '-R', '-C', '1']);
  const only = await subscriber(at, ['-t', 'r/#', '--retained-only']);
  await midge(['pub', ...at, '-t', 'r/a', '-m', 'new']);
  t.is((await fresh.ended).stdout.toString(), 'new\n');
  t.is((await only.ended).stdout.toString(), 'old\n');
  await midge(['pub', ...at, '-t', 'r/a', '-r', '-n']);
  const none = await midge(['sub', ...at, '-t', 'r/#', '-W', '1']);
  t.is(none.code, 27);
  t.is(none.stdout.length, 0);
  t.is(none.stderr, 'midge sub: the time is over\n');
});

test('-T leaves out, -U unsubscribes', async (t) => {
  const { at } = await serve(t);
  const sub = await subscriber(at, ['-t', 'a/#', '-t', 'b', '-T', 'a/no/+', '-U', 'b', '-v', '-C', '1']);
  await sub.said('unsubscribed from b');
  for (const topic of ['b', 'a/no/1', 'a/yes']) await midge(['pub', ...at, '-t', topic, '-m', 'x', '-q', '1']);
  t.is((await sub.ended).stdout.toString(), 'a/yes x\n');
});

test('formats and properties of MQTT 5.0 go from pub to sub', async (t) => {
  const { at } = await serve(t);
  const format = '%t|%l|%q|%r|%x|%X|%C|%D|%F|%P|%R|%-5q|%05l|%6.3t|%%|@@|\\t|%p';
  const sub = await subscriber(at, ['-V', '5', '-t', 'form/#', '-q', '1', '-F', format, '-C', '1']);
  const expiry = await subscriber(at, ['-V', '5', '-t', 'form/#', '-F', '%E', '-C', '1']);
  const json = await subscriber(at, ['-V', '5', '-t', 'form/#', '-F', '%J', '-C', '1']);
  const given = ['content-type', 'json', 'correlation-data', 'c1', 'message-expiry-interval', '90', 'payload-format-indicator', '1', 'response-topic', 'r/t'];
  const properties = given.flatMap((_, n) => n % 2 === 0 ? ['-D', 'publish', given[n], given[n + 1]] : []);
  const pub = await midge(['pub', ...at, '-t', 'form/a', '-q', '1', '-m', '{"n":1}', ...properties, '-D', 'publish', 'user-property', 'k', 'v']);
  t.is(pub.code, 0, pub.stderr);
  const hex = Buffer.from('{"n":1}').toString('hex');
  t.is((await sub.ended).stdout.toString(), `form/a|7|1|0|${hex}|${hex.toUpperCase()}|json|c1|1|k:v|r/t|1    |00007|   for|%|@|\t|{"n":1}\n`);
  // What is left of it, in whole seconds.
  t.regex((await expiry.ended).stdout.toString(), /^(90|[1-8]\d)\n$/);
  const object = JSON.parse((await json.ended).stdout.toString()) as Record<string, unknown>;
  t.regex(String(object['tst']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$/);
  t.like(object, { topic: 'form/a', qos: 0, retain: 0, payloadlen: 7, payload: { n: 1 }, properties: { 'content-type': 'json', 'user-properties': [{ k: 'v' }] } });
});

test('a reader that goes away ends midge sub quietly; the message it did not take is delivered again', async (t) => {
  const { at, broker } = await serve(t);
  const session = [...at, '-c', '-i', 'pipe', '-q', '1', '-t', 'p'];
  const sub = startMidge(['sub', ...session, '-d', '-W', '120']);
  await sub.said('subscribed to');
  sub.child.stdout.destroy();
  await midge(['pub', ...at, '-t', 'p', '-q', '1', '-m', 'x']);
  const { code, stderr } = await sub.ended;
  t.is(code, 0, stderr);
  t.deepEqual(broker.clients(), []);
  t.is((await midge(['sub', ...session, '-C', '1', '-W', '120'])).stdout.toString(), 'x\n');
});

test('Ctrl-C disconnects cleanly: sub with 0, pub that has not sent everything with 1', async (t) => {
  const { at, broker } = await serve(t);
  const left: string[] = [];
  broker.on('clientDisconnected', ({ by }) => left.push(by));
  const sub = await subscriber(at, ['-t', 'a']);
  sub.child.kill('SIGINT');
  t.is((await sub.ended).code, 0);
  const pub = startMidge(['pub', ...at, '-t', 'a', '-l', '-d']);
  await pub.said('connected as');
  pub.child.kill('SIGTERM');
  const { code, stderr } = await pub.ended;
  t.is(code, 1);
  t.regex(stderr, /interrupted before everything was sent/);
  t.deepEqual(left, ['client', 'client']);
});

test('URL and client identifier', async (t) => {
  const { at, broker } = await serve(t);
  const ids: string[] = [];
  broker.on('clientConnected', ({ clientId, userName }) => ids.push(`${clientId} ${userName}`));
  t.is((await midge(['pub', '-L', `mqtt://me%40home:se%3Acret@127.0.0.1:${at[3]}/a/b`, '-m', 'x', '-I', 'pre'])).code, 0);
  t.is((await midge(['pub', ...at, '-t', 'a', '-m', 'x', '-i', 'named'])).code, 0);
  t.is((await midge(['pub', ...at, '-t', 'a', '-m', 'x'])).code, 0);
  t.regex(ids.join('\n'), /^pre\d+ me@home\nnamed undefined\nmidgepub[0-9a-f]{12} undefined$/);
});

test('options of the connection reach the server', async (t) => {
  const { at, broker } = await serve(t);
  const sub = await subscriber(at, ['-t', 'a', '-V', '5', '-i', 'five', '-k', '17', '-x', '99']);
  t.like(broker.clients()[0], { clientId: 'five', version: 5, keepAliveSeconds: 17 });
  t.is(broker.session('five')?.expirySeconds, 99);
  sub.child.kill('SIGINT');
  await sub.ended;
  const pub = await midge(['pub', ...at, '-t', 'a', '-m', 'x', '-i', 'five', '-x', '99', '-c', '-D', 'disconnect', 'session-expiry-interval', '7']);
  t.is(pub.code, 0, pub.stderr);
  t.is(broker.session('five')?.expirySeconds, 7);
});

test('lines of standard input are published as they come', async (t) => {
  const { at } = await serve(t);
  const sub = await subscriber(at, ['-t', 'a', '-C', '1']);
  const pub = startMidge(['pub', ...at, '-t', 'a', '-l', '-d']);
  pub.child.stdin.write('first\nsec');
  t.deepEqual(linesOf((await sub.ended).stdout), ['first']);
  pub.child.stdin.end();
  t.is((await pub.ended).code, 0);
});
