// midge passwd, and midge broker with its files: beside Mosquitto's own tool and broker, and through a reload.
// Without Mosquitto on the machine this says so; where every engine is demanded it fails.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectAsync, type MqttClient } from 'mqtt';
import { ScratchFiles } from '../broker/scratch-files.js';
import { reportNotRun } from '../engines/installed.js';
import { linesOf, midge, type Running, start, startMidge } from './process.js';

const files = new ScratchFiles(test);

const theirBroker = '/usr/sbin/mosquitto';
const theirTool = '/usr/bin/mosquitto_passwd';

/** False, with a line in the report, when there is nothing to compare with. */
function canCompare(t: ExecutionContext): boolean {
  if (existsSync(theirBroker) && existsSync(theirTool)) return true;
  reportNotRun(t, 'mosquitto and mosquitto_passwd are not installed: the comparison with them was NOT RUN (Debian: apt-get install mosquitto)');
  return false;
}

interface Served {
  readonly port: string;
  readonly running: Running;
}

async function serveOurs(t: ExecutionContext, args: readonly string[]): Promise<Served> {
  const running = startMidge(['broker', '--port', '0', ...args]);
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
  await running.said('(TCP)', 'stdout');
  return { port: /listening on 127\.0\.0\.1:(\d+)/.exec(running.heard('stdout'))![1], running };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

/** Started by root it would become another user, who may not read the test's files. */
const asRoot = process.getuid?.() === 0 ? ['user root'] : [];

async function serveTheirs(t: ExecutionContext, lines: readonly string[]): Promise<Served> {
  const port = await freePort();
  const config = files.fileWith([`listener ${port} 127.0.0.1`, ...asRoot, ...lines, ''].join('\n'));
  const running = start(theirBroker, ['-c', config, '-v']);
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
  await running.said('running');
  return { port: String(port), running };
}

const asUser = (user: string, password: string): string[] => ['-u', user, '-P', password];
const canPublish = async (served: Served, user: string, password: string): Promise<boolean> => {
  return (await midge(['pub', '-h', '127.0.0.1', '-p', served.port, ...asUser(user, password), '-t', 'a', '-m', 'x', '-q', '1'])).code === 0;
};

test('midge passwd makes, changes and deletes users; the file is for its owner alone', async (t) => {
  const file = files.newPath();
  t.is((await midge(['passwd', '-c', '-b', file, 'alice', 'secret'])).code, 0);
  t.is(statSync(file).mode & 0o777, 0o600);
  t.is((await midge(['passwd', '-H', 'scrypt', file, 'bob'], 'from standard input\nmore\n')).code, 0);
  t.is((await midge(['passwd', '-I', '1000', '-b', file, 'alice', 'changed'])).code, 0);
  const [alice, bob, ...more] = linesOf(readFileSync(file));
  t.regex(alice, /^alice:\$7\$1000\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/);
  t.regex(bob, /^bob:\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{43}$/);
  t.deepEqual(more, []);
  const served = await serveOurs(t, ['--password-file', file]);
  t.true(await canPublish(served, 'alice', 'changed'));
  t.true(await canPublish(served, 'bob', 'from standard input'));
  t.false(await canPublish(served, 'alice', 'secret'));
  t.is((await midge(['passwd', '-D', file, 'alice'])).code, 0);
  t.deepEqual(linesOf(readFileSync(file)), [bob]);
  const missing = await midge(['passwd', '-D', file, 'alice']);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /there is no user "alice" in/);
});

