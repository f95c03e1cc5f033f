/** SCRAM-SHA-256 from the client's side: with the reference broker, with servers that cheat, and MQTT.js with the broker. */
import type net from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import mqtt from 'mqtt';
import { hashPassword } from '../../src/broker/access/index.js';
import { Access, type Broker } from '../../src/broker/index.js';
import { scramSha256, State, Status } from '../../targets/node/index.js';
import { clientFinal } from '../broker/scram-client.js';
import { ScratchFiles } from '../broker/scratch-files.js';
import { makeClient, rejection, startBroker, startRawServer } from './support.js';
import { until } from '../until.js';

const files = new ScratchFiles(test);

/** A broker whose only user is jürgen, with the password "Paß,w=rt". */
async function startScramBroker(t: ExecutionContext): Promise<{ broker: Broker; port: number }> {
  const passwordFile = files.fileWith(`jürgen:${await hashPassword('scram-sha-256', Buffer.from('Paß,w=rt'), 4096)}\n`);
  const access = new Access({ passwordFile });
  return startBroker(t, access.hooks);
}

const right = { userName: 'jürgen', password: 'Paß,w=rt' };

test('connects, publishes, proves itself anew, and comes back after a loss [MQTT-4.12.0-1] [MQTT-4.12.1-1]', async (t) => {
  const { broker, port } = await startScramBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'c', authentication: scramSha256(right) });
  const result = await client.connect();
  t.regex(Buffer.from(result.properties.authenticationData ?? []).toString(), /^v=/);
  t.is(broker.clients()[0].userName, 'jürgen');
  await client.publish('a', 'b', { qos: 1 });
  await client.reauthenticate();
  const connected = new Promise((resolve) => client.once('connect', resolve));
  broker.dropClient('c');
  await connected;
  await client.reauthenticate();
  t.is(broker.clients()[0].userName, 'jürgen');
  await client.end();
});

test('a name and a password that SASLprep makes equal are equal', async (t) => {
  const { port } = await startScramBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, authentication: scramSha256({ userName: 'ju\u0308rgen', password: 'Paß\u00ad,w=rt' }) });
  await t.notThrowsAsync(client.connect());
  await client.end();
});

test('a wrong password is refused in words', async (t) => {
  const { port } = await startScramBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, authentication: scramSha256({ userName: 'jürgen', password: 'x' }) });
  const error = await rejection(t, client.connect());
  t.is(error.status, Status.Refused);
  t.regex(error.message, /\(0x87\); it says 'SCRAM-SHA-256: invalid-proof: user name or password is wrong'/);
});

const authOf = (data: string): Buffer => packetOf(0xf0, 0x18, data);
const connackOf = (data?: string): Buffer => packetOf(0x20, 0, data);

/** CONNACK or AUTH with the method and data. */
function packetOf(type: number, code: number, data: string | undefined): Buffer {
  const sized = (text: string): Buffer => Buffer.from([text.length >> 8, text.length & 255, ...Buffer.from(text)]);
  const list = Buffer.concat([Buffer.from([0x15]), sized('SCRAM-SHA-256'), ...(data === undefined ? [] : [Buffer.from([0x16]), sized(data)])]);
  const length = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
  const body = Buffer.concat([Buffer.from(type === 0x20 ? [0, code, ...length(list.length)] : [code, ...length(list.length)]), list]);
  return Buffer.concat([Buffer.from([type, ...length(body.length)]), body]);
}

const signature = Buffer.alloc(32, 7).toString('base64');
const salt = 'W22ZaJ0SNY7soEsUEjb6gQ==';

/** What a server that cheats sends: for each packet of the client one answer, made with the nonce of CONNECT. */
const cheats: readonly (readonly [what: string, answers: ((nonce: string) => Buffer)[], says: RegExp])[] = [
  ['lets the client in without an exchange', [() => connackOf()], /is not trusted: SCRAM-SHA-256: the server did not prove that it knows the user$/],
  ['lets it in with a made-up signature at once', [() => connackOf(`v=${signature}`)], /did not prove/],
  ['leaves its signature out', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4096`), () => connackOf()], /did not prove/],
  ['makes its signature up', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4096`), () => connackOf(`v=${signature}`)], /the server's signature is wrong/],
  ['has a shorter signature', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4096`), () => connackOf('v=AAAA')], /the server's signature is wrong/],
  ['lets in with an error', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4096`), () => connackOf('e=other-error')], /did not prove/],
  ['has a nonce of its own', [() => authOf(`r=abc,s=${salt},i=4096`)], /the server's nonce does not continue/],
  ['adds nothing to the nonce', [(nonce) => authOf(`r=${nonce},s=${salt},i=4096`)], /the server's nonce does not continue/],
  ['asks for too few rounds', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4095`)], /asks for 4095 rounds; allowed are 4096 to 20000/],
  ['asks for too many rounds', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=20001`)], /asks for 20001 rounds/],
  ['has no salt', [(nonce) => authOf(`r=${nonce}x,s=,i=4096`)], /is not r=nonce,s=salt,i=rounds/],
  ['has an extension that must be understood', [(nonce) => authOf(`m=x,r=${nonce}x,s=${salt},i=4096`)], /is not r=nonce/],
  ['says nothing', [() => authOf('')], /is not r=nonce/],
  ['asks twice', [(nonce) => authOf(`r=${nonce}x,s=${salt},i=4096`), (nonce) => authOf(`r=${nonce}y,s=${salt},i=4096`)], /asks a second time/],
];

