/** What MQTT 5.0 and streams are asked for with: taken where the profile has it, refused by name where it has not, and wrong values everywhere. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../targets/build/program.js';
import { registerNotRun } from '../engines/installed.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

const [lua51] = luas;
const able = luaWithSockets(lua51);
const benchFolder = join(packageRoot, 'test/bench/lua');

const rows: readonly (readonly [profile: 'mqtt311' | 'full', options: string, answer: RegExp])[] = [
  ['mqtt311', 'version = 4', /^true/],
  ['mqtt311', 'version = 5', /option 'version' must be 4: MQTT 5\.0 is in the profile full/],
  ['mqtt311', 'session_expiry = 5', /option 'session_expiry' is unknown/],
  ['full', 'version = 5', /^true/],
  ['full', 'version = 5, session_expiry = 60', /^true/],
  ['full', 'version = "5"', /option 'version' must be 4 \(MQTT 3\.1\.1\) or 5/],
  ['full', 'version = 5, session_expiry = -2', /option 'session_expiry' must be -1 \(no end\) to 1073741823 seconds/],
  ['full', 'version = 5, session_expiry = "long"', /option 'session_expiry' must be a number of seconds, or -1/],
  ['full', 'session_expiry = 60', /option 'session_expiry' needs version = 5/],
  ['mqtt311', 'properties = 64', /option 'properties' is unknown/],
  ['full', 'properties = 64', /option 'properties' needs version = 5/],
  ['full', 'version = 5, properties = 0', /option 'properties' must be 1 to 65535 bytes/],
  ['full', 'version = 5, will = { topic = "a", payload = "", properties = { content_type = "x", will_delay_interval = 5, user = { a = "b" } } }', /^true/],
  ['full', 'version = 5, will = { topic = "a", payload = "", properties = { topic_alias = 1 } }', /will\.properties: property 'topic_alias' is not for this packet/],
  ['mqtt311', 'will = { topic = "a", payload = "", properties = {} }', /will has 'properties'; known are payload, qos, retain, topic/],
];

/** Calls of a client `c` that is not connected, and what they give. */
const calls: readonly (readonly [profile: 'mqtt311' | 'full', options: string, call: string, answer: RegExp])[] = [
  ['mqtt311', '', 'c:publish("a", "", { properties = {} })', /option 'properties' is unknown or has a wrong value; known are expires \(s\), latest, priority, qos \(0 to 2\), retain\n/],
  ['mqtt311', '', 'c.property, c.properties, c.user_property, c.publish_stream, c.cancel_stream', /^true\tnil\tnil\tnil\tnil\tnil\n/],
  ['full', '', 'c:publish("a", "", { properties = {} })', /option 'properties' needs a client with version = 5/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = 1 })', /option 'properties' is unknown or has a wrong value; .*properties\n/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { colour = "red" } })', /publish: there is no property 'colour'; the README lists them/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { "red" } })', /publish: there is no property '1'/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { content_type = 5 } })', /property 'content_type' must be a string/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { payload_format_indicator = 2 } })', /property 'payload_format_indicator' must be an integer from 0 to 1\n/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { payload_format_indicator = "1" } })', /property 'payload_format_indicator' must be an integer/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { response_topic = "a/+" } })', /property 'response_topic' is not for this packet, or has a value that is not allowed/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { content_type = "\\255" } })', /property 'content_type' is not for this packet, or has a value that is not allowed/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { topic_alias = 1 } })', /property 'topic_alias' is not for this packet/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { message_expiry_interval = 1 } })', /a message expires by option 'expires'/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { user = "a" } })', /property 'user' must be a table of names and values, or a list of pairs/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { user = { { "a" } } } })', /property 'user': names and values must be strings/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { user = { a = 1 } } })', /property 'user': names and values must be strings/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { user = { a = "b" }, content_type = ("x"):rep(100) } })', /^true\t0\n/],
  ['full', 'version = 5', 'c:publish("a", "", { properties = { content_type = ("x"):rep(126) } })', /^true\tnil\tthe properties are larger than the client's option 'properties'/],
  ['full', 'version = 5', 'c:property("content_type")', /property: there are properties only while a handler runs/],
  ['full', 'version = 5', 'c:properties()', /properties: there are properties only while a handler runs/],
  ['full', 'version = 5', 'c:property("colour")', /property: there is no property 'colour'/],
  ['full', 'version = 5', 'c:property()', /property: there is no property 'nil'/],
  ['full', 'version = 5', 'c:user_property(1)', /user_property: the name must be a string/],
  ['full', '', 'c:property("content_type")', /^true\tnil\n/],
  ['full', '', 'c:publish_stream("a", 100, "text")', /publish_stream: takes a topic, the number of bytes, and a function that returns them/],
  ['full', '', 'c:publish_stream("a", 1.5, print)', /publish_stream: takes a topic, the number of bytes/],
  ['full', '', 'c:publish_stream("a", 10, print, { expires = 5 })', /publish_stream: option 'expires' is not possible with a stream/],
  ['full', '', 'c:publish_stream("a", 10, print, { qos = 3 })', /option 'qos' is unknown or has a wrong value/],
  ['full', '', 'c:publish_stream("a", -1, print)', /^true\tnil\ta number is out of range/],
  ['full', '', 'c:publish_stream("a+", 1, print)', /^true\tnil\ttopic is empty, no UTF-8, too long, or holds a wildcard/],
  ['full', '', 'c:publish_stream("a", 10, print), c:publish_stream("b", 10, print)', /^true\t0\tnil\ttoo many messages wait/],
  ['full', '', 'c:publish_stream("a", 10, print), c:session()', /^true\t0\tnil\ta stream is under way/],
  ['full', '', 'c:cancel_stream()', /^true\tnil\tnothing waits for this/],
  ['full', '', 'c:publish_stream("a", 10, print, { qos = 1 }), c:cancel_stream()', /^true\t\d+\ttrue\n/],
];

