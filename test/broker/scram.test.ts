// SCRAM-SHA-256 on the broker: the RFC's own example, who is let in and as whom, and every message that is wrong.

import { writeFileSync } from 'node:fs';
import test from 'ava';
import { hashPassword } from '../../src/broker/access/index.js';
import { scramExchange } from '../../src/broker/access/scram.js';
import type { AccessOptions } from '../../src/broker/index.js';
import { Access } from '../../src/broker/index.js';
import { Random, seedOf } from '../unit/random.js';
import { answerChallenge, auth, clientFinal, connectProperties, nextData, proofOf, readServerFirst } from './scram-client.js';
import { ScratchFiles } from './scratch-files.js';
import type { RawClient, Version, World } from './support.js';
import { connect5, connectOf, hex, packet, publish, subscribe, text, withBroker } from './support.js';

const files = new ScratchFiles(test);

const iterations = 4096;
const entry = async (user: string, password: string): Promise<string> => `${user}:${await hashPassword('scram-sha-256', Buffer.from(password), iterations)}\n`;
// The example of RFC 7677: user "user", password "pencil".
const rfcEntry = 'user:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n';

async function withAccess(options: AccessOptions, run: (world: World, access: Access) => Promise<void>): Promise<void> {
  const access = new Access(options);
  try {
    await withBroker(access.hooks, (world) => run(world, access));
  } finally {
    access.close();
  }
}

const bareOf = (user: string, nonce = 'abc'): string => `n=${user},r=${nonce}`;

/** Sends CONNECT with the first message. */
async function begin(world: World, clientFirst: string, clientId = 'c'): Promise<RawClient> {
  const client = await world.open();
  client.send(connect5({ clientId, properties: connectProperties(clientFirst) }));
  return client;
}

async function joinAs(world: World, user: string, password: string, clientId = user): Promise<RawClient> {
  const client = await begin(world, `n,,${bareOf(user)}`, clientId);
  await answerChallenge(client, bareOf(user), password);
  const connack = await client.takePacket();
  if (!connack.startsWith('20') || connack.slice(6, 8) !== '00') throw new Error(`CONNECT of ${user} was answered with ${connack}`);
  return client;
}

/** CONNACK with this code and reason, and nothing behind it. */
const refused = (code: string, reason: string): string => packet(0x20, '00', code, packet(0, '1f', text(`SCRAM-SHA-256: ${reason}`)).slice(2));