for (const [what, answers, says] of cheats) {
  test(`a server that ${what} gets nothing`, async (t) => {
    let after = Buffer.alloc(0);
    const server = await startRawServer(t, (socket: net.Socket) => {
      let nonce = '';
      let at = 0;
      socket.on('data', (chunk) => {
        if (at === 0) nonce = /r=([A-Za-z0-9+/]{32})/.exec(chunk.toString('latin1'))?.[1] ?? '';
        if (at < answers.length) socket.write(answers[at](nonce));
        else after = Buffer.concat([after, chunk]);
        at += 1;
      });
    });
    const client = makeClient(t, { host: '127.0.0.1', port: server.port, authentication: scramSha256({ userName: 'u', password: 'p', iterationsMax: 20_000 }) });
    let hasConnected = false;
    client.on('connect', () => { hasConnected = true; });
    void client.publish('secret', 'waits for the connection', { qos: 1 }).catch(() => undefined);
    void client.subscribe('secret').catch(() => undefined);
    const error = await rejection(t, client.connect());
    t.regex(error.message, says);
    await until(() => client.state === State.Idle);
    t.false(hasConnected);
    t.true(after.length === 0 || after.equals(Buffer.from([0xe0, 0])), `the server got ${after.toString('hex')}`);
  });
}

test('a server that proves itself at first, and not when the client does so anew, is left', async (t) => {
  const { port } = await startBroker(t, {
    authenticationMethods: {
      'SCRAM-SHA-256': () => {
        let begun: string | undefined;
        return (data) => {
          const text = Buffer.from(data ?? []).toString();
          if (begun === undefined) {
            begun = text.slice(3);
            return { kind: 'continue', data: Buffer.from(`r=${begun.split('r=')[1]}x,s=${salt},i=4096`) };
          }
          const proven = clientFinal(begun, `r=${begun.split('r=')[1]}x,s=${salt},i=4096`, 'p').signature;
          const isFirst = count === 0;
          count += 1;
          return { kind: 'accept', data: Buffer.from(isFirst ? proven : `v=${signature}`) };
        };
      },
    },
  });
  let count = 0;
  const client = makeClient(t, { host: '127.0.0.1', port, authentication: scramSha256({ userName: 'u', password: 'p' }) });
  await client.connect();
  t.regex((await rejection(t, client.reauthenticate())).message, /is not trusted: SCRAM-SHA-256: the server's signature is wrong/);
  await until(() => client.state === State.Idle);
});

test('names and passwords that cannot be used are named, a password is not shown', (t) => {
  const rows: readonly (readonly [Parameters<typeof scramSha256>[0], RegExp])[] = [
    [{ userName: '', password: 'p' }, /userName is ''; allowed: at least one character/],
    [{ userName: 'a\u0007', password: 'p' }, /userName .* what SASLprep allows; it holds a character that SASLprep \(RFC 4013\) does not allow, such as a control character/],
    [{ userName: 'u', password: 'secret\u0007' }, /password is '\(7 characters\)'; allowed: what SASLprep allows/],
    [{ userName: 'u', password: '' }, /password/],
    [{ userName: 'u', password: 1 as unknown as string }, /password is 1; allowed: a string/],
    [{ userName: 'u', password: 'p', iterationsMax: 4095 }, /iterationsMax is 4095/],
  ];
  for (const [options, says] of rows) t.throws(() => scramSha256(options), { message: says });
});

test('MQTT.js with a computation of its own connects, and sees a signature that is right', async (t) => {
  const { broker, port } = await startScramBroker(t);
  const bare = 'n=jürgen,r=fyko+d2lbbFgONRv9qkxdawL';
  let owed = '';
  const client = mqtt.connect({
    host: '127.0.0.1', port, protocolVersion: 5, reconnectPeriod: 0, manualConnect: true,
    properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: Buffer.from(`n,,${bare}`) },
  });
  t.teardown(() => client.endAsync(true));
  client.handleAuth = (packet, done) => {
    const { message, signature: expected } = clientFinal(bare, packet.properties?.authenticationData?.toString() ?? '', 'Paß,w=rt');
    owed = expected;
    done(undefined, {
      cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: Buffer.from(message) },
    });
  };
  const connack = await new Promise<mqtt.IConnackPacket>((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
    client.connect();
  });
  t.is(connack.properties?.authenticationData?.toString(), owed);
  t.is(broker.clients()[0].userName, 'jürgen');
  await client.publishAsync('a', 'b', { qos: 1 });
});