if (able === true) {
  for (const [profile, options, answer] of rows) {
    test(`${profile}: ${options}`, (t) => {
      const program = `print(pcall(dofile("${luaFile('luasocket/midge.lua', true, profile)}").client, { id = "a", host = "127.0.0.1", ${options} }))`;
      t.regex(execFileSync(lua51.command, ['-e', program], { encoding: 'utf8' }), answer);
    });
  }
  for (const [profile, options, call, answer] of calls) {
    test(`${profile}: ${options}: ${call}`, (t) => {
      const program = `local c = dofile("${luaFile('luasocket/midge.lua', true, profile)}").client({ id = "a", host = "127.0.0.1", ${options} }) print(pcall(function() return ${call} end))`;
      t.regex(execFileSync(lua51.command, ['-e', program], { encoding: 'utf8' }), answer);
    });
  }
  test('a session that a handler saves has its message of QoS 2, unless the program is yet to acknowledge it [MQTT-4.3.3-2]', (t) => {
    const run = (manualAck: string): string => execFileSync(lua51.command, [luaTestFile('lua/saved-in-handler.lua'), luaFile('luasocket/midge.lua'), benchFolder, manualAck], { encoding: 'utf8' });
    t.is(run('0'), '1\t0\ttrue\n', 'not again, and the server is told');
    t.is(run('1'), '1\t1\tfalse\n', 'again');
  });
  test('messages with properties leave nothing to the garbage collector, published and looked at, and a planted table is seen', (t) => {
    const run = (planted: number): number[] => execFileSync(lua51.command, [luaTestFile('lua/garbage.lua'), luaFile('luasocket/midge.lua', true, 'full'), String(planted)], { encoding: 'utf8' })
      .trim().split('\n').map(Number);
    const clean = run(0);
    t.log(clean.join(' / '));
    // What is made once counts too.
    t.is(clean.length, 2);
    t.true(clean.every((bytes) => bytes < 0.5), clean.join(' / '));
    t.true(run(1).every((bytes) => bytes > 30));
  });
} else {
  registerNotRun(test, 'Lua 5.1 with bit and socket is installed', `${able}: the options of MQTT 5.0 were NOT RUN`);
}