test('midge passwd --scram makes an entry that serves clients of both kinds', async (t) => {
  const file = files.newPath();
  t.is((await midge(['passwd', '-c', '--scram', '-b', file, 'alice', 'secret'])).code, 0);
  t.is((await midge(['passwd', '-H', 'scram-sha-256', '-I', '4096', file, 'bob'], 'of bob\n')).code, 0);
  const [alice, bob] = linesOf(readFileSync(file));
  t.regex(alice, /^alice:SCRAM-SHA-256\$100000:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
  t.regex(bob, /^bob:SCRAM-SHA-256\$4096:/);
  const served = await serveOurs(t, ['--password-file', file]);
  t.true(await canPublish(served, 'alice', 'secret'));
  t.true(await canPublish(served, 'bob', 'of bob'));
  t.false(await canPublish(served, 'alice', 'Secret'));
});

test('--auth-method proves the password and does not send it; an entry that cannot do it is told of in the log', async (t) => {
  const file = files.newPath();
  await midge(['passwd', '-c', '--scram', '-I', '4096', '-b', file, 'alice', 'secret']);
  await midge(['passwd', '-I', '10', '-b', file, 'bob', 'secret']);
  const served = await serveOurs(t, ['--password-file', file, '--log-level', 'debug']);
  const proving = (port: string, user: string, password: string): string[] => ['-h', '127.0.0.1', '-p', port, '--auth-method', 'scram-sha-256', ...asUser(user, password)];
  const sub = startMidge(['sub', ...proving(served.port, 'alice', 'secret'), '-t', 'a', '-C', '1', '-W', '30', '-d']);
  await sub.said('subscribed to');
  t.is((await midge(['pub', ...proving(served.port, 'alice', 'secret'), '-t', 'a', '-m', 'proven', '-q', '1'])).code, 0);
  t.is((await sub.ended).stdout.toString(), 'proven\n');
  const wrong = await midge(['pub', ...proving(served.port, 'alice', 'Secret'), '-t', 'a', '-m', 'x']);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /refused the connection: .*invalid-proof: user name or password is wrong/);
  t.is((await midge(['pub', ...proving(served.port, 'bob', 'secret'), '-t', 'a', '-m', 'x'])).code, 1);
  await served.running.said('user bob came with SCRAM-SHA-256, but has a sha512-pbkdf2 hash', 'stdout');

  const said: Buffer[] = [];
  const listener = createServer((socket) => {
    socket.on('data', (chunk) => {
      said.push(chunk);
      socket.destroy();
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  const { port } = listener.address() as { port: number };
  t.is((await midge(['pub', ...proving(String(port), 'alice', 'secret'), '-t', 'a', '-m', 'x'])).code, 1);
  listener.close();
  const connect = Buffer.concat(said).toString('latin1');
  t.true(connect.includes('n,,n=alice,r='), connect);
  t.false(connect.includes('secret'));
});

test('midge passwd -U hashes what is plain text and leaves the rest', async (t) => {
  const file = files.fileWith('# users\nalice:a:b c\nbob:$6$EaHCFf3khzbZ59qT$rUHkopW4Qkn/O1Fx5D5JnufMhTlIUvBEdjyTbTmQB4trCEofB1PWOrYnULjG+YKx5qNkY0DFQSy70OfRoPJpyw==\n');
  t.is((await midge(['passwd', '-U', '-I', '100', file])).code, 0);
  const [comment, alice, bob] = linesOf(readFileSync(file));
  t.is(comment, '# users');
  t.regex(alice, /^alice:\$7\$100\$/);
  t.regex(bob, /^bob:\$6\$EaHC/);
  const served = await serveOurs(t, ['--password-file', file]);
  t.true(await canPublish(served, 'alice', 'a:b c'));
  t.true(await canPublish(served, 'bob', 'secret'));
});

test('files of mosquitto_passwd work here, files of midge passwd work with Mosquitto', async (t) => {
  if (!canCompare(t)) return;
  const theirs = files.newPath();
  for (const args of [['-c', '-b', theirs, 'alice', 'pä ss'], ['-b', '-H', 'sha512', theirs, 'bob', 'secret']]) t.is((await start(theirTool, args, '').ended).code, 0);
  const served = await serveOurs(t, ['--password-file', theirs]);
  t.true(await canPublish(served, 'alice', 'pä ss'));
  t.true(await canPublish(served, 'bob', 'secret'));
  t.false(await canPublish(served, 'alice', 'secret'));

  const ours = files.newPath();
  t.is((await midge(['passwd', '-c', '-b', ours, 'alice', 'pä ss'])).code, 0);
  t.is((await midge(['passwd', '-b', '-I', '101', ours, 'bob', 'secret'])).code, 0);
  const mosquitto = await serveTheirs(t, [`password_file ${ours}`]);
  t.true(await canPublish(mosquitto, 'alice', 'pä ss'));
  t.true(await canPublish(mosquitto, 'bob', 'secret'));
  t.false(await canPublish(mosquitto, 'bob', 'pä ss'));
  // Their tool changes a file of ours, ours one of theirs.
  t.is((await start(theirTool, ['-b', ours, 'bob', 'new'], '').ended).code, 0);
  t.is((await midge(['passwd', '-b', theirs, 'bob', 'new'])).code, 0);
  served.running.child.kill('SIGHUP');
  await served.running.said('again', 'stdout');
  t.true(await canPublish(served, 'bob', 'new'));
  t.regex(readFileSync(ours, 'utf8'), /^alice:.*\nbob:/);
});

const acl = `topic open/#
user alice
topic own/#
topic deny own/locked
topic write only/write
topic read only/read
topic read $SYS/a
user bob
topic readwrite +/+/deep
topic deny a/#
pattern readwrite to/%u/%c
pattern deny from/locked
pattern from/#
`;

const topics = ['open/a', 'own', 'own/a', 'own/locked', 'only/write', 'only/read', 'x/y/deep', 'a/y/deep', 'a', 'to/alice/c1', 'to/bob/c1', 'to/bob/c2', 'to//c1', 'from/locked', 'from/x', 'other'];

/** What a subscriber to everything gets of a message on each topic, by user and by which side the user is on. */
async function delivered(served: Served): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const clients: MqttClient[] = [];
  const open = async (clientId: string, username: string | undefined): Promise<MqttClient> => {
    const user = username === undefined ? {} : { username, password: 'p' };
    const client = await connectAsync(`mqtt://127.0.0.1:${served.port}`, { clientId, reconnectPeriod: 0, ...user });
    clients.push(client);
    return client;
  };
  const end = await open('end', 'root');
  for (const user of [undefined, 'alice', 'bob', 'root', '+']) {
    for (const side of ['writes', 'reads']) {
      const publisher = await open('c1', side === 'writes' ? user : 'root');
      const subscriber = await open(side === 'reads' ? 'c2' : 'observer', side === 'reads' ? user : 'root');
      const got: string[] = [];
      const ended = new Promise<void>((resolve) => {
        subscriber.on('message', (topic) => {
          if (topic === 'from/end') resolve();
          else got.push(topic);
        });
      });
      await subscriber.subscribeAsync(['#', '$SYS/a'], { qos: 1 });
      for (const topic of topics) await publisher.publishAsync(topic, 'x', { qos: 1 });
      // Everybody may read this one but whoever has a wildcard in the name.
      if (user === '+' && side === 'reads') await end.publishAsync('open/end', 'x', { qos: 1 });
      else {
        await end.publishAsync('from/end', 'x', { qos: 1 });
        await ended;
      }
      found[`${user ?? 'anonymous'} ${side}`] = got;
      for (const client of [publisher, subscriber]) await client.endAsync();
    }
  }
  await end.endAsync();
  return found;
}

test('an ACL lets through what it lets through with Mosquitto', async (t) => {
  if (!canCompare(t)) return;
  const aclFile = files.fileWith(`${acl}user root\ntopic #\n`);
  const passwords = files.newPath();
  for (const user of ['alice', 'bob', 'root', '+']) t.is((await midge(['passwd', '-I', '10', ...(user === 'alice' ? ['-c'] : []), '-b', passwords, user, 'p'])).code, 0);
  const ours = await delivered(await serveOurs(t, ['--password-file', passwords, '--acl-file', aclFile, '--allow-anonymous']));
  const theirs = await delivered(await serveTheirs(t, [`password_file ${passwords}`, `acl_file ${aclFile}`, 'allow_anonymous true']));
  t.deepEqual(ours, theirs);
  t.true(ours['alice writes'].includes('own/a') && !ours['alice writes'].includes('own/locked'));
});

test('SIGHUP reads the files again; a wrong one is named with its line, and the old one stays', async (t) => {
  const passwords = files.newPath();
  await midge(['passwd', '-c', '-I', '10', '-b', passwords, 'alice', 'p']);
  const aclFile = files.fileWith('user alice\ntopic a\n');
  const { port, running } = await serveOurs(t, ['--password-file', passwords, '--acl-file', aclFile, '-v']);
  const sub = startMidge(['sub', '-h', '127.0.0.1', '-p', port, ...asUser('alice', 'p'), '-i', 'watcher', '-t', 'a', '-d']);
  await sub.said('subscribed');
  writeFileSync(aclFile, 'user alice\n\ntopic reed a\n');
  running.child.kill('SIGHUP');
  await running.said(`--acl-file: ${aclFile}:3: "reed" is no access; it is read, write, readwrite or deny; what was read before stays in force\n`, 'stdout');
  // All or nothing: the password file, which is right, has not been taken either.
  t.false(running.heard('stdout').includes(`read ${passwords} again\n`));
  t.true(await canPublish({ port, running }, 'alice', 'p'));
  await midge(['passwd', '-I', '10', '-b', passwords, 'alice', 'q']);
  writeFileSync(aclFile, 'user alice\ntopic a\n');
  running.child.kill('SIGHUP');
  await running.said('watcher is disconnected, as user alice has been changed', 'stdout');
  sub.child.kill('SIGKILL');
  await sub.ended;
  t.false(await canPublish({ port, running }, 'alice', 'p'));
  t.true(await canPublish({ port, running }, 'alice', 'q'));
});

test('limits and refusals have their lines', async (t) => {
  const { port, running } = await serveOurs(t, ['--connect-timeout-ms', '50', '--allow-anonymous']);
  const silent = connect(Number(port), '127.0.0.1');
  silent.on('error', () => undefined);
  await running.said('limit connectTimeoutMs (50) reached by a client from 127.0.0.1: the connection is closed, as no CONNECT came\n', 'stdout');
  silent.destroy();
  t.pass();
});

test('wrong uses: exit code and one line that says why', async (t) => {
  const plain = files.fileWith('alice:secret\n');
  const badAcl = files.fileWith('topic a\nuser\n');
  const rows: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['broker', '--password-file', join(files.folder, 'none')], /--password-file is ".*none"; there is no such file/],
    [['broker', '--password-file', plain], /--password-file: .*:1: user "alice": the password is not hashed/],
    [['broker', '--password-file', ''], /--password-file is ""; it must be the path of a file/],
    [['broker', '--acl-file', badAcl], /--acl-file: .*:2: there is no user name/],
    [['broker', '--auth-url', 'localhost:80'], /--auth-url is "localhost:80"; it must be a URL that begins with http/],
    [['broker', '--auth-url', 'http://a', '--password-file', plain], /give one of them/],
    [['broker', '--auth-timeout-ms', '5'], /--auth-timeout-ms is about the back end; give auth-url too/],
    [['broker', '--auth-url', 'http://a', '--auth-cache-seconds', '-1'], /--auth-cache-seconds is "-1"/],
    [['broker', '--packets-per-second-max', '0'], /from 1 to 10000000/],
    [['broker', '--memory-bytes-max', '1k'], /--memory-bytes-max is "1k"/],
    [['passwd'], /missing required argument/],
    [['passwd', plain], /there is no user/],
    [['passwd', join(files.folder, 'none'), 'alice'], /there is no such file; make it with -c/],
    [['passwd', '-b', plain, 'alice'], /-b needs the password/],
    [['passwd', plain, 'alice', 'secret'], /needs -b/],
    [['passwd', '-b', plain, 'alice', 'two', 'words'], /quote a password that has spaces/],
    [['passwd', '-b', plain, 'a:b', 'secret'], /the user "a:b" cannot stand in a password file/],
    [['passwd', '-b', plain, '#a', 'secret'], /begins with #/],
    [['passwd', '-b', plain, 'alice', ''], /the password is empty/],
    [['passwd', plain, 'alice'], /the password is empty/],
    [['passwd', '-c', '-D', plain, 'alice'], /give one of them/],
    [['passwd', '-U', plain, 'alice'], /-U takes a file and nothing else/],
    [['passwd', '-H', 'md5', plain, 'alice'], /-H, --hash is "md5"; it must be sha512-pbkdf2, scrypt or scram-sha-256/],
    [['passwd', '-H', 'scrypt', '-I', '5', '-b', plain, 'alice', 'p'], /-I is for sha512-pbkdf2/],
    [['pub', '-t', 'a', '-m', 'x', '--auth-method', 'plain'], /--auth-method is "plain"; it must be scram-sha-256/],
    [['pub', '-t', 'a', '-m', 'x', '--auth-method', 'scram-sha-256', '-u', 'a'], /--auth-method needs a user name and a password/],
    [['pub', '-t', 'a', '-m', 'x', '--auth-method', 'scram-sha-256', '-V', '311', '-u', 'a', '-P', 'b'], /--auth-method is of MQTT 5.0, but -V asks for 3.1.1/],
    [['pub', '-t', 'a', '-m', 'x', '--auth-method', 'scram-sha-256', '-u', 'a', '-P', 'b', '-D', 'connect', 'authentication-method', 'x'], /both say how to authenticate/],
    [['pub', '-t', 'a', '-m', 'x', '--auth-method', 'scram-sha-256', '-u', 'a\u0007', '-P', 'b'], /^midge pub: -u is .*SASLprep allows/],
    [['passwd', '--scram', '-I', '4095', '-b', plain, 'alice', 'p'], /-I is 4095; for scram-sha-256 it must be at least 4096/],
    [['passwd', '--scram', '-H', 'scrypt', '-b', plain, 'alice', 'p'], /-H scrypt and --scram both say how to hash/],
    [['passwd', '--scram', '-b', plain, 'Ⅸ', 'p'], /the user "Ⅸ" cannot have a SCRAM hash: SASLprep \(RFC 4013\) makes "IX" of the name/],
    [['passwd', '--scram', '-b', plain, 'alice', 'a\u0007'], /the password of user "alice" cannot be used with SCRAM: it holds a character that SASLprep/],
    [['passwd', '-I', '0', '-b', plain, 'alice', 'p'], /-I, --iterations is "0"/],
  ];
  for (const [args, says] of rows) {
    const { code, stdout, stderr } = await midge(args);
    const shown = `midge ${args.join(' ')}: ${stderr}`;
    t.is(code, 2, shown);
    t.is(stdout.length, 0, shown);
    t.is(linesOf(stderr).length, 1, shown);
    t.regex(stderr, says);
  }
  t.is(readFileSync(plain, 'utf8'), 'alice:secret\n');
});