test('the exchange of RFC 7677, section 3', (t) => {
  const password = readEntry(rfcEntry);
  const exchange = scramExchange({ find: () => password, likeness: () => password }, { userName: undefined }, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0');
  const step = (message: string): unknown => exchange(Buffer.from(message));
  t.deepEqual(step('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'), {
    kind: 'continue', data: Buffer.from('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'),
  });
  t.deepEqual(step('c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='), {
    kind: 'accept', userName: 'user', data: Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='),
  });
});

function readEntry(line: string): { iterations: number; salt: Buffer; storedKey: Buffer; serverKey: Buffer } {
  const [, count, ...parts] = line.trim().split(/[$:]/).slice(1);
  const [salt, storedKey, serverKey] = parts.map((part) => Buffer.from(part, 'base64'));
  return { iterations: Number(count), salt, storedKey, serverKey };
}

test('the test\'s own client computes what RFC 7677 says', (t) => {
  const serverFirst = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const { message, signature } = clientFinal('n=user,r=rOprNGfwEbeRWgbNEkqO', serverFirst, 'pencil');
  t.is(message, 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
  t.is(signature, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('who knows the password is let in under the name, and the server proves that it knows the user [MQTT-4.12.0-1] [MQTT-4.12.0-5]', (t) =>
  withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
    for (const header of ['n,,', 'y,,', 'n,a=user,']) {
      const client = await begin(world, header + bareOf('user'));
      const signature = await answerChallenge(client, bareOf('user'), 'pencil', header);
      const connack = await client.takePacket();
      t.true(connack.startsWith('20') && connack.endsWith(connectProperties(signature)), connack);
      t.is(world.broker.clients()[0].userName, 'user');
      await client.end();
    }
    t.is(world.broker.stats.connectsRefused, 0);
  }));

test('names with comma, equals sign and other characters, and passwords that SASLprep changes', async (t) => {
  const file = files.fileWith((await entry('a,b=c', 'p')) + (await entry('jürgen', 'I\u00adX')));
  await withAccess({ passwordFile: file }, async (world) => {
    const comma = await begin(world, 'n,,n=a=2Cb=3Dc,r=1');
    await answerChallenge(comma, 'n=a=2Cb=3Dc,r=1', 'p');
    t.regex(await comma.takePacket(), /^20..0000/);
    t.is(world.broker.clients()[0].userName, 'a,b=c');
    await comma.end();
    // The name comes decomposed, the password prepared.
    const umlaut = await begin(world, 'n,,n=ju\u0308rgen,r=1');
    await answerChallenge(umlaut, 'n=ju\u0308rgen,r=1', 'IX');
    t.regex(await umlaut.takePacket(), /^20..0000/);
    t.is(world.broker.clients()[0].userName, 'jürgen');
  });
});

test('a client may let the server begin, once', (t) =>
  withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: connectProperties() }));
    t.is(await client.takePacket(), auth('18'));
    client.send(auth('18', `n,,${bareOf('user')}`));
    await answerChallenge(client, bareOf('user'), 'pencil');
    t.regex(await client.takePacket(), /^20..0000/);
    const silent = await world.open();
    silent.send(connect5({ clientId: 'silent', properties: connectProperties() }) + auth('18'));
    t.is(await silent.takePacket(), auth('18'));
    t.is(await silent.rest(), refused('87', 'invalid-encoding: there is no GS2 header, as in "n,,"'));
  }));

test('a wrong password, an unknown user and a user with another hash get the same answer, and are counted', async (t) => {
  const notices: string[] = [];
  const other = `other:${await hashPassword('sha512-pbkdf2', Buffer.from('pencil'), 100)}\n`;
  const options = { passwordFile: files.fileWith(rfcEntry + other), scramUnusable: (reason: string) => { notices.push(reason); } };
  await withAccess(options, async (world, access) => {
    const challenges = new Map<string, string[]>();
    for (const user of ['user', 'nobody', 'other', 'user', 'nobody', 'other']) {
      const client = await begin(world, `n,,${bareOf(user)}`);
      const challenge = await nextData(client);
      const { salt, iterations: count } = readServerFirst(challenge);
      challenges.set(user, [...(challenges.get(user) ?? []), `${count} ${salt}`]);
      client.send(auth('18', clientFinal(bareOf(user), challenge, user === 'user' ? 'wrong' : 'pencil').message));
      t.is(await client.rest(), refused('87', 'invalid-proof: user name or password is wrong'), user);
      access.reload();
    }
    for (const [user, [first, second]] of challenges) t.is(first, second, `${user} is asked the same each time, reloads included`);
    t.is(new Set([...challenges.values()].map(([first]) => first)).size, 3, 'each has a salt of its own');
    for (const [user, [first]] of challenges) {
      t.regex(first, /^4096 /, user);
      t.is(Buffer.from(first.slice(5), 'base64').length, 16, user);
    }
    t.is(world.broker.stats.connectsRefused, 6);
    t.deepEqual([...new Set(notices)], ['user other came with SCRAM-SHA-256, but has a sha512-pbkdf2 hash; midge passwd --scram makes one that serves both']);
  });
});

test('unknown users are asked for iterations that users of the file have', async (t) => {
  const strong = `strong:${await hashPassword('scram-sha-256', Buffer.from('p'), 5000)}\n`;
  await withAccess({ passwordFile: files.fileWith(rfcEntry + strong) }, async (world) => {
    const seen = new Set<number>();
    for (let number = 0; number < 64; number++) {
      const client = await begin(world, `n,,${bareOf(`nobody${number}`)}`);
      seen.add(readServerFirst(await nextData(client)).iterations);
      client.destroy();
    }
    t.deepEqual([...seen].sort(), [4096, 5000]);
  });
});

