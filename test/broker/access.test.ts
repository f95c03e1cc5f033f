// Access control at work: who is let in, what may be published, subscribed and delivered, reload, the back end.

import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { isLoopback } from '../../src/broker/access/anonymous.js';
import { deliveryCostBytes, messageCostBytes } from '../../src/broker/memory-use.js';
import { hashPassword } from '../../src/broker/access/index.js';
import type { AccessOptions } from '../../src/broker/index.js';
import { Access } from '../../src/broker/index.js';
import { ScratchFiles } from './scratch-files.js';
import type { RawClient, Version, World } from './support.js';
import { connectOf, publish, subscribe, text, withBroker } from './support.js';
import { until } from '../until.js';

const files = new ScratchFiles(test);

const entry = async (user: string, password: string): Promise<string> => `${user}:${await hashPassword('sha512-pbkdf2', Buffer.from(password), 100)}\n`;

/** CONNECT with a user name, and a password if there is one. */
const connectAs = (version: Version, clientId: string, user: string, password?: string): string => {
  return connectOf(version, { clientId, flags: password === undefined ? 0x82 : 0xc2, rest: text(user) + (password === undefined ? '' : text(password)) });
};

async function answerTo(world: World, bytes: string): Promise<string> {
  const client = await world.open();
  client.send(bytes);
  const connack = await client.takePacket();
  return connack.startsWith('20') ? connack.slice(6, 8) : `not CONNACK: ${connack}`;
}

async function joinAs(world: World, version: Version, clientId: string, user: string, password: string): Promise<RawClient> {
  const client = await world.open();
  client.send(connectAs(version, clientId, user, password));
  const connack = await client.takePacket();
  if (!connack.startsWith('20') || connack.slice(6, 8) !== '00') throw new Error(`CONNECT of ${user} was answered with ${connack}`);
  return client;
}

async function withAccess(options: AccessOptions, run: (world: World, access: Access) => Promise<void>): Promise<void> {
  const access = new Access(options);
  try {
    await withBroker(access.hooks, (world) => run(world, access));
  } finally {
    access.close();
  }
}

for (const version of [4, 5] as const) {
  const name = version === 4 ? '3.1.1' : '5.0';
  const bad = version === 4 ? '04' : '86';
  const unnamed = version === 4 ? '05' : '87';

  test(`${name} a password file lets in its users only`, async (t) => {
    await withAccess({ passwordFile: files.fileWith(await entry('alice', 'secret')) }, async (world) => {
      t.is(await answerTo(world, connectAs(version, 'c', 'alice', 'secret')), '00');
      t.is(await answerTo(world, connectAs(version, 'c', 'alice', 'Secret')), bad);
      t.is(await answerTo(world, connectAs(version, 'c', 'bob', 'secret')), bad);
      t.is(await answerTo(world, connectAs(version, 'c', 'alice')), bad);
      t.is(await answerTo(world, connectOf(version)), unnamed);
      t.is(world.broker.stats.connectsRefused, 4);
    });
  });

  test(`${name} anonymous clients beside a password file, if allowed`, async (t) => {
    await withAccess({ passwordFile: files.fileWith(await entry('alice', 'secret')), allowAnonymous: true }, async (world) => {
      t.is(await answerTo(world, connectOf(version)), '00');
      t.is(await answerTo(world, connectAs(version, 'c', 'alice', 'wrong')), bad);
    });
  });

  test(`${name} an ACL decides on publish, subscribe and delivery`, async (t) => {
    const passwordFile = files.fileWith((await entry('alice', 'a')) + (await entry('bob', 'b')));
    const aclFile = files.fileWith('user alice\ntopic write news/#\ntopic deny news/secret\nuser bob\ntopic read news/+\ntopic deny news/hidden\n');
    await withAccess({ passwordFile, aclFile }, async (world) => {
      const alice = await joinAs(world, version, 'alice', 'alice', 'a');
      const bob = await joinAs(world, version, 'bob', 'bob', 'b');
      const ask = async (client: RawClient, bytes: string): Promise<string> => {
        client.send(bytes);
        return client.takePacket();
      };
      const properties = version === 5 ? '00' : '';
      t.is(await ask(bob, subscribe(version, 1, '#', 1)), `90${version === 5 ? '04' : '03'}0001${properties}01`, 'a part of it may be read');
      // Mosquitto grants every subscription of 3.1.1 and delivers what may be read.
      t.is(await ask(bob, subscribe(version, 2, 'other/#', 1)), `90${version === 5 ? '04' : '03'}0002${version === 5 ? '0087' : '01'}`);
      t.is(await ask(alice, publish(version, 'news/1', 'x', { qos: 1, id: 5 })), '40020005');
      t.is(await ask(alice, publish(version, 'news/secret', 'x', { qos: 1, id: 6 })), version === 5 ? '4003000687' : '40020006');
      t.is(await ask(alice, publish(version, 'news/secret', 'x', { qos: 2, id: 7 })), version === 5 ? '5003000787' : '50020007');
      t.is(await ask(alice, publish(version, 'news/hidden', 'x', { qos: 1, id: 8 })), version === 5 ? '4003000810' : '40020008');
      t.is(await ask(alice, publish(version, 'news/2', 'y', { qos: 0 }) + publish(version, 'news/3', 'z', { qos: 1, id: 9 })), '40020009');
      t.is(await bob.takePacket(), publish(version, 'news/1', 'x', { qos: 1, id: 1 }));
      t.is(await bob.takePacket(), publish(version, 'news/2', 'y'));
      t.is(await bob.takePacket(), publish(version, 'news/3', 'z', { qos: 1, id: 2 }));
      t.is(await bob.untilPong(), '');
      const { deniedPublishes, deniedSubscriptions, deniedDeliveries } = world.broker.stats;
      t.deepEqual([deniedPublishes, deniedSubscriptions, deniedDeliveries], [2, version === 5 ? 1 : 0, 1]);
    });
  });
}

