/**
 * NodeMCU's client when handlers raise errors, links fail in the middle and programs ask for what cannot be, on the stub of NodeMCU's modules, against a server
 * that nodemcu/faults.lua plays: what the program is told, in this order.
 */
import test from 'ava';
import type { ProfileName } from '../../targets/build/profiles.js';
import { reportNotRun } from '../engines/installed.js';
import { runProcess } from '../engines/process.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

const present = luas.filter((lua) => luaWithSockets(lua) === true);

test('each Lua with sockets is installed, or this machine may do without', (t) => {
  for (const lua of luas) {
    const able = luaWithSockets(lua);
    if (able !== true) reportNotRun(t, `${able}: NodeMCU's faults on it were NOT RUN`);
  }
  t.pass();
});

interface Case {
  readonly name: string;
  readonly expected: string;
  readonly profile?: ProfileName;
  readonly path?: string;
}

const order = (number: string): string => `mqtt: connect: behind the host stand ${number} (a number), secure (true or false), and one or two functions, in this order`;

const cases: readonly Case[] = [
  { name: 'an error on the timer', expected: 'connfail -3, connfail -3, error second, connect, connects true' },
  { name: 'an error in offline', expected: 'connect, offline, error offline, connect, connects again true' },
  { name: 'an error in drop', expected: "connect, drop 0 -60, publish raises the handler's error, offline, connects by itself false" },
  {
    name: 'close, then the link is lost',
    expected: 'connect, PUBLISH, offline, connects again false, connect, PUBLISH, offline, connect, connects again true',
  },
  { name: 'close while no server answers', expected: 'connfail -5' },
  {
    name: 'close after a refused subscribe',
    expected: 'connect, mqtt: subscribe: qos must be 0, 1 or 2, mqtt: subscribe: qos must be 0, 1 or 2, mqtt: subscribe: a handler must be a function, offline, DISCONNECT',
  },
  { name: 'a subscribe that dies with its link', profile: 'qos0', expected: 'connect, true 0, SUBSCRIBE, offline, connect, offline, DISCONNECT' },
  { name: 'many requests', profile: 'qos0', expected: 'connect, entries more 0' },
  {
    name: 'a filter is refused after a lost session',
    expected: 'connect, suback own/# 1, saved true, offline, connect, subfail own/# 128, offline, connect, subfail own/# 128, offline',
  },
  { name: 'a table of topics', expected: 'connect, false -22, connect, true 0, subfail 1 128, true 0, left all, true 0, all of them' },
  { name: 'ten topics with nothing said of room', expected: 'connect, true 0, all of them' },
  {
    name: 'another connection with cleansession 1',
    expected: 'connect, nothing, true 0, true 0, suback job/1/1 0, suback job/1/2 0, offline, ' +
      'connect, nothing, true 0, true 0, offline, connect, nothing, true 0, true 0, suback job/3/1 0, suback job/3/2 0, offline',
  },
  { name: 'what comes back by itself', expected: 'connect, offline, connect, SUBSCRIBE, offline, connect, offline, connect, SUBSCRIBE, offline' },
  { name: 'a publish that could not be sent', expected: 'connect, drop 0 -60, offline, true 0, connect, nothing, true 0, puback 0, PUBLISH' },
  { name: 'clients that were closed', expected: 'held 0' },
  { name: 'a client that was closed for long', expected: 'connect, offline, connect, suback a 0, nothing' },
  { name: 'a number as clientid, and empty names', expected: 'connect, 2 120 ..1193046, connect, 130 120 ..1193046..u' },
  {
    name: 'what connect refuses',
    expected: `mqtt: connect: host must be a string, ${order('port')}, mqtt: connect: port must be 1 to 65535, mqtt: connect: port must be 1 to 65535, ` +
      'mqtt: connect: secure must be 0, 1, true or false, mqtt: connect: this firmware has no tls module: build it in, or connect without, ' +
      'mqtt: connect: nothing may stand behind the second function, and no nil in the place of port or secure, connect, ' +
      'mqtt: connect: already connected or connecting, nothing',
  },
  {
    name: 'another baud rate', path: 'nodemcu/midge-uart.lua',
    expected: 'mqtt: connect: over the UART the gateway knows the host; give the baud rate alone, or nothing, mqtt: connect: the baud rate must be 1 to 4000000, ' +
      'mqtt: connect: secure is for the gateway to set, setup 0 115200 8 0 1 0, offline, setup 0 921600 8 0 1 0, offline',
  },
  {
    name: 'a session that does not fit',
    expected: 'saved true, drop 0 -44, connect, nothing false true, offline, drop 0 -44, connect, nothing false true, offline, connect, PUBLISH false',
  },
  {
    name: 'what other calls refuse',
    expected: [
      'mqtt.Client: keepalive must be a whole number of seconds', 'mqtt.Client: keepalive must be a whole number of seconds', 'mqtt.Client: username must be a string',
      'mqtt.Client: password must be a string', 'mqtt.Client: cleansession must be 0, 1, true or false', 'mqtt.Client: cleansession must be 0, 1, true or false',
      'mqtt.Client: max_message_length must be a whole number of bytes', 'mqtt.Client: the options behind max_message_length must be a table',
      'mqtt.Client: options are named fields of a table', "mqtt.Client: option 'receive' must be a whole number",
      "mqtt.Client: option 'session' must be the name of a file, of 1 to 27 characters", 'mqtt: on: event must be a string',
      'mqtt: subscribe: topic must be a string, or a table of topics', 'mqtt: subscribe: a topic must be a string',
      'mqtt: unsubscribe: topic must be a string, or a table of topics', 'mqtt: publish: retain must be 0, 1, true or false', 'mqtt: publish: a handler must be a function',
      'mqtt: lwt: topic must be UTF-8, not empty, without + and #', 'mqtt: lwt: retain must be 0, 1, true or false', 'mqtt: close: the argument must be true or false',
      'false -1', 'mqtt: lwt: too long now: the room for it was made by the first connect, publish or subscribe, so call it before them', 'connect',
    ].join(', '),
  },
  {
    name: 'options that a profile has nothing for', profile: 'qos0',
    expected: ['filters', 'inbound', 'subscriptions'].map((name) =>
      `mqtt.Client: option '${name}' has no use in the profile qos0: build with --profile mqtt311 for QoS 1 and 2, and for filters that are kept`).join(', '),
  },
];

for (const lua of present) {
  for (const { name, expected, profile, path = 'nodemcu/midge.lua' } of cases) {
    test(`${name}${profile === undefined ? '' : ` in ${profile}`}, on ${lua.name}`, async (t) => {
      const output = await runProcess(lua.command, [luaTestFile('nodemcu/faults.lua'), luaTestFile('nodemcu/stub.lua'), luaFile(path, true, profile), name], '');
      t.is(output.trim().replaceAll('\t', ' ').replaceAll('\n', ', '), expected);
    });
  }
}