const wrongFirst: readonly (readonly [what: string, message: string | Buffer, code: string, reason: string])[] = [
  ['nothing', '', '87', 'invalid-encoding: there is no GS2 header, as in "n,,"'],
  ['no header', 'n=user,r=abc', '87', 'invalid-encoding: there is no GS2 header, as in "n,,"'],
  ['channel binding', 'p=tls-exporter,,n=user,r=abc', '8c', 'channel-binding-not-supported: channel binding is demanded; there is none here'],
  ['channel binding without a name', 'p=,,n=user,r=abc', '87', 'invalid-encoding: the channel-binding flag is not n, y or p=name'],
  ['another flag', 'x,,n=user,r=abc', '87', 'invalid-encoding: the channel-binding flag is not n, y or p=name'],
  ['to act as somebody else', 'n,a=root,n=user,r=abc', '87', 'other-error: nobody may act as another user'],
  ['no authorization identity', 'n,user,n=user,r=abc', '87', 'invalid-encoding: the authorization identity is not a=name'],
  ['an extension that must be understood', 'n,,m=x,n=user,r=abc', '87', 'extensions-not-supported: there is an extension that must be understood'],
  ['no name', 'n,,n=,r=abc', '87', 'invalid-username-encoding: the user name is empty, or holds "=" without 2C or 3D behind it'],
  ['a wrong escape', 'n,,n=a=2c,r=abc', '87', 'invalid-username-encoding: the user name is empty, or holds "=" without 2C or 3D behind it'],
  ['a name that is only a soft hyphen', 'n,,n=\u00ad,r=abc', '87', 'invalid-username-encoding: nothing is left of the user name after SASLprep'],
  ['a name with a control character', 'n,,n=a\u0007,r=abc', '87', 'invalid-username-encoding: the user name cannot be used: it holds a character that SASLprep (RFC 4013) does not allow, such as a control character'],
  ['no nonce', 'n,,n=user', '87', 'invalid-encoding: behind the GS2 header there must be n=name,r=nonce'],
  ['an empty nonce', 'n,,n=user,r=', '87', 'invalid-encoding: behind the GS2 header there must be n=name,r=nonce'],
  ['a space in the nonce', 'n,,n=user,r=a b', '87', 'invalid-encoding: behind the GS2 header there must be n=name,r=nonce'],
  ['the wrong order', 'n,,r=abc,n=user', '87', 'invalid-encoding: behind the GS2 header there must be n=name,r=nonce'],
  ['a comma at the end', 'n,,n=user,r=abc,', '87', 'invalid-encoding: behind the GS2 header there must be n=name,r=nonce'],
  ['no UTF-8', Buffer.from('n,,n=\xff,r=abc', 'latin1'), '87', 'invalid-encoding: the message is not UTF-8'],
  ['U+0000', 'n,,n=a\0,r=abc', '87', 'invalid-encoding: the message holds U+0000'],
];

for (const [what, message, code, reason] of wrongFirst) {
  test(`a first message with ${what} is refused [MQTT-4.12.0-4]`, (t) =>
    withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
      const client = await world.open();
      client.send(connect5({ properties: connectProperties(message) }));
      t.is(await client.rest(), refused(code, reason));
      t.is(world.broker.stats.connectsRefused, 1);
    }));
}

