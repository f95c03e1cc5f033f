/**
 * What the documentation of Espruino's `MQTT` module shows how to do, one entry for each of its code blocks and for what it says in a line: a program of
 * our own that does the same, the words by which the block is known, what comes before and after it, and what must be seen then.
 *
 * Must not know where the text comes from, nor what it runs on. Read first: https://www.espruino.com/MQTT.
 */
import type { ExecutionContext } from 'ava';
import type { Board } from './espruino-board.js';
import type { Ground } from './espruino-ground.js';
import { until } from '../until.js';

export interface Scene {
  readonly t: ExecutionContext;
  readonly ground: Ground;
  readonly board: Board;
}

export interface Use {
  readonly title: string;
  /** What only this code block says; null for what the documentation says in a line. */
  readonly marks: RegExp | null;
  /** A program of ours. */
  readonly own: string;
  /** What the block takes for granted. */
  readonly before?: string;
  /** The block is run when the client that `before` made has connected. */
  readonly isConnected?: true;
  prove(scene: Scene): Promise<void>;
}

const create = 'var mqtt = require("midge").create("192.168.1.10", { client_id: "board", keep_alive: 30 });';

async function untilClients({ ground, board }: Scene, count: number): Promise<void> {
  await until(() => ground.clients.length >= count, `${count} clients; the board printed\n${board.lines.join('\n')}`);
}

async function untilSubscribed({ ground }: Scene, clientId: string, filters: readonly string[]): Promise<void> {
  const has = (): readonly string[] => ground.broker.session(clientId)?.subscriptions ?? [];
  await until(() => has().length === filters.length && filters.every((filter) => has().includes(filter)), `subscriptions ${filters.join(', ')} of ${clientId}, which has ${has().join(', ')}`);
}

