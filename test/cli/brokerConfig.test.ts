// midge broker --config as a process: what the file and the command line say together, SIGHUP, certificates swapped, the
// example and the schema that are printed.

import { connect } from 'node:net';
import test from 'ava';
import selfsigned from 'selfsigned';
import { parse } from 'smol-toml';
import { newFolder } from '../config/files.js';
import { certificate, hangUp, portsOf, servedName, serve } from './brokerProcess.js';
import { linesOf, midge } from './process.js';

const folder = newFolder();
test.after.always(() => { folder.remove(); });

test('SIGHUP while the broker ends does nothing', async (t) => {
  const file = folder.write('ending.toml', '[[listener]]\nport = 0\n');
  const running = await serve(t, ['--config', file]);
  // A client that does not close in its turn keeps the broker waiting for a moment.
  const client = connect({ host: '127.0.0.1', port: Number(portsOf(running)[0]), allowHalfOpen: true });
  t.teardown(() => { client.destroy(); });
  await new Promise((resolve) => client.once('connect', resolve));
  running.child.kill('SIGTERM');
  await running.said('ended: ', 'stdout');
  running.child.kill('SIGHUP');
  const { code, stderr } = await running.ended;
  t.deepEqual([code, stderr], [0, '']);
});

test('SIGHUP applies what can change, names what needs a restart, and keeps everything where the file is wrong', async (t) => {
  const file = folder.write('a.toml', '[[listener]]\nport = 0\n[limits]\nmaximum-packet-size = 1000\n[log]\nlevel = "warn"\n');
  const running = await serve(t, ['--config', file]);
  const [port] = portsOf(running);
  const big = ['pub', '-h', '127.0.0.1', '-p', port, '-V', '5', '-t', 'a', '-q', '1', '-m', 'x'.repeat(2000)];
  t.not((await midge(big)).code, 0);

  folder.write('a.toml', '[[listener]]\nport = 1\n[limits]\nmaximum-packet-size = 5000\n[log]\nlevel = "info"\n');
  await hangUp(running, 'limits.maximum-packet-size is changed from 1000 to 5000\n');
  await running.said('listener[1].port has changed, and needs a restart: until then it stays 0\n', 'stdout');
  await running.said('log.level is changed from "warn" to "info"\n', 'stdout');
  t.is((await midge(big)).code, 0);
  await running.said(' connected from 127.0.0.1', 'stdout');

  folder.write('a.toml', '[limits]\nmaximum-packet-size = 1000\nreceive-maximum = 0\n[access]\nacl-file = "none"\n');
  await hangUp(running, `${file}:3:1: limits.receive-maximum is 0; it must be a whole number of messages from 1 to 65535; what was read before stays in force\n`);
  await running.said(`${file}:5:1: access.acl-file is "${folder.path}/none"; there is no such file; what was read before`, 'stdout');
  t.is((await midge(big)).code, 0);
  folder.write('a.toml', '[limits\n');
  await hangUp(running, `${file}:1:8: this is no TOML`);
  t.is((await midge(big)).code, 0);
});

test('a certificate is swapped for new connections; one that does not go with its key is refused by name', async (t) => {
  const [first, second] = [await certificate('first'), await certificate('second')];
  folder.write('s.pem', first.cert);
  folder.write('s.key', first.private);
  const file = folder.write('tls.toml', '[[listener]]\ntransport = "tls"\nport = 0\ncert = "s.pem"\nkey = "s.key"\n');
  const running = await serve(t, ['--config', file]);
  const [port] = portsOf(running);
  t.is(await servedName(port), 'first');
  folder.write('s.pem', second.cert);
  await hangUp(running, `${file}:5:1: listener[1].key: "${folder.path}/s.key" is not the key of the certificate in "${folder.path}/s.pem"`);
  t.is(await servedName(port), 'first');
  folder.write('s.key', second.private);
  await hangUp(running, `serves new connections with the certificate in "${folder.path}/s.pem", valid until 20`);
  t.is(await servedName(port), 'second');
});