const wrongFinal: readonly (readonly [what: string, change: (message: string) => string, reason: string])[] = [
  ['nothing', () => '', 'invalid-encoding: the message must be c=binding,r=nonce,p=proof'],
  ['no proof', (message) => message.replace(/,p=.*/, ''), 'invalid-encoding: the message must be c=binding,r=nonce,p=proof'],
  ['an empty proof', (message) => message.replace(/p=.*/, 'p='), 'invalid-encoding: the proof has 0 bytes, it must have 32'],
  ['a shorter proof', (message) => message.replace(/p=.*/, 'p=AAAA'), 'invalid-encoding: the proof has 3 bytes, it must have 32'],
  ['a proof that is not base64', (message) => message.replace(/p=.*/, 'p=!'), 'invalid-encoding: c= or p= is not base64'],
  ['something behind the proof', (message) => `${message},x=y`, 'invalid-encoding: the message must be c=binding,r=nonce,p=proof'],
  ['another proof', (message) => message.replace(/p=.*/, `p=${Buffer.alloc(32).toString('base64')}`), 'invalid-proof: user name or password is wrong'],
  ['another nonce', (message) => message.replace('r=abc', 'r=abd'), 'other-error: the nonce is not that of this exchange'],
  ['the client\'s nonce alone', (message) => message.replace(/r=[^,]+/, 'r=abc'), 'other-error: the nonce is not that of this exchange'],
  ['another header', (message) => message.replace('c=biws', 'c=eSws'), 'channel-bindings-dont-match: c= is not the GS2 header of the first message'],
  ['an extension that must be understood', (message) => message.replace(',p=', ',m=x,p='), 'extensions-not-supported: there is an extension that must be understood'],
  ['an extension that the proof does not cover', (message) => message.replace(',p=', ',x=y,p='), 'invalid-proof: user name or password is wrong'],
];

for (const [what, change, reason] of wrongFinal) {
  test(`a last message with ${what} is refused [MQTT-4.12.0-4]`, (t) =>
    withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
      const client = await begin(world, `n,,${bareOf('user')}`);
      client.send(auth('18', change(clientFinal(bareOf('user'), await nextData(client), 'pencil').message)));
      t.is(await client.rest(), refused('87', reason));
      t.is(world.broker.stats.connectsRefused, 1);
    }));
}

test('extensions that need not be understood are passed by', (t) =>
  withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
    const bare = 'n=user,r=abc,x=later';
    const client = await begin(world, `n,,${bare}`);
    const challenge = await nextData(client);
    const { nonce, salt, iterations: count } = readServerFirst(challenge);
    const withoutProof = `c=biws,r=${nonce},y=z`;
    client.send(auth('18', `${withoutProof},p=${proofOf('pencil', salt, count, `${bare},${challenge},${withoutProof}`).clientProof}`));
    t.regex(await client.takePacket(), /^20..0000/);
  }));

test('a connected client proves itself anew, and goes on meanwhile; a failure ends it [MQTT-4.12.1-1] [MQTT-4.12.1-2]', async (t) => {
  await withAccess({ passwordFile: files.fileWith(rfcEntry + (await entry('eve', 'e'))) }, async (world) => {
    const client = await joinAs(world, 'user', 'pencil');
    const begun = auth('19', `n,,${bareOf('user', 'again')}`);
    client.send(begun);
    const signature = await answerChallenge(client, bareOf('user', 'again'), 'pencil');
    t.is(await client.takePacket(), auth('00', signature));
    client.send(begun);
    client.send(auth('18', clientFinal(bareOf('user', 'again'), await nextData(client), 'wrong').message));
    t.is(await client.rest(), packet(0xe0, '87', packet(0, '1f', text('SCRAM-SHA-256: invalid-proof: user name or password is wrong')).slice(2)));
    const changed = await joinAs(world, 'user', 'pencil');
    changed.send(auth('19', `n,,${bareOf('eve')}`));
    t.regex(await changed.rest(), /^e0..87/, 'nobody turns into another user');
    t.is(world.broker.stats.reauthenticationsRefused, 2);
    t.is(world.broker.stats.connectsRefused, 0);
  });
});

