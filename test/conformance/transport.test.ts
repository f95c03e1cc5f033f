/**
 * The client over a real byte stream, TCP on this machine's loopback: the port contract in its smallest form.
 * [3.1.1 section 4.2 and 7; 5.0 section 4.2] WebSocket belongs to the Node port and is tested through it.
 */
import test from 'ava';
import { once } from 'node:events';
import { type AddressInfo, connect as openSocket, createServer, type Server, type Socket } from 'node:net';
import mqttPacket from 'mqtt-packet';
import {
  type Client, clientConnect, clientInput, clientLinkDown, clientLinkUp, clientNextEvent, clientOutput, clientPublish,
  clientSent, clientWantsLink, createClient, Event,
} from '../../src/core/index.js';
import { type Level, levels, titled } from './cite.js';
import { testConfig } from './client-harness.js';

/** The core's time. */
function clock(): number {
  return Date.now() & 0x3fffffff;
}

/** A server that answers as mqtt-packet understands the client, in pieces of three bytes, and ends after one publish. */
async function listen(level: Level, heard: string[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const parser = mqttPacket.parser({ protocolVersion: level });
    const answer = (packet: mqttPacket.Packet): void => {
      const whole = mqttPacket.generate(packet, { protocolVersion: level });
      for (let from = 0; from < whole.length; from += 3) socket.write(whole.subarray(from, from + 3));
    };
    parser.on('error', (error: Error) => heard.push(error.message));
    parser.on('packet', (packet: mqttPacket.Packet) => {
      heard.push(packet.cmd);
      if (packet.cmd === 'connect') answer({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false });
      if (packet.cmd === 'publish') {
        answer({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 });
        answer({ cmd: 'publish', topic: 'reply', payload: packet.payload, qos: 1, messageId: 5, dup: false, retain: false });
      }
      if (packet.cmd === 'puback') socket.end();
    });
    socket.on('data', (data) => parser.parse(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Lets the client do all it can; returns what it reported. */
function drive(c: Client, socket: Socket, onEvent: (event: Event) => void): void {
  for (let event = clientNextEvent(c); event !== Event.None; event = clientNextEvent(c)) onEvent(event);
  for (let count = clientOutput(c, clock()); count > 0; count = clientOutput(c, clock())) {
    socket.write(Uint8Array.from(c.out.subarray(c.outFrom, c.outFrom + count)));
    clientSent(c, count);
  }
  if (!clientWantsLink(c)) socket.end();
}

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-7.1.2-1] v3:[MQTT-7.0.0-2] v5:[MQTT-4.2.0-1]', 'a conversation over TCP, with nothing that the standard does not have, wherever the stream is cut'), async (t) => {
    const heard: string[] = [];
    const server = await listen(level, heard);
    const c = createClient(testConfig(level));
    if (c === null) throw new Error('configuration refused');
    t.teardown(() => server.close());
    const socket = openSocket((server.address() as AddressInfo).port, '127.0.0.1');
    const seen: string[] = [];
    const onEvent = (event: Event): void => {
      seen.push(event === Event.Message ? Buffer.from(c.input.subarray(c.payloadFrom, c.payloadTo)).toString() : String(event));
      if (event === Event.Connected) clientPublish(c, 'question', new Uint8Array([104, 105]), 0, 2, 2, c.now);
    };
    clientConnect(c, clock());
    await once(socket, 'connect');
    clientLinkUp(c, clock());
    socket.on('data', (data) => {
      for (let from = 0; from < data.length;) {
        from += clientInput(c, data, from, data.length, clock());
        drive(c, socket, onEvent);
      }
    });
    drive(c, socket, onEvent);
    await once(socket, 'close');
    clientLinkDown(c, clock());
    t.deepEqual(seen, [String(Event.Connected), String(Event.Published), 'hi']);
    t.deepEqual(heard, ['connect', 'publish', 'puback']);
  });
}
