/*
 * Faults are above the transport: over WebSocket and TLS they count the same bytes as over TCP.
 */
import { connect as connectTls } from 'node:tls';
import test from 'ava';
import { generate } from 'selfsigned';
import { WebSocket } from 'ws';
import type { Fault, FaultPlan } from '../../src/broker/index.js';
import { connect4, createTestBroker } from './support.js';
import { until } from '../until.js';

interface Plain {
  send(hex: string): void;
  /** What came until the end. */
  readonly rest: Promise<string>;
}

async function tlsOptions(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }]);
  return { key: made.private, cert: made.cert };
}

function overWebSocket(port: number): Promise<Plain> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['mqtt']);
  let got = '';
  const rest = new Promise<string>((resolve) => socket.on('message', (data: Buffer) => (got += data.toString('hex'))).on('close', () => resolve(got)));
  return new Promise((resolve, reject) =>
    socket.once('error', reject).once('open', () => resolve({ send: (hex) => socket.send(Buffer.from(hex, 'hex')), rest })));
}

function overTls(port: number): Promise<Plain> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve({ send: (hex) => socket.write(Buffer.from(hex, 'hex')), rest }));
    const rest = new Promise<string>((done) => socket.on('data', (data: Buffer) => (got += data.toString('hex'))).on('close', () => done(got)));
    socket.once('error', reject);
  });
}

for (const transport of ['ws', 'tls'] as const) {
  const run = async (plan: FaultPlan, drive: (client: Plain) => void): Promise<string> => {
    const broker = createTestBroker({ faults: plan });
    const { port } = await broker.listen({ transport, ...(transport === 'tls' ? { tls: await tlsOptions() } : {}) });
    const client = await (transport === 'ws' ? overWebSocket(port) : overTls(port));
    drive(client);
    const closes = plan.rules.some(({ faults }) => faults.some(({ fault }) => fault === 'half-open' || fault === 'stall'));
    if (closes) {
      await until(() => broker.stats.bytesIn > 0);
      await new Promise((resolve) => setImmediate(resolve));
      await broker.close();
    }
    const got = await client.rest;
    await broker.close();
    return got;
  };
  const forAll = (...faults: Fault[]): FaultPlan => ({ rules: [{ client: '*', faults }] });

  test(`${transport}: cut behind byte n, to the client and from it`, async (t) => {
    const drive = (client: Plain): void => client.send(connect4() + 'c000');
    for (const after of [0, 3, 5]) t.is(await run(forAll({ fault: 'cut', direction: 'out', after }), drive), '20020000d000'.slice(0, after * 2));
    t.is(await run(forAll({ fault: 'cut', after: 5 }), drive), '');
  });

  test(`${transport}: split, delayed and with a byte changed`, async (t) => {
    const plan = forAll({ fault: 'split', size: { from: 1, to: 3 } }, { fault: 'delay', ms: 2, jitterMs: 2 }, { fault: 'corrupt', byte: 5, xor: 0xff, direction: 'out' });
    t.is(await run(plan, (client) => client.send(connect4() + 'c000e000')), '200200002f00');
  });

  test(`${transport}: the broker's close ends what is half-open or stalled`, async (t) => {
    const length = connect4().length / 2;
    const drive = (client: Plain): void => client.send(connect4() + 'c000');
    t.is((await run(forAll({ fault: 'half-open', after: length }), drive)).replace('20020000', ''), '');
    t.is((await run(forAll({ fault: 'stall', after: length }), drive)).replace('20020000', ''), '');
  });
}
