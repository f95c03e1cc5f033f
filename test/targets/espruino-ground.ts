/**
 * What a board of a test stands on: a broker behind the addresses that programs name, a peer that hears everything, and, in `.boot0`, stand-ins for
 * what the board's firmware has beside the language: Wi-Fi, pins, deep sleep. Must not know the program.
 */
import type { ExecutionContext } from 'ava';
import type { Broker, BrokerOptions, ClientInfo } from '../../src/broker/index.js';
import type { MidgeClient } from '../../targets/node/index.js';
import { makeClient, startBroker } from '../node/support.js';
import { until } from '../until.js';

export interface Heard {
  readonly topic: string;
  readonly text: string;
}

export class Ground {
  readonly heard: Heard[] = [];
  /** Clients of the board, in the order in which they came. */
  readonly clients: ClientInfo[] = [];
  /** Who ended connections: `client` with DISCONNECT, or `network`. */
  readonly ends: string[] = [];

  private constructor(readonly broker: Broker, readonly port: number, readonly peer: MidgeClient) {
    peer.on('message', (topic, payload) => { this.heard.push({ topic, text: payload.toString('latin1') }); });
    broker.on('clientConnected', (client) => { this.clients.push(client); });
    broker.on('clientDisconnected', ({ by }) => { this.ends.push(by); });
  }

  static async prepare(t: ExecutionContext, options: BrokerOptions = {}): Promise<Ground> {
    const { broker, port } = await startBroker(t, options);
    const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
    await peer.connect();
    await peer.subscribe('#', { qos: 2 });
    return new Ground(broker, port, peer);
  }

  /** Waits for the next message on a topic, and returns its text. */
  async next(topic: RegExp): Promise<string> {
    const find = (): number => this.heard.findIndex((message) => topic.test(message.topic));
    await until(() => find() >= 0, `a message on ${String(topic)}; there was ${this.heard.map((message) => message.topic).join(', ')}`);
    return this.heard.splice(find(), 1)[0].text;
  }

  /** The file `.boot0` of its boards. */
  boot0(more = ''): string {
    return `
var realNet = require("net"), PORT = ${this.port};
Modules.addCached("net", 'exports.connect = function (options, connected) { print("net " + options.host + ":" + options.port); return realNet.connect({ host: "127.0.0.1", port: PORT }, connected); };');
Modules.addCached("Wifi", 'exports.connect = function (name, options, connected) { setTimeout(connected, 10, null); };');
Modules.addCached("CC3000", 'exports.connect = function () { return { connect: function (name, key, tell) { setTimeout(tell, 10, "connect"); setTimeout(tell, 20, "dhcp"); }, getIP: function () { return { ip: "192.168.1.20" }; } }; };');
global.LED1 = { write: function (value) { print("LED1 " + value); } };
global.digitalPulse = function (pin, value, ms) { print("pulse " + ms); };
setInterval(function () {}, 1000);
${more}`;
  }
}