test('retained messages and shares keep to the ACL; a will that may not be published refuses the CONNECT', async (t) => {
  const passwordFile = files.fileWith((await entry('alice', 'a')) + (await entry('bob', 'b')));
  const aclFile = files.fileWith('user alice\ntopic #\nuser bob\ntopic read open/#\n');
  await withAccess({ passwordFile, aclFile }, async (world) => {
    const alice = await joinAs(world, 5, 'alice', 'alice', 'a');
    const bob = await joinAs(world, 5, 'bob', 'bob', 'b');
    alice.send(publish(5, 'open/1', 'o', { retain: true }) + publish(5, 'closed/1', 'c', { retain: true }));
    await alice.untilPong();
    bob.send(subscribe(5, 1, '#', 0));
    t.is(await bob.takePacket(), '900400010000');
    t.is(await bob.untilPong(), publish(5, 'open/1', 'o', { retain: true }));
    bob.send(subscribe(5, 2, '$share/g/#', 0) + packetUnsubscribe('#'));
    await bob.untilPong();
    alice.send(subscribe(5, 2, '$share/g/#', 0));
    await alice.takePacket();
    for (let count = 0; count < 4; count++) alice.send(publish(5, 'closed/2', String(count)));
    t.is(await alice.untilPong(), [0, 1, 2, 3].map((count) => publish(5, 'closed/2', String(count))).join(''), 'the member who may have it gets all');
    t.is(await bob.untilPong(), '');
    const will = connectOf(5, { clientId: 'w', flags: 0xc6, rest: '00' + text('closed/w') + text('gone') + text('bob') + text('b') });
    t.is(await answerTo(world, will), '87');
  });
});

