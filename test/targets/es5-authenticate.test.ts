// Enhanced authentication with the ES5 client: methods of the script's own, with a challenge and with a proof on both sides, against the reference broker.

import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { AuthenticationExchange, AuthenticationMethod } from '../../src/broker/index.js';
import { start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { until } from '../until.js';
import { startBroker } from '../node/support.js';
import { built, builtScript, embedHost, scratch, scriptFolder } from './es5/host.js';

const key = 4711;
const badMethod = 0x8c;
const notAuthorized = 0x87;

function proofOf(data: Uint8Array, secret: number): Buffer {
  const sum = data.reduce((all, byte) => (all * 31 + byte) % 65521, secret);
  return Buffer.from([sum >> 8, sum & 255]);
}

/** The server's half: its own number follows the client's, and only who knows the key says which proof that wants. */
function server(hasProof: boolean, serverKey: number, nonces: string[]): AuthenticationMethod {
  return (): AuthenticationExchange => {
    let challenge: Buffer | null = null;
    return (data) => {
      if (challenge === null) {
        if (hasProof) nonces.push(Buffer.from(data ?? []).toString('hex'));
        challenge = Buffer.from([...data ?? [], nonces.length, 200, 7]);
        return { kind: 'continue', data: challenge };
      }
      if (!proofOf(challenge, key).equals(Buffer.from(data ?? []))) return { kind: 'reject', reasonCode: notAuthorized };
      return { kind: 'accept', userName: 'device', ...hasProof ? { data: proofOf(challenge, serverKey + 1) } : {} };
    };
  };
}

const host = embedHost();

/** What the device prints; its connection is cut when it has proven itself anew. */
async function played(t: ExecutionContext, settings: Readonly<Record<string, string | number>>, serverKey = key): Promise<{ lines: string[]; nonces: string[] }> {
  const nonces: string[] = [];
  const { broker, port } = await startBroker(t, { authenticationMethods: { challenge: server(false, serverKey, nonces), proof: server(true, serverKey, nonces) } });
  const given = { port, key, isDeaf: 0, ...settings };
  const device = start('path' in host ? host.path : '', [
    ...Object.entries(given).flatMap(([name, value]) => ['--set', name, String(value)]), builtScript(scratch(t), { profile: 'full', minify: true }, 'midge.js'), join(scriptFolder, 'authenticate.js'),
  ]);
  t.teardown(async () => {
    device.child.kill('SIGKILL');
    await device.ended;
  });
  let isEnded = false;
  void device.ended.then(() => { isEnded = true; });
  await until(() => device.heard('stdout').includes('again') || isEnded, 'the device proves itself anew');
  broker.dropClient('device');
  const { code, stdout, stderr } = await device.ended;
  t.is(code, 0, stderr);
  return { lines: stdout.toString().trimEnd().split('\n'), nonces };
}

if ('path' in host) {
  test.before('the script is built before the first broker runs', () => { built({ profile: 'full', minify: true }); });

  const once = ['answered 0', 'connected', 'published', 'began 0', 'answered 0', 'again', 'changed -5'];

  for (const method of ['challenge', 'proof']) {
    test(`${method}: connects, proves itself anew, and comes back after a loss [MQTT-4.12.0-3] [MQTT-4.12.1-1]`, async (t) => {
      const { lines, nonces } = await played(t, { method });
      t.deepEqual(lines.filter((line) => !line.startsWith('closed')), [...once, ...once]);
      t.is(lines.filter((line) => line.startsWith('closed')).length, 1);
      if (method === 'proof') {
        t.deepEqual(nonces.map(({ length }) => length), [8, 6, 6, 8], 'data of any length, made for each run');
        t.is(new Set(nonces).size, 4);
      }
    });

    test(`${method}: a wrong key is refused`, async (t) => {
      t.deepEqual((await played(t, { method, key: 1 })).lines, ['answered 0', `closed -42 ${notAuthorized}`]);
    });

    test(`${method}: without a handler the attempt ends when its time is over`, async (t) => {
      t.deepEqual((await played(t, { method, isDeaf: 1 })).lines, ['closed -62 0']);
    });
  }

  test('a server that does not know the key is left', async (t) => {
    t.deepEqual((await played(t, { method: 'proof' }, 5)).lines, ['answered 0', 'not trusted', 'closed -8 0']);
  });

  test('a method that the server does not know is refused', async (t) => {
    t.deepEqual((await played(t, { method: 'other' })).lines, [`closed -42 ${badMethod}`]);
  });
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: enhanced authentication of the ES5 client was NOT RUN`);
}
