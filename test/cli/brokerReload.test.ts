// SIGHUP and who is connected: whoever could not connect any more does not stay. What counts as a change, and how it is told.

import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { connectAsync, type MqttClient } from 'mqtt';
import { newFolder } from '../config/files.js';
import { certificate, hangUp, portsOf, servedName, serve } from './brokerProcess.js';
import { midge, type Running, startMidge } from './process.js';

const folder = newFolder();
test.after.always(() => { folder.remove(); });

async function client(t: ExecutionContext, running: Running, clientId: string, username?: string, password?: string): Promise<MqttClient> {
  const made = await connectAsync(`mqtt://127.0.0.1:${portsOf(running)[0]}`, { clientId, username, password, protocolVersion: 5, reconnectPeriod: 0 });
  t.teardown(() => made.endAsync(true));
  return made;
}

async function users(name: string, ...given: readonly string[]): Promise<void> {
  folder.write(name, '');
  for (const user of given) await midge(['passwd', '-b', '-I', '10', `${folder.path}/${name}`, user, user]);
}

const head = '[[listener]]\nport = 0\n';

test('another password file: users that it has with the same entry stay, the rest goes', async (t) => {
  await users('one', 'alice', 'bob', 'carol');
  folder.write('two', readFileSync(`${folder.path}/one`, 'utf8').replace(/^bob:.*\n/m, ''));
  const file = folder.write('files.toml', `${head}[access]\npassword-file = "one"\n`);
  const running = await serve(t, ['--config', file]);
  const alice = await client(t, running, 'a', 'alice', 'alice');
  await client(t, running, 'b', 'bob', 'bob');
  folder.write('files.toml', `${head}[access]\npassword-file = "two"\n`);
  await hangUp(running, 'b is disconnected, as user bob has been changed\n');
  await running.said(`access.password-file is changed from "${folder.path}/one" to "${folder.path}/two"\n`, 'stdout');
  await alice.publishAsync('x', 'y', { qos: 1 });

  // Back to nobody who judges: on this machine everybody is let in, and stays.
  folder.write('files.toml', head);
  await hangUp(running, `access.password-file is changed from "${folder.path}/two" to unset\n`);
  await client(t, running, 'nameless');
  await client(t, running, 'c', 'carol', 'wrong');
  await alice.publishAsync('x', 'y', { qos: 1 });
  // And to a password file again: what was not checked does not count.
  folder.write('files.toml', `${head}[access]\npassword-file = "two"\n`);
  await hangUp(running, 'nameless is disconnected, as clients without a user name are no longer let in\n');
  await running.said('c is disconnected, as its password has not been checked by the password file\n', 'stdout');
  t.false(running.heard('stdout').includes('user alice'));
});

test('clients without a name go when they are no longer let in', async (t) => {
  await users('named', 'alice');
  const file = folder.write('anonymous.toml', `${head}[access]\npassword-file = "named"\nallow-anonymous = true\n`);
  const running = await serve(t, ['--config', file]);
  await client(t, running, 'nameless');
  const alice = await client(t, running, 'a', 'alice', 'alice');
  folder.write('anonymous.toml', `${head}[access]\npassword-file = "named"\n`);
  await hangUp(running, 'nameless is disconnected, as clients without a user name are no longer let in\n');
  await running.said('access.allow-anonymous is changed from true to false\n', 'stdout');
  await alice.publishAsync('x', 'y', { qos: 1 });
  t.false(running.heard('stdout').includes('a is disconnected'));
});

test('a table and a secret that change are told without their values', async (t) => {
  const file = folder.write('told.toml', head);
  const running = await serve(t, ['--config', file]);
  folder.write('told.toml', `${head}[refuse-connects]\nreason-code = 0x88\n[dashboard]\ntoken = "0123456789abcdef"\n`);
  await hangUp(running, 'refuse-connects is changed\n');
  await running.said('dashboard has changed, and needs a restart: until then it stays as it was\n', 'stdout');
  t.false(running.heard('stdout').includes('0123456789abcdef'));
});

test('a token file that holds no token is found when the settings are checked, with its line', async (t) => {
  folder.write('short', 'secret\n');
  const text = `${head}[dashboard]\nport = 0\ntoken-file = "short"\n[limits]\n`;
  const { code, stderr } = await midge(['broker', '--config', folder.write('token.toml', text)]);
  t.is(code, 2);
  t.is(stderr, `midge broker: ${folder.path}/token.toml:5:1: dashboard.token-file: the token in "${folder.path}/short" has 6 characters; it must be one line of at least 16 characters, for example of "openssl rand -hex 16"\n`);
  const file = folder.write('token2.toml', head);
  const running = await serve(t, ['--config', file]);
  folder.write('token2.toml', text);
  await hangUp(running, 'token2.toml:5:1: dashboard.token-file: the token in ');
  await running.said('; what was read before stays in force\n', 'stdout');
});

test('a SIGHUP while ports are still being opened is not lost', async (t) => {
  const [first, second] = [await certificate('first'), await certificate('second')];
  folder.write('s.pem', first.cert);
  folder.write('s.key', first.private);
  const file = folder.write('early.toml', `${head}[[listener]]\ntransport = "tls"\nport = 0\ncert = "s.pem"\nkey = "s.key"\n`);
  const running = startMidge(['broker', '--config', file]);
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
  await running.said('listening on', 'stdout');
  folder.write('s.pem', second.cert);
  folder.write('s.key', second.private);
  await hangUp(running, `serves new connections with the certificate in "${folder.path}/s.pem"`);
  t.is(await servedName(portsOf(running)[1]), 'second');
});
