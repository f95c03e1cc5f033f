/** What the Node port leaves behind in a process: nothing after `end`; and errors of handlers come out. */
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import test from 'ava';
import { makeCertificate, startBroker, urlOf } from './support.js';

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a module in a process of its own, which has `createClient` and `url`. */
function run(script: string, url: string): Promise<Outcome> {
  const index = pathToFileURL(path.join(import.meta.dirname, '../../targets/node/index.js')).href;
  const head = `import { createClient } from '${index}';\nconst url = '${url}';\nconst ca = process.env.TEST_CA;\n`;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--input-type=module', '-e', head + script], { env: { ...process.env, TEST_CA: certificate.cert } }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

let certificate: Awaited<ReturnType<typeof makeCertificate>>;

test.before(async () => {
  certificate = await makeCertificate();
});

for (const transport of ['tcp', 'tls', 'ws', 'wss'] as const) {
  test(`${transport}: a process ends by itself after end(), many times over: no socket, timer or listener is left`, async (t) => {
    const isTls = transport === 'tls' || transport === 'wss';
    const { port } = await startBroker(t, {}, { transport, tls: isTls ? certificate : undefined });
    const { code, stdout, stderr } = await run(`
      const client = createClient({ url, clientId: 'life'${isTls ? ', tls: { ca }' : ''} });
      for (let n = 0; n < 15; n++) {
        await client.connect();
        await client.subscribe('life', { qos: 1 });
        await client.publish('life', 'x', { qos: 2 });
        await client.end();
        const left = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FSReq/.test(name));
        if (left.some((name) => name !== 'TCPSocketWrap' && name !== 'Immediate' && name !== 'TickObject')) console.log('left', left);
      }
      console.log(client.eventNames().length);
    `, urlOf(transport, port));
    t.is(stderr, '');
    t.is(code, 0);
    t.is(stdout, '0\n');
  });
}

test('a client that was made but never connected does not keep a process alive', async (t) => {
  const { code, stdout } = await run('console.log(createClient(url).publishNow("t", new Uint8Array(1)));', 'mqtt://127.0.0.1:1');
  t.is(code, 0);
  t.is(stdout, '0\n');
});

test('a handler that throws is an uncaught error, and no message is lost by it', async (t) => {
  const { port } = await startBroker(t);
  const { code, stdout, stderr } = await run(`
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    const client = createClient(url);
    await client.connect();
    let seen = 0;
    await client.subscribe('t', {}, () => { seen++; if (seen === 1) throw new Error('of a handler'); if (seen === 3) client.end(); });
    for (let n = 0; n < 3; n++) client.publishNow('t', new Uint8Array(1));
    client.on('close', () => console.log('seen', seen));
  `, urlOf('tcp', port));
  t.is(stderr, '');
  t.is(stdout, 'uncaught of a handler\nseen 3\n');
  t.is(code, 0);
});