function packetUnsubscribe(filter: string): string {
  const body = `000300${text(filter)}`;
  return `a2${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
}

test('reload: new users and lines count, a file that is wrong leaves the old one in force', async (t) => {
  const passwordFile = files.fileWith(await entry('alice', 'a'));
  const aclFile = files.fileWith('user alice\ntopic a\n');
  await withAccess({ passwordFile, aclFile }, async (world, access) => {
    const alice = await joinAs(world, 5, 'alice', 'alice', 'a');
    writeFileSync(passwordFile, 'alice:plain\n');
    writeFileSync(aclFile, 'user alice\ntopic b\n');
    const first = access.reload();
    t.is(first.files.length, 2);
    t.regex(first.files[0].fault?.message ?? '', /:1: user "alice": the password is not hashed/);
    t.is(first.files[1].fault, undefined);
    t.is(await answerTo(world, connectAs(5, 'x', 'alice', 'a')), '00');
    alice.send(publish(5, 'a', 'x', { qos: 1, id: 1 }) + publish(5, 'b', 'x', { qos: 1, id: 2 }));
    t.is(await alice.take(10), '40030001874003000210');
    writeFileSync(passwordFile, await entry('bob', 'b'));
    writeFileSync(aclFile, 'user alice\ntopic reed b\n');
    const second = access.reload();
    t.deepEqual([...second.changedUsers], ['alice']);
    t.is(second.files[1].fault?.line, 2);
    t.is(await answerTo(world, connectAs(5, 'x', 'alice', 'a')), '86');
    t.is(await answerTo(world, connectAs(5, 'x', 'bob', 'b')), '00');
    alice.send(publish(5, 'b', 'x', { qos: 1, id: 3 }));
    t.is(await alice.takePacket(), '4003000310', 'the lines read before stay in force');
  });
});

test('without a check, clients of this machine alone are let in', (t) => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) t.true(isLoopback(address), address);
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', '127.evil', 'fe80::1', '1127.0.0.1', '']) t.false(isLoopback(address), address);
});

// --- the back end ---

type Reply = (question: Record<string, unknown>, response: ServerResponse) => void;

async function withBackEnd(t: ExecutionContext, reply: Reply, options: Partial<AccessOptions>, run: (world: World, asked: Record<string, unknown>[], failures: string[], access: Access) => Promise<void>): Promise<void> {
  const asked: Record<string, unknown>[] = [];
  const failures: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    t.is(request.method, 'POST');
    t.is(request.headers['content-type'], 'application/json');
    let body = '';
    request.on('data', (part: Buffer) => { body += part.toString(); });
    request.on('end', () => {
      const question = JSON.parse(body) as Record<string, unknown>;
      asked.push(question);
      reply(question, response);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`;
  try {
    await withAccess({ authUrl, ...options, backEndFailed: (reason) => failures.push(reason) }, (world, access) => run(world, asked, failures, access));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
}

const say = (response: ServerResponse, answer: unknown): void => { response.end(JSON.stringify(answer)); };

test('a back end is asked at CONNECT, publish and subscribe; its answers are kept', async (t) => {
  const reply: Reply = ({ action, userName, password, topic }, response) => {
    if (action === 'connect') say(response, { allow: userName === 'alice' && password === 'a', reasonString: 'no such user' });
    else say(response, { allow: String(topic).startsWith('ok/') });
  };
  await withBackEnd(t, reply, {}, async (world, asked, failures, access) => {
    const alice = await joinAs(world, 5, 'alice', 'alice', 'a');
    const { remoteAddress, ...rest } = asked[0];
    t.regex(String(remoteAddress), /127\.0\.0\.1$/);
    t.deepEqual(rest, { action: 'connect', clientId: 'alice', userName: 'alice', version: '5.0', transport: 'tcp', password: 'a' });
    t.is(await answerTo(world, connectAs(5, 'm', 'mallory', 'a')), '86');
    t.is(await answerTo(world, connectOf(5, { clientId: 'n' })), '86');
    t.is(asked[2]['userName'], null);
    t.is(asked[2]['password'], null);

    // Answers come later than the next packets: the order stays.
    alice.send(subscribe(5, 1, 'ok/#', 0) + subscribe(5, 2, 'no/#', 0));
    t.is(await alice.take(12), '900400010000' + '900400020087');
    alice.send(publish(5, 'ok/1', '1', { qos: 1, id: 1 }) + publish(5, 'no/1', '2', { qos: 1, id: 2 }) + publish(5, 'ok/1', '3', { qos: 1, id: 3 }) + 'c000');
    const expected = publish(5, 'ok/1', '1') + '40020001' + '4003000287' + publish(5, 'ok/1', '3') + '40020003' + 'd000';
    t.is(await alice.take(expected.length / 2), expected);
    t.deepEqual(asked[3], { action: 'subscribe', clientId: 'alice', userName: 'alice', topic: 'ok/#', qos: 0, retain: false });
    t.is(asked.length, 7, 'the second publish to ok/1 is answered from what is kept');
    t.deepEqual(access.backEndStats, { requests: 7, kept: 1, failures: 0 });
    access.reload();
    alice.send(publish(5, 'ok/1', '4', { qos: 1, id: 4 }));
    await alice.take(publish(5, 'ok/1', '4').length / 2 + 4);
    t.is(asked.length, 8, 'a reload forgets answers');
    t.deepEqual(failures, []);
  });
});

test('a password that is no text goes in base64, several filters are asked one by one, a will too', async (t) => {
  await withBackEnd(t, ({ topic }, response) => say(response, { allow: topic !== 'no', cacheSeconds: 0 }), {}, async (world, asked) => {
    const client = await world.open();
    client.send(connectOf(4, { clientId: 'c', flags: 0xc6, rest: text('will') + text('gone') + text('u') + '0002ff00' }));
    t.is(await client.takePacket(), '20020000');
    t.is(asked[0]['passwordBase64'], '/wA=');
    t.false('password' in asked[0]);
    t.deepEqual(asked[1], { action: 'publish', clientId: 'c', userName: 'u', topic: 'will', qos: 0, retain: false });
    client.send('8211' + '0001' + text('yes') + '00' + text('no') + '01' + text('x') + '02');
    t.is(await client.takePacket(), '9005' + '0001' + '008002');
    client.send(publish(4, 'a', '1') + publish(4, 'a', '2'));
    await client.untilPong();
    t.is(asked.filter(({ topic }) => topic === 'a').length, 2, 'cacheSeconds 0 keeps nothing');
  });
});

const failing: Readonly<Record<string, readonly [Reply, RegExp]>> = {
  'status 500': [(_question, response) => { response.statusCode = 500; say(response, { allow: true }); }, /the status is 500/],
  'no JSON': [(_question, response) => { response.end('yes'); }, /not JSON/],
  'no object': [(_question, response) => { response.end('null'); }, /no JSON object/],
  'no allow': [(_question, response) => say(response, { allow: 'true' }), /no "allow"/],
  'a wrong time': [(_question, response) => say(response, { allow: true, cacheSeconds: -1 }), /"cacheSeconds" of the answer is -1/],
  'a wrong reason': [(_question, response) => say(response, { allow: true, reasonString: 1 }), /"reasonString"/],
  'too long': [(_question, response) => { response.end(`{"allow":true}${' '.repeat(70_000)}`); }, /more than 65536 bytes/],
  'cut off': [(_question, response) => { response.writeHead(200, { 'Content-Length': '100' }); response.write('{'); setImmediate(() => response.destroy()); }, /abort|hang up|closed/i],
  'silence': [() => undefined, /no answer within 200 ms/],
  'slow bytes': [(_question, response) => { response.writeHead(200); response.write('{'); }, /no answer within 200 ms/],
  'elsewhere': [(_question, response) => { response.writeHead(302, { Location: '/other' }); response.end(); }, /the status is 302/],
};

for (const [name, [reply, says]] of Object.entries(failing)) {
  test(`a back end that fails lets nobody in: ${name}`, async (t) => {
    // Only what never comes is waited for so briefly: a busy machine may need longer for the rest.
    const authTimeoutMs = says.source.includes('no answer') ? 200 : 20_000;
    await withBackEnd(t, reply, { authTimeoutMs }, async (world, _asked, failures, access) => {
      t.is(await answerTo(world, connectAs(5, 'c', 'alice', 'a')), '88');
      t.is(await answerTo(world, connectAs(4, 'c', 'alice', 'a')), '03');
      t.is(failures.length, 2);
      t.regex(failures[0], says);
      t.is(access.backEndStats?.failures, 2);
    });
  });
}

test('a back end that fails later allows nothing, and connected clients stay', async (t) => {
  const reply: Reply = ({ action }, response) => {
    if (action === 'connect') say(response, { allow: true });
    else response.destroy();
  };
  await withBackEnd(t, reply, {}, async (world) => {
    const client = await joinAs(world, 5, 'c', 'u', 'p');
    client.send(publish(5, 'a', 'x', { qos: 1, id: 1 }) + subscribe(5, 2, 'a', 0));
    t.is(await client.take(11), '4003000187' + '900400020087');
    t.is(await client.untilPong(), '');
  });
});

test('a client that goes while it is asked about leaves nothing behind', async (t) => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  const reply: Reply = (_question, response) => { void held.then(() => say(response, { allow: true })); };
  await withBackEnd(t, reply, {}, async (world, asked) => {
    const client = await world.open();
    client.send(connectAs(5, 'c', 'u', 'p'));
    await until(() => asked.length > 0);
    client.destroy();
    release?.();
    await until(() => world.broker.stats.connectionsOpen === 0);
    t.is(world.broker.stats.clientsConnected, 0);
    t.is(world.broker.stats.sessions, 0);
  });
});

