/**
 * MQTT over WebSocket, as the Node port speaks it. [section 6 of both editions]
 * The server is `ws` with answers written by hand, so that it can do what a broker must not.
 */
import test, { type ExecutionContext } from 'ava';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createClient, type DisconnectInfo } from '../../targets/node/index.js';
import { type Level, levels, titled } from './cite.js';
import { bytes, varint } from './hex.js';
import { publishOf } from './packets.js';
import { accepted } from './client-harness.js';

interface Heard {
  protocols: string;
  frames: { isBinary: boolean; data: Buffer }[];
}

/** A server that lets `serve` answer the first frame of every connection. */
async function listen(t: ExecutionContext, heard: Heard, serve: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false) });
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  server.on('connection', (socket, request) => {
    heard.protocols = request.headers['sec-websocket-protocol'] ?? '';
    socket.on('message', (data, isBinary) => {
      heard.frames.push({ isBinary, data: data as Buffer });
      if (heard.frames.length === 1) serve(socket);
    });
  });
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`;
}

function open(t: ExecutionContext, level: Level, url: string): ReturnType<typeof createClient> {
  const client = createClient({ url, protocolVersion: level, clientId: 'dev1', reconnect: false });
  t.teardown(() => client.end({ timeoutMs: 0 }));
  return client;
}

/** Whether these bytes are whole packets. */
function arePackets(stream: Buffer): boolean {
  let at = 0;
  while (at < stream.length) {
    let size = 1;
    while (size < 4 && stream[at + size] > 127) size += 1;
    const digits = stream.subarray(at + 1, at + 1 + size).toString('hex');
    let length = 0;
    while (varint(length) !== digits) length += 1;
    at += 1 + size + length;
  }
  return at === stream.length;
}

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-6.0.0-1] v3:[MQTT-6.0.0-3] v5:[MQTT-6.0.0-1] v5:[MQTT-6.0.0-3]', 'the client offers the subprotocol mqtt and sends binary frames only'), async (t) => {
    const heard: Heard = { protocols: '', frames: [] };
    const client = open(t, level, await listen(t, heard, (socket) => socket.send(bytes(accepted[level]))));
    await client.connect();
    for (let n = 0; n < 5; n++) await client.publish('a', `message ${n}`);
    await client.end();
    t.deepEqual(heard.protocols.split(',').map((one) => one.trim()), ['mqtt']);
    t.true(heard.frames.length > 1 && heard.frames.every((frame) => frame.isBinary));
    t.true(arePackets(Buffer.concat(heard.frames.map((frame) => frame.data))));
  });

  test(titled(level, 'v3:[MQTT-6.0.0-2] v5:[MQTT-6.0.0-2]', 'packets and frames have nothing to do with each other'), async (t) => {
    const stream = Buffer.concat([accepted[level], publishOf(level, '30', 'a', null, 'one'), publishOf(level, '30', 'a', null, 'two')].map(bytes));
    for (const size of [1, 3, stream.length]) {
      const heard: Heard = { protocols: '', frames: [] };
      const client = open(t, level, await listen(t, heard, (socket) => {
        for (let from = 0; from < stream.length; from += size) socket.send(stream.subarray(from, from + size));
      }));
      const got: string[] = [];
      const done = new Promise<void>((resolve) => {
        client.on('message', (_topic, payload) => {
          got.push(payload.toString());
          if (got.length === 2) resolve();
        });
      });
      await client.connect();
      await done;
      t.deepEqual(got, ['one', 'two'], `frames of ${size} bytes`);
    }
  });

  test(titled(level, 'v3:[MQTT-6.0.0-1] v5:[MQTT-6.0.0-1]', 'a text frame closes the connection'), async (t) => {
    const heard: Heard = { protocols: '', frames: [] };
    const client = open(t, level, await listen(t, heard, (socket) => {
      socket.send(bytes(accepted[level]));
      socket.send(publishOf(level, '30', 'a', null, 'text'), { binary: false });
    }));
    const ended = once(client, 'disconnect') as Promise<[DisconnectInfo]>;
    await client.connect();
    const [info] = await ended;
    t.regex(String(info.cause), /text frame/);
  });
}
