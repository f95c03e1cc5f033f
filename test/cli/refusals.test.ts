// When the connection or the server says no: exit code 1 and the reason in words. TLS and WebSocket, right and wrong.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { generate } from 'selfsigned';
import { midge, startMidge } from './process.js';
import { serve } from './server.js';

const message = ['-t', 'a', '-m', 'b', '-q', '1'];

test('a server that is not there', async (t) => {
  const closed = createServer();
  const port = await new Promise<number>((resolve) => {
    closed.listen(0, '127.0.0.1', () => {
      const { port } = closed.address() as { port: number };
      closed.close(() => { resolve(port); });
    });
  });
  for (const command of [['pub', ...message], ['sub', '-t', 'a']]) {
    const { code, stdout, stderr } = await midge([...command, '-h', '127.0.0.1', '-p', String(port)]);
    t.is(code, 1);
    t.is(stdout.length, 0);
    t.regex(stderr, /^midge (pub|sub): cannot connect to 127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\)\n$/);
  }
});

test('a server that speaks something else', async (t) => {
  const talker = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('SSH-2.0-x\r\n');
  });
  t.teardown(() => { talker.close(); });
  const port = await new Promise<number>((resolve) => {
    talker.listen(0, '127.0.0.1', () => { resolve((talker.address() as { port: number }).port); });
  });
  const { code, stderr } = await midge(['pub', ...message, '-h', '127.0.0.1', '-p', String(port)]);
  t.is(code, 1);
  t.regex(stderr, /^midge pub: cannot connect to .*: .+\n$/);
});

test('a server that closes without a word, one that speaks HTTP, one that speaks TLS', async (t) => {
  const mute = createServer((socket) => { socket.on('error', () => undefined).once('data', () => { socket.end(); }); });
  const web = createWebServer();
  const secret = createServer((socket) => { socket.on('error', () => undefined).end(Buffer.from('15030100020246', 'hex')); });
  for (const [server, says] of [[mute, /perhaps it expects TLS \(--tls, --cafile\) or WebSocket \(--ws\)\n$/], [web, /it speaks HTTP \(perhaps --ws\)\n$/],
    [secret, /it speaks TLS \(perhaps --tls or --cafile\)\n$/]] as const) {
    t.teardown(() => { server.close(); });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => { resolve((server.address() as { port: number }).port); });
    });
    const { code, stderr } = await midge(['pub', ...message, '-h', '127.0.0.1', '-p', String(port)]);
    t.is(code, 1);
    t.regex(stderr, says);
  }
});

for (const [version, words] of [['311', /user name or password are wrong \(0x04\)/], ['5', /user name or password are wrong \(0x86\)/]] as const) {
  test(`MQTT ${version}: a refused connection is shown with its reason code in words`, async (t) => {
    const { at } = await serve(t, { authenticate: ({ userName, password }) => userName === 'me' && Buffer.from(password ?? []).toString() === 'secret' });
    const wrong = await midge(['pub', ...at, '-V', version, ...message, '-u', 'me', '-P', 'wrong']);
    t.is(wrong.code, 1);
    t.regex(wrong.stderr, words);
    t.is((await midge(['pub', ...at, '-V', version, ...message, '-u', 'me', '-P', 'secret'])).code, 0);
  });
}

test('a refused subscription: alone it ends the command, beside others it is said', async (t) => {
  const { at } = await serve(t, { authorize: ({ action, topic }) => action === 'publish' || topic !== 'secret' });
  const alone = await midge(['sub', ...at, '-t', 'secret', '-W', '30']);
  t.is(alone.code, 1);
  t.regex(alone.stderr, /not subscribed to secret: .*\n.*the server refused every subscription/);
  const beside = await midge(['sub', ...at, '-t', 'secret', '-t', 'open', '-E']);
  t.is(beside.code, 0);
  t.regex(beside.stderr, /^midge sub: not subscribed to secret: .*\n$/);
});

test('a refused publish of MQTT 5.0', async (t) => {
  const { at } = await serve(t, { authorize: ({ action }) => action !== 'publish' });
  const { code, stderr } = await midge(['pub', ...at, '-V', '5', ...message]);
  t.is(code, 1);
  t.regex(stderr, /a message was not delivered: .*not authorized \(0x87\)/);
});

