// Password and ACL files: what is read, what is refused with file, line and reason, and who may do what by an ACL.

import { join } from 'node:path';
import test from 'ava';
import { AclFile } from '../../src/broker/access/acl-file.js';
import { covers, matches, overlaps } from '../../src/broker/topic-filters.js';
import { hashPassword, isPassword, parseHash } from '../../src/broker/access/index.js';
import { PasswordFile } from '../../src/broker/access/password-file.js';
import { ScratchFiles } from './scratch-files.js';

const files = new ScratchFiles(test);

// Made with mosquitto_passwd of Mosquitto 2.0.11 from the password "secret".
const pbkdf2Line = 'alice:$7$101$2oRLJrHH1C//Y2FO$+roMl4nC5pHJwScSSSC7fFeEpbX8A2YN1M8498LOoqjmRyzYhZ3aYScwSOCyUE/Joq5UO0Yea/Hkv5Zmtf9zEw==';
const sha512Line = 'bob:$6$EaHCFf3khzbZ59qT$rUHkopW4Qkn/O1Fx5D5JnufMhTlIUvBEdjyTbTmQB4trCEofB1PWOrYnULjG+YKx5qNkY0DFQSy70OfRoPJpyw==';
// RFC 7914, section 12: password "password", salt "NaCl", N 1024, r 8, p 16.
const scryptLine = 'carol:$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA';

test('the three forms of hashes are read, and only the right password fits', async (t) => {
  const file = PasswordFile.read(files.fileWith(`# users\n\n${pbkdf2Line}\n  ${sha512Line}\r\n${scryptLine}`));
  t.deepEqual([...file.users.keys()], ['alice', 'bob', 'carol']);
  for (const [user, password] of [['alice', 'secret'], ['bob', 'secret'], ['carol', 'password']]) {
    t.true(await file.check(user, Buffer.from(password)), user);
    t.is(file.check(user, Buffer.from(password)), true, `${user}: a password that was right is known at once`);
    t.false(await file.check(user, Buffer.from(`${password} `)), user);
    t.false(await file.check(user, Buffer.alloc(0)), user);
  }
  t.false(await file.check('mallory', Buffer.from('secret')));
});

test('hashes made here are read again', async (t) => {
  for (const kind of ['sha512-pbkdf2', 'scrypt', 'scram-sha-256'] as const) {
    const text = await hashPassword(kind, Buffer.from('pä ss$:'), 5000);
    const hash = parseHash(text);
    if (typeof hash === 'string') {
      t.fail(hash);
      continue;
    }
    t.is(hash.kind, kind);
    t.true(await isPassword(hash, Buffer.from('pä ss$:')));
    t.false(await isPassword(hash, Buffer.from('pä ss$')));
    t.not(await hashPassword(kind, Buffer.from('pä ss$:'), 5000), text, 'each hash has its own salt');
  }
});

const badPasswords: readonly (readonly [text: string | Buffer, says: RegExp])[] = [
  ['# one\nalice', /:2: there is no ":"/],
  [':x', /:1: there is no user name/],
  ['alice:secret', /:1: user "alice": the password is not hashed; .*midge passwd -U/],
  ['alice:', /the password is not hashed/],
  ['alice:$5$a$b', /the hash begins with \$5\$, known are/],
  ['alice:$7$a$b', /is \$7\$iterations\$salt\$key/],
  ['alice:$7$0$AAAA$AAAA', /has "0" iterations, allowed are 1 to 10000000/],
  ['alice:$7$1e3$AAAA$AAAA', /has "1e3" iterations/],
  ['alice:$7$101$AAAA$AAAA', /has 3 bytes, it must have 64/],
  ['alice:$7$101$****$AAAA', /is not base64/],
  ['alice:$6$AAAA', /is \$6\$salt\$key/],
  ['alice:$scrypt$ln=15$AAAA', /a scrypt hash is/],
  ['alice:$scrypt$ln=15,r=8$AAAA$AAAA', /the costs of the scrypt hash are "ln=15,r=8"/],
  ['alice:$scrypt$ln=30,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA', /at most 268435456/],
  ['alice:$scrypt$ln=10,r=8,p=1$AAAA$AAAA', /has 3 bytes, it must have 16 to 128/],
  ['alice:SCRAM-SHA-256$4096:AAAA$AAAA', /a SCRAM hash is SCRAM-SHA-256\$iterations:salt\$StoredKey:ServerKey/],
  ['alice:SCRAM-SHA-256$4095:AAAA$AAAA:AAAA', /the SCRAM hash has "4095" iterations, allowed are 4096 to 10000000/],
  ['alice:SCRAM-SHA-256$4096:AAAA$AAAA:AAAA', /has 3 bytes, it must have 32/],
  [`alice:SCRAM-SHA-256$4096:****$${'A'.repeat(43)}=:${'A'.repeat(43)}=`, /is not base64/],
  [`\u2168:SCRAM-SHA-256$4096:AAAA$${'A'.repeat(43)}=:${'A'.repeat(43)}=`, /user "\u2168" cannot have a SCRAM hash: SASLprep \(RFC 4013\) makes "IX" of the name/],
  [`${pbkdf2Line}\n\n${pbkdf2Line}`, /:3: user "alice" is already on line 1/],
  [Buffer.from('61ff3a0a', 'hex'), /:1: the line is not UTF-8/],
  ['a\0b:c', /:1: the line holds the character U\+0000/],
];

test('a password file that is wrong is refused with file, line and reason', (t) => {
  for (const [text, says] of badPasswords) {
    const file = files.fileWith(text);
    const error = t.throws(() => PasswordFile.read(file), { message: says });
    t.true(error.message.startsWith(`${file}:`), error.message);
  }
  t.throws(() => PasswordFile.read(join(files.folder, 'none')), { message: /none: cannot be read: there is no such file/ });
  t.throws(() => PasswordFile.read(files.folder), { message: /it is a folder/ });
});