test('wrong options are named with their value', (t) => {
  const rows: readonly (readonly [AccessOptions, RegExp])[] = [
    [{ authUrl: 'ftp://a' }, /authUrl is "ftp:\/\/a", it must begin with http:\/\/ or https:\/\//],
    [{ authUrl: 'x' }, /authUrl is "x"/],
    [{ authUrl: 'http://a', passwordFile: 'f' }, /give one of them/],
    [{ authUrl: 'http://a', authTimeoutMs: 0 }, /authTimeoutMs is 0/],
    [{ authUrl: 'http://a', authCacheSeconds: NaN }, /authCacheSeconds is NaN/],
    [{ aclFile: join(files.folder, 'none') }, /there is no such file/],
  ];
  for (const [options, says] of rows) t.throws(() => new Access(options), { message: says });
});

test('messages that wait in a session go only to who may read them, whoever comes for it', async (t) => {
  const passwordFile = files.fileWith(await entry('alice', 'a') + await entry('bob', 'b'));
  const aclFile = files.fileWith('user alice\ntopic #\nuser bob\ntopic read open/#\ntopic write #\n');
  await withAccess({ passwordFile, aclFile }, async (world) => {
    const connect = async (user: string, password: string): Promise<RawClient> => {
      const client = await world.open();
      client.send(connectOf(4, { clientId: 'desk', flags: 0xc0, rest: text(user) + text(password) }));
      t.is((await client.takePacket()).slice(6, 8), '00');
      return client;
    };
    const alice = await connect('alice', 'a');
    alice.send(subscribe(4, 1, '#', 1));
    await alice.takePacket();
    world.broker.publish({ topic: 'secret/flight', payload: '0', qos: 1 });
    await alice.takePacket();
    await alice.end();
    for (const topic of ['secret/1', 'open/1', 'secret/2']) world.broker.publish({ topic, payload: '1', qos: 1 });
    const bob = await connect('bob', 'b');
    t.is(await bob.untilPong(), publish(4, 'open/1', '1', { qos: 1, id: 2 }));
    t.is(world.broker.stats.waitingBytes, 'open/1'.length + 1 + messageCostBytes + deliveryCostBytes);
    await bob.end();
  });
});

test('a hook whose promise is of another library is waited for, one that answers neither true nor false allows nothing', async (t) => {
  const later = (answer: boolean) => ({ then: (resolve: (answer: boolean) => void) => { setImmediate(resolve, answer); } }) as unknown as Promise<boolean>;
  const odd = 'yes' as unknown as boolean;
  const authorize = ({ topic }: { topic: string }) => topic === 'odd' ? odd : later(topic === 'good');
  await withBroker({ authenticate: ({ clientId }) => later(clientId !== 'bad'), authorize, authorizeDelivery: (_, __, topic) => topic === 'late' ? later(true) as unknown as boolean : true }, async (world) => {
    t.is(await answerTo(world, connectOf(5, { clientId: 'bad' })), '86');
    const client = await world.join(5);
    for (const [id, topic, code] of [[1, 'good', '00'], [2, 'bad', '87'], [3, 'odd', '87']] as const) {
      client.send(subscribe(5, id, topic, 0));
      t.is(await client.takePacket(), `900400${'0' + id}00${code}`);
    }
    client.send(publish(5, 'bad', 'x', { qos: 1, id: 4 }));
    t.is(await client.takePacket(), '4003000487');
    world.broker.publish({ topic: 'late', payload: 'x' });
    t.is(await client.untilPong(), '');
  });
});

test('a client’s name opens no topic of the server through a pattern', async (t) => {
  const aclFile = files.fileWith('pattern readwrite %c/#\npattern read $own/%c\n');
  await withAccess({ aclFile }, async (world) => {
    const client = await world.join(5, { clientId: '$SYS' });
    client.send(publish(5, '$SYS/broker/version', 'x', { qos: 1, id: 1 }));
    t.is(await client.takePacket(), '4003000187');
    client.send(subscribe(5, 2, '$own/$SYS', 0));
    t.is(await client.takePacket(), '900400020000');
  });
});

test('an access that retires has its back end answer what it has been asked', async (t) => {
  let answer: () => void = () => undefined;
  const server = createServer((_, response) => { answer = () => { response.end('{"allow":true}'); }; });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const access = new Access({ authUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  const asked = access.hooks.authorize!({ action: 'publish', clientId: 'c', userName: 'u', topic: 'a', qos: 1, retain: false }, 4);
  await new Promise((resolve) => server.once('request', resolve));
  access.retire();
  answer();
  t.true(await asked);
});