export const uses: readonly Use[] = [
  {
    title: 'a client with every option, connected when the network is there, that subscribes and prints',
    marks: /require\("CC3000"\)/,
    own: `
      var mqtt = require("midge").create("192.168.1.10", {
        client_id: "random", keep_alive: 60, port: 1883, clean_session: true, username: "username", password: "password", protocol_name: "MQTT", protocol_level: 4
      });
      mqtt.on("connected", function () { mqtt.subscribe("test"); });
      mqtt.on("publish", function (p) {
        console.log("topic: " + p.topic);
        console.log("message: " + p.message);
      });
      var network = require("CC3000").connect();
      network.connect("name", "key", function (state) {
        if (state !== "dhcp") return;
        console.log("My IP is " + network.getIP().ip);
        mqtt.connect();
      });`,
    async prove(scene: Scene): Promise<void> {
      const { t, ground, board } = scene;
      await untilSubscribed(scene, 'random', ['test']);
      const [{ clientId, userName, keepAliveSeconds, version }] = ground.clients;
      t.deepEqual({ clientId, userName, keepAliveSeconds, version }, { clientId: 'random', userName: 'username', keepAliveSeconds: 60, version: 4 });
      await ground.peer.publish('test', 'words for the board', { qos: 1 });
      await board.shows('message: words for the board');
      await board.shows('topic: test');
      await board.shows('My IP is 192.168.1.20');
      await board.shows('net 192.168.1.10:1883');
    },
  },
  {
    title: 'connect of the module itself, with and without a name and a password',
    marks: /require\("[^"]+"\)\.connect\(\{/,
    own: `
      var plain = require("midge").connect({ host: "192.168.1.10" });
      var named = require("midge").connect({ host: "192.168.1.10", username: "username", password: "password" });`,
    async prove(scene: Scene): Promise<void> {
      await untilClients(scene, 2);
      scene.t.deepEqual(scene.ground.clients.map(({ userName }) => userName).sort(), ['username', undefined]);
      scene.t.is(new Set(scene.ground.clients.map(({ clientId }) => clientId)).size, 2, 'each has an identifier of its own');
      await scene.board.shows('net 192.168.1.10:1883');
    },
  },
  {
    title: 'over an object of the program\'s own in place of a socket',
    marks: /mqtt\.connect\(client\)/,
    before: 'var server = "192.168.1.10", options = { client_id: "radio" };',
    own: `
      var mqtt = require("midge").create(server, options);
      var client = { write: function (data) { print("written: " + data.length); }, end: function () { print("ended"); } };
      mqtt.connect(client);`,
    async prove({ t, ground, board }: Scene): Promise<void> {
      board.type('mqtt.on("connected", function () { print("is connected"); }); mqtt.on("message", function (topic, text) { print("heard " + topic + " " + text); });');
      board.type('mqtt.on("disconnected", function () { print("is disconnected"); });');
      board.type('client.write = function (data) { print("sent " + E.toString(data).charCodeAt(0)); }; client.emit("data", "\\x20\\x02\\0\\0");');
      await board.shows('is connected');
      board.type('client.emit("data", "\\x30\\x09\\0\\x03a/btext"); mqtt.publish("c", "d");');
      await board.shows('heard a/b text');
      await board.shows('sent 48');
      board.type('client.emit("end");');
      await board.shows('is disconnected');
      t.deepEqual(ground.clients, [], 'no socket was opened');
    },
  },
  {
    title: 'disconnect ends the connection in good order',
    marks: /^\s*mqtt\.disconnect\(\);\s*$/,
    before: create, isConnected: true,
    own: 'mqtt.disconnect();',
    async prove({ t, ground }: Scene): Promise<void> {
      await until(() => ground.ends.length > 0, 'the end of the connection');
      t.deepEqual(ground.ends, ['client'], 'with DISCONNECT');
      t.is(ground.clients.length, 1);
    },
  },
  {
    title: 'disconnected is told',
    marks: /console\.log\("Disconnected"\)/,
    before: create, isConnected: true,
    own: 'mqtt.on("disconnected", function () { console.log("Disconnected"); });',
    async prove({ t, board }: Scene): Promise<void> {
      await board.shows('connected and run');
      board.type('mqtt.disconnect();');
      await board.shows('Disconnected');
      t.pass();
    },
  },
  {
    title: 'connect in disconnected, after a second',
    marks: /MQTT disconnected\.\.\. reconnecting/,
    before: create.replace('keep_alive', 'reconnect: false, keep_alive'), isConnected: true,
    own: `
      mqtt.on("disconnected", function () {
        console.log("MQTT disconnected... reconnecting.");
        setTimeout(function () { mqtt.connect(); }, 1000);
      });`,
    async prove(scene: Scene): Promise<void> {
      for (const round of [2, 3]) {
        await scene.board.shows('connected and run');
        await until(() => scene.ground.broker.dropClient('board'), 'a connection to cut');
        await untilClients(scene, round);
      }
      await scene.board.shows('MQTT disconnected... reconnecting.');
    },
  },
  {
    title: 'the same while the module connects again by itself',
    marks: /MQTT disconnected\.\.\. reconnecting/,
    before: create, isConnected: true,
    own: 'mqtt.on("disconnected", function () { setTimeout(function () { mqtt.connect(); }, 1000); });',
    async prove(scene: Scene): Promise<void> {
      await scene.board.shows('connected and run');
      await until(() => scene.ground.broker.dropClient('board'), 'a connection to cut');
      await untilClients(scene, 2);
      // What came too late found a connection, and left it alone.
      scene.board.type('setTimeout(function () { mqtt.publish("still", "here", { qos: 1 }); }, 1500);');
      await scene.ground.next(/^still$/);
      scene.t.is(scene.ground.clients.length, 2);
    },
  },
  {
    title: 'publish',
    marks: /mqtt\.publish\(topic, message\);/,
    before: create, isConnected: true,
    own: 'var topic = "test/espruino", message = "hello, world"; mqtt.publish(topic, message);',
    async prove({ t, ground }: Scene): Promise<void> {
      t.is(await ground.next(/^test\/espruino$/), 'hello, world');
    },
  },
  {
    title: 'publish with qos and retain',
    marks: null,
    before: create, isConnected: true,
    own: 'mqtt.on("puback", function () { print("settled 1"); }); mqtt.on("pubcomp", function () { print("settled 2"); }); mqtt.publish("kept/1", "one", { qos: 1, retain: true, dup: false }); mqtt.publish("kept/2", "two", { qos: 2, retain: true });',
    async prove({ t, ground, board }: Scene): Promise<void> {
      await board.shows('settled 1');
      await board.shows('settled 2');
      t.deepEqual([await ground.next(/kept\/1/), await ground.next(/kept\/2/)], ['one', 'two']);
      t.is(ground.broker.stats.retainedMessages, 3, 'and the one that was there');
    },
  },
  {
    title: 'subscribe, publish, unsubscribe',
    marks: /mqtt\.unsubscribe\(/,
    before: create, isConnected: true,
    own: `
      mqtt.subscribe("test/espruino");
      mqtt.on("publish", function (p) {
        console.log("topic: " + p.topic);
        console.log("message: " + p.message);
      });
      mqtt.unsubscribe("test/espruino");`,
    async prove(scene: Scene): Promise<void> {
      const { t, ground, board } = scene;
      await board.shows('message: what was kept');
      await board.shows('topic: test/espruino');
      await untilSubscribed(scene, 'board', []);
      await ground.peer.publish('test/espruino', 'too late', { qos: 1 });
      board.type('mqtt.subscribe("mark"); mqtt.publish("mark", "seen");');
      await board.shows('message: seen');
      t.false(board.lines.includes('message: too late'));
    },
  },
  {
    title: 'subscribe with a QoS, to a list, and to several of their own QoS',
    marks: null,
    before: create, isConnected: true,
    own: 'mqtt.subscribe("one/+", { qos: 1 }); mqtt.subscribe(["two", "three/#"], { qos: 2 }); mqtt.subscribe({ "four": 2 }); mqtt.on("publish", function (p) { print(p.topic + " at " + p.qos); });',
    async prove(scene: Scene): Promise<void> {
      await untilSubscribed(scene, 'board', ['one/+', 'two', 'three/#', 'four']);
      for (const topic of ['one/x', 'two', 'three/x/y', 'four']) await scene.ground.peer.publish(topic, 'x', { qos: 2 });
      for (const line of ['one/x at 1', 'two at 2', 'three/x/y at 2', 'four at 2']) await scene.board.shows(line);
    },
  },
];

/** What the documentation says comes as an event; the first of two of the same time. */
export const documentedEvents = [
  'connect', 'connected', 'disconnected', 'close', 'error', 'publish', 'message', 'subscribed', 'subscribed_fail', 'unsubscribed', 'ping_reply', 'puback', 'pubcomp',
];

/** A program that prints each event of this name, and makes all of them come; the broker refuses the filter `secret`. */
export function eventsProgram(names: readonly string[]): string {
  return `
    var mqtt = require("midge").create("192.168.1.10", { client_id: "board", keep_alive: 1 }), rounds = 0;
    ${JSON.stringify(names)}.forEach(function (name) { mqtt.on(name, function () { print("event " + name); }); });
    mqtt.on("connected", function () {
      mqtt.subscribe({ "own/#": 2, "secret": 1 });
      mqtt.on("subscribed", function () { mqtt.publish("own/1", "a", { qos: 1 }); mqtt.publish("own/2", "b", { qos: 2 }); });
    });
    mqtt.on("pubcomp", function () { mqtt.unsubscribe("own/#"); });
    mqtt.on("ping_reply", function () { mqtt.disconnect(); });
    mqtt.connect();`;
}