const badAcls: readonly (readonly [text: string, says: RegExp])[] = [
  ['topic', /:1: there is no topic; the line is: topic \[read\|write\|readwrite\|deny\] <topic>/],
  ['pattern ', /:1: there is no topic; the line is: pattern/],
  ['# a\n\nuser', /:3: there is no user name/],
  ['topic reed a/b', /:1: "reed" is no access; it is read, write, readwrite or deny/],
  ['topic read a/#/b', /:1: "a\/#\/b" is no topic filter/],
  ['topic a+', /"a\+" is no topic filter/],
  ['topics a', /:1: "topics" begins no line/],
  [' # a', /:1: "#" begins no line/],
];

test('an ACL file that is wrong is refused with file, line and reason', (t) => {
  for (const [text, says] of badAcls) {
    const file = files.fileWith(text);
    const error = t.throws(() => AclFile.read(file), { message: says });
    t.true(error.message.startsWith(`${file}:`), error.message);
  }
});

const acl = `# anonymous clients
topic read open/#
topic open/box

user alice
topic own/#
topic deny own/locked
topic read  with space/x
topic write $SYS/command
topic read $SYS/#

user bob
topic write in/+/x
topic read out/+/x

pattern read from/%c/#
pattern write to/%u/%c
pattern deny own/never
pattern own/never
pattern deny open/box
user alice
topic deny own/locked2
`;

const users: readonly (readonly [who: readonly [clientId: string, userName: string | undefined], topic: string, allowed: '' | 'r' | 'w' | 'rw'])[] = [
  [['c', undefined], 'open/a', 'r'],
  [['c', undefined], 'open', 'r'],
  [['c', undefined], 'open/box', 'rw'],
  [['c', undefined], 'own/a', ''],
  [['c', undefined], 'from/c/a', 'r'],
  [['c', undefined], 'from/d/a', ''],
  [['c', undefined], 'to//c', ''],
  [['c', 'alice'], 'own/a', 'rw'],
  [['c', 'alice'], 'own', 'rw'],
  [['c', 'alice'], 'own/locked', ''],
  [['c', 'alice'], 'own/locked2', ''],
  [['c', 'alice'], 'own/never', 'rw'],
  [['c', 'alice'], 'with space/x', 'r'],
  [['c', 'alice'], '$SYS/command', 'rw'],
  [['c', 'alice'], '$SYS/other', 'r'],
  [['c', 'alice'], 'open/a', ''],
  [['c', 'alice'], 'to/alice/c', 'w'],
  [['c', 'alice'], 'to/bob/c', ''],
  [['c', 'bob'], 'in/1/x', 'w'],
  [['c', 'bob'], 'in/1/y', ''],
  [['c', 'bob'], 'out/1/x', 'r'],
  [['c', 'bob'], 'own/never', ''],
  [['c', 'nobody'], 'from/c', 'r'],
  [['c', 'nobody'], 'open/a', ''],
  [['+', 'alice'], 'from/x/a', ''],
  [['+', 'alice'], 'own/a', 'rw'],
  [['c', '#'], 'from/c/a', ''],
];

test('an ACL: sections, patterns, deny first', (t) => {
  const file = AclFile.read(files.fileWith(acl));
  for (const [[clientId, userName], topic, allowed] of users) {
    const found = (file.mayRead(clientId, userName, topic) ? 'r' : '') + (file.mayWrite(clientId, userName, topic) ? 'w' : '');
    t.is(found, allowed, `${userName ?? 'anonymous'} as ${clientId} on ${topic}`);
  }
});

test('an ACL: a filter is granted if anything under it may be read', (t) => {
  const file = AclFile.read(files.fileWith(acl));
  const granted = (userName: string | undefined): string[] => {
    return ['#', '+/+', '$SYS/#', 'open/+', 'own/#', 'own/locked', 'own/+', 'in/1/x', 'out/#', 'from/c/+', 'from/+/x', 'from/d/#'].filter((filter) => file.maySubscribe('c', userName, filter));
  };
  t.deepEqual(granted(undefined), ['#', '+/+', 'open/+', 'from/c/+', 'from/+/x']);
  t.deepEqual(granted('alice'), ['#', '+/+', '$SYS/#', 'own/#', 'own/+', 'from/c/+', 'from/+/x']);
  t.deepEqual(granted('bob'), ['#', '+/+', 'out/#', 'from/c/+', 'from/+/x']);
});

test('filters match, overlap and cover as all topics of a small world say', (t) => {
  const names = ['a', 'b', '$c', ''];
  const topics: string[][] = [];
  for (const one of names) {
    topics.push([one]);
    for (const two of names) {
      topics.push([one, two]);
      for (const three of names) topics.push([one, two, three]);
    }
  }
  const levels = ['a', '$c', '', '+'];
  const filters: string[][] = [['#']];
  for (const one of levels) {
    filters.push([one], [one, '#']);
    for (const two of levels) filters.push([one, two], [one, two, '#']);
  }
  const matched = new Map(filters.map((filter) => [filter, topics.filter((topic) => matches(filter, topic))]));
  for (const one of filters) {
    for (const other of filters) {
      const common = matched.get(one)!.some((topic) => matched.get(other)!.includes(topic));
      t.is(overlaps(one, other), common, `${one.join('/')} overlaps ${other.join('/')}`);
      const within = matched.get(other)!.every((topic) => matched.get(one)!.includes(topic));
      t.is(covers(one, other), within, `${one.join('/')} covers ${other.join('/')}`);
    }
  }
});