test('a user name in CONNECT must be that of the exchange', (t) =>
  withAccess({ passwordFile: files.fileWith(rfcEntry) }, async (world) => {
    for (const [name, answer] of [['user', /^f0/], ['other', /^20..0087/]] as const) {
      const client = await world.open();
      client.send(connect5({ flags: 0x82, properties: connectProperties(`n,,${bareOf('user')}`), rest: text(name) }));
      t.regex(await client.takePacket(), answer);
    }
  }));

test('the ACL applies to the name that SCRAM has proven; a reload takes the new password', async (t) => {
  const passwordFile = files.fileWith(rfcEntry);
  const aclFile = files.fileWith('user user\ntopic own/#\n');
  await withAccess({ passwordFile, aclFile }, async (world, access) => {
    const client = await joinAs(world, 'user', 'pencil');
    client.send(subscribe(5, 1, 'own/#', 0) + publish(5, 'own/a', 'x', { qos: 1, id: 1 }) + publish(5, 'other', 'x', { qos: 1, id: 2 }));
    t.is(await client.takePacket(), '900400010000');
    const received = await client.untilPong();
    t.true(received.includes(publish(5, 'own/a', 'x')) && received.includes('40020001') && received.includes('4003000287'), received);
    writeFileSync(passwordFile, await entry('user', 'pen'));
    t.deepEqual([...access.reload().changedUsers], ['user']);
    await t.throwsAsync(joinAs(world, 'user', 'pencil', 'second'), { message: /answered with 20..0087/ });
    await joinAs(world, 'user', 'pen', 'third');
  });
});

for (const version of [4, 5] as const) {
  test(`${version === 4 ? '3.1.1' : '5.0'} the same entry serves user name and password in CONNECT`, async (t) => {
    await withAccess({ passwordFile: files.fileWith(rfcEntry + (await entry('nine', 'IX'))) }, async (world) => {
      const answerTo = async (user: string, password: string, v: Version = version): Promise<string> => {
        const client = await world.open();
        client.send(connectOf(v, { flags: 0xc2, rest: text(user) + text(password) }));
        return (await client.takePacket()).slice(6, 8);
      };
      t.is(await answerTo('user', 'pencil'), '00');
      t.is(await answerTo('user', 'Pencil'), version === 4 ? '04' : '86');
      t.is(await answerTo('user', 'pen\u0007'), version === 4 ? '04' : '86');
      t.is(await answerTo('nine', '\u2168'), '00', 'prepared as SCRAM\'s clients prepare it');
    });
  });
}

test('without a password file there is no such method', (t) =>
  withAccess({ allowAnonymous: true }, async (world) => {
    const client = await begin(world, `n,,${bareOf('user')}`);
    t.is(await client.rest(), '2003008c00');
  }));

test('nothing that a client sends breaks the exchange', (t) => {
  const password = readEntry(rfcEntry);
  const seed = seedOf('SCRAM_SEED');
  t.log(`seed ${seed} (SCRAM_SEED=${seed} runs it again)`);
  const random = new Random(seed);
  const next = (below: number): number => random.below(below);
  const pieces = ['n,,', 'y', 'p=x', ',', '=', 'n=', 'r=', 'c=', 'p=', 'm=', 'a=', 'user', '=2C', '=3D', 'biws', '\u00ff', '\0', 'AAAA', 'v'].map((piece) => Buffer.from(piece, 'latin1'));
  for (let round = 0; round < 20_000; round++) {
    const exchange = scramExchange({ find: () => password, likeness: () => password }, { userName: undefined });
    for (let message = 0; message < 2; message++) {
      const data = message === 0 && next(2) === 0 ? Buffer.from('n,,n=user,r=abc') : Buffer.concat(Array.from({ length: next(8) }, () => pieces[next(pieces.length)]));
      const step = exchange(data);
      t.false(step instanceof Promise);
      if (!(step instanceof Promise) && step.kind !== 'continue') {
        if (step.kind === 'accept') t.fail(`${hex(data.toString())} was accepted`);
        break;
      }
    }
  }
});