test('a message larger than the server takes', async (t) => {
  const { at } = await serve(t, { maximumPacketSize: 1000 });
  for (const size of [2000, 2_000_000]) {
    const { code, stderr } = await midge(['pub', ...at, '-V', '5', '-t', 'a', '-q', '1', '-s'], Buffer.alloc(size));
    t.is(code, 1);
    t.regex(stderr, /larger than the server accepts/);
  }
});

test('a message larger than a server of MQTT 3.1.1 takes: given up after three connections', async (t) => {
  const { at } = await serve(t, { maximumPacketSize: 1000 });
  for (const size of [2000, 2_000_000]) {
    const { code, stderr } = await midge(['pub', ...at, '-V', '311', '-t', 'a', '-q', '1', '-s'], Buffer.alloc(size));
    t.is(code, 1);
    t.true(stderr.endsWith(`was not delivered: the connection was lost 3 times in the middle of it; the server may refuse its size, ${size} bytes, or its topic\n`), stderr);
  }
});

test('two clients of MQTT 3.1.1 with one identifier: the second early loss says so', async (t) => {
  const { at, broker } = await serve(t);
  const sub = startMidge(['sub', ...at, '-V', '311', '-i', 'twin', '-t', 'a', '-C', '1', '-W', '30', '-q', '1']);
  broker.on('clientConnected', ({ clientId }) => { if (clientId === 'twin') setImmediate(() => { broker.dropClient('twin'); }); });
  await sub.said('(perhaps another client with identifier twin connects in turn)');
  sub.child.kill('SIGINT');
  await sub.ended;
  t.regex(sub.heard('stderr'), /^.*(closed it|reset the connection \(ECONNRESET\)); trying again in \d+ ms\n/);
});

test('midge sub outlives a lost connection and subscribes again', async (t) => {
  const { at, broker } = await serve(t);
  const sub = startMidge(['sub', ...at, '-i', 'held', '-t', 'a', '-q', '1', '-C', '1', '-W', '30', '-d']);
  await sub.said('subscribed to');
  const back = new Promise<void>((resolve) => { broker.once('clientConnected', () => { resolve(); }); });
  broker.dropClient('held');
  await sub.said('trying again in');
  await back;
  await midge(['pub', ...at, '-t', 'a', '-m', 'after', '-r', '-q', '1']);
  t.is((await sub.ended).stdout.toString(), 'after\n');
});

test('TLS: a trusted, an untrusted and a client certificate; WebSocket', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-tls-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const tls = await serve(t, {}, { transport: 'tls', tls: { cert, key } });
  const at = ['-h', 'localhost', '-p', tls.at[3]];
  t.is((await midge(['pub', ...at, ...message, '--cafile', certFile])).code, 0);
  t.is((await midge(['pub', ...at, ...message, '--tls', '--insecure'])).code, 0);
  t.is((await midge(['pub', '-L', `mqtts://localhost:${at[3]}/a`, '-m', 'x', '--cafile', certFile])).code, 0);
  const untrusted = await midge(['pub', ...at, ...message, '--tls']);
  t.is(untrusted.code, 1);
  t.regex(untrusted.stderr, /self-signed and not trusted \(--cafile\)/);

  const otherName = await midge(['pub', '-h', '127.0.0.1', '-p', tls.at[3], ...message, '--cafile', certFile]);
  t.is(otherName.code, 1);
  t.regex(otherName.stderr, /certificate is for another name \(give -h a name that it has, or for tests --insecure\)/);
  const plain = await midge(['pub', ...at, ...message]);
  t.is(plain.code, 1);
  t.regex(plain.stderr, /perhaps .*--tls/);

  const mutual = await serve(t, {}, { transport: 'tls', tls: { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true } });
  const there = ['-h', 'localhost', '-p', mutual.at[3], '--cafile', certFile];
  t.is((await midge(['pub', ...there, ...message, '--cert', certFile, '--key', keyFile])).code, 0);
  t.is((await midge(['pub', ...there, ...message])).code, 1);

  const ws = await serve(t, {}, { transport: 'ws' });
  const sub = startMidge(['sub', ...ws.at, '--ws', '-t', 'a', '-C', '1', '-W', '30', '-d']);
  await sub.said('subscribed to');
  t.is((await midge(['pub', ...ws.at, '--ws', '/mqtt', ...message])).code, 0);
  t.is((await sub.ended).stdout.toString(), 'b\n');
});