test('certificates that are none are named with what they are; one that has expired is a warning', async (t) => {
  const { cert, private: key } = await certificate('x');
  folder.write('good.pem', cert);
  folder.write('good.key', key);
  folder.write('empty.pem', '');
  folder.write('text.pem', 'hello');
  folder.write('der.pem', Buffer.from(cert.replace(/-----.*-----|\s/g, ''), 'base64'));
  folder.write('broken.pem', cert.replace(/[A-Za-z]{20}/, 'A'.repeat(20)));
  folder.write('locked.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----\n');
  const rows: readonly (readonly [cert: string, key: string, says: RegExp])[] = [
    ['empty.pem', 'good.key', /:4:1: listener\[1\]\.cert: ".*empty\.pem" holds no certificate: it is empty/],
    ['text.pem', 'good.key', /text\.pem" holds no certificate: it is not PEM/],
    ['der.pem', 'good.key', /der\.pem" holds no certificate: it looks like DER/],
    ['good.key', 'good.key', /good\.key" holds no certificate: it is PEM with (RSA )?PRIVATE KEY/],
    ['good.pem', 'good.pem', /:5:1: listener\[1\]\.key: ".*good\.pem" holds no private key: it is PEM with CERTIFICATE/],
    ['good.pem', 'locked.key', /the key in ".*locked\.key" is encrypted; give its passphrase/],
    ['good.pem', 'none.key', /:5:1: listener\[1\]\.key is ".*none\.key"; there is no such file/],
  ];
  for (const [cert, key, says] of rows) {
    const file = folder.write('wrong.toml', `[[listener]]\ntransport = "tls"\nport = 0\ncert = "${cert}"\nkey = "${key}"\n`);
    const { code, stderr } = await midge(['broker', '--config', file]);
    t.is(code, 2, stderr);
    t.regex(stderr, says);
    t.is(linesOf(stderr).length, 1, stderr);
  }
  const old = await selfsigned.generate([{ name: 'commonName', value: 'old' }], { keySize: 2048, notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2020-02-03') });
  folder.write('old.pem', old.cert);
  folder.write('old.key', old.private);
  const running = await serve(t, ['--config', folder.write('old.toml', '[[listener]]\ntransport = "tls"\nport = 0\ncert = "old.pem"\nkey = "old.key"\n')]);
  t.regex(running.heard('stdout'), /the certificate in ".*old\.pem" expired on 2020-02-03; clients that check it will not connect/);
});

test('an option stands above the file; options about ports in place of all its listeners', async (t) => {
  const file = folder.write('b.toml', '[[listener]]\nport = 1\n[[listener]]\nport = 2\n[limits]\nmaximum-qos = 0\n[log]\nlevel = "silent"\n');
  const running = await serve(t, ['--config', file, '-p', '0', '--maximum-qos', '2', '--log-level', 'info']);
  t.is(portsOf(running).length, 1);
  t.is((await midge(['pub', '-h', '127.0.0.1', '-p', portsOf(running)[0], '-V', '5', '-t', 'a', '-m', 'x', '-q', '2'])).code, 0);
});

test('the example is right as it is, serves, and has every setting; the schema has the same keys', async (t) => {
  const { stdout } = await midge(['broker', '--config-example']);
  const text = stdout.toString();
  const all = parse(text.replace(/^#(?=[a-z[])/gm, '')) as Record<string, unknown>;
  const schema = JSON.parse((await midge(['broker', '--config-schema'])).stdout.toString()) as Schema;
  t.deepEqual(keysOf(all).sort(), schemaKeys(schema).sort());
  const running = await serve(t, ['--config', folder.write('example.toml', text), '-p', '0']);
  t.is(portsOf(running).length, 1);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function schemaKeys(schema: Schema, path = ''): string[] {
  const inner = schema.items ?? schema;
  if (inner.properties === undefined) return [path];
  return Object.entries(inner.properties).flatMap(([key, one]) => schemaKeys(one, `${path}/${key}`));
}

function keysOf(value: unknown, path = ''): string[] {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof one !== 'object' || one === null) return [path];
  return Object.entries(one).flatMap(([key, inner]) => keysOf(inner, `${path}/${key}`));
}
