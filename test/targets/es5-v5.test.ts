// What the ES5 client of the profile full answers to wrong use of properties and streams, in Duktape: each in words that name it, or by its number.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { builtScript, embedHost, scratch } from './es5/host.js';

/** An expression with `v4` and `v5`, clients that are not connected, and `list`, of 32 bytes; what it gives, or the error. */
const rows: readonly (readonly [code: string, says: string])[] = [
  ["v5.find('contentType')", 'midge: property contentType can be read only while a handler runs that a packet is behind'],
  ["v5.property('reasonString')", 'midge: property reasonString can be read only while a handler runs that a packet is behind'],
  ["v5.userProperty('unit')", 'midge: property userProperty can be read only while a handler runs that a packet is behind'],
  ['v5.findNext()', 'false'],
  ['v4.properties', 'null'],
  ["list.set('colour', 'red')", 'midge: there is no property colour; the README lists them'],
  ["list.set('', 'red')", 'midge: there is no property ; the README lists them'],
  ["list.set('contentType', 5)", 'midge: property contentType must be a text'],
  ["list.set('contentType', '\\u0000')", 'midge: property contentType is given twice, is not for this packet, or has a value that is not allowed'],
  ["list.set('responseTopic', 'a/+')", 'midge: property responseTopic is given twice, is not for this packet, or has a value that is not allowed'],
  ["list.set('contentType', 'a'), list.set('contentType', 'b')", 'midge: property contentType is given twice, is not for this packet, or has a value that is not allowed'],
  ["list.set('topicAlias', 1)", 'midge: property topicAlias is given twice, is not for this packet, or has a value that is not allowed'],
  ["list.set('willDelayInterval', 1)", 'midge: property willDelayInterval is given twice, is not for this packet, or has a value that is not allowed'],
  ["list.set('payloadFormatIndicator', 2)", 'midge: property payloadFormatIndicator must be an integer from 0 to 1, not 2'],
  ["list.set('payloadFormatIndicator', true)", 'true'],
  ["list.set('messageExpiryInterval', 536871)", 'midge: property messageExpiryInterval must be an integer from 0 to 536870, not 536871'],
  ["list.set('messageExpiryInterval', 1.5)", 'midge: property messageExpiryInterval must be an integer from 0 to 536870, not 1.5'],
  ["list.set('messageExpiryInterval', '5')", 'midge: property messageExpiryInterval must be an integer from 0 to 536870, not 5'],
  ["list.set('correlationData', 'text')", 'midge: property correlationData must be a Uint8Array'],
  ["list.set('correlationData', new Uint8Array(4), 3, 5)", 'midge: property correlationData: bytes 3 to 5 of 4'],
  ["list.set('correlationData', new Uint8Array(29))", 'true'],
  ["list.set('correlationData', new Uint8Array(30))", 'false'],
  ["list.set('userProperty', 'a')", 'midge: user properties are added by user(name, value)'],
  ["list.user('a', 1)", 'midge: name and value of a user property must be texts'],
  ["list.user('a', 'b') && list.user('a', 'b')", 'true'],
  ["list.user('a', '012345678901234567890123456')", 'false'],
  ['midge.properties(0)', 'midge: properties need room of at least 1 byte, not 0'],
  ["midge.properties('64')", 'midge: properties need room of at least 1 byte, not 64'],
  ["midge.properties(64, 'wish')", 'midge: properties are for publish, will, connect, subscribe or authenticate, not wish'],
  ["midge.properties(64, 'will').set('willDelayInterval', 5)", 'true'],
  ["midge.properties(64, 'connect').set('authenticationMethod', 'x')", 'true'],
  ["midge.properties(64, 'subscribe').set('contentType', 'x')", 'midge: property contentType is given twice, is not for this packet, or has a value that is not allowed'],
  ["midge.create({ version: 5, will: { topic: 'a', properties: list } })", 'midge: option will.properties takes properties that were made for it'],
  ["midge.properties(64, 'authenticate').set('contentType', 'a')", 'midge: property contentType is given twice, is not for this packet, or has a value that is not allowed'],
  ['v5.connectWith(list)', 'midge: connectWith takes properties that were made for it'],
  ["v5.connectWith(midge.properties(64, 'connect'))", '0'],
  ["v4.connectWith(midge.properties(64, 'connect'))", '-5'],
  ["v5.authenticate(midge.properties(64, 'authenticate'))", '-5'],
  ["v5.reauthenticate(midge.properties(64, 'authenticate'))", '-5'],
  ["midge.create({ version: 5, v5: { connectProperties: list } })", 'midge: option v5.connectProperties takes properties that were made for it'],
  ["midge.create({ version: 5, will: { topic: 'a', properties: midge.properties(9, 'will') } }) !== null", 'true'],
  // A number below 0 is a Status.
  ["list.set('contentType', 'a') && v4.publish('a', 'b', 0, false, list)", '-6'],
  ["list.set('contentType', 'a') && v5.publish('a', 'b', 0, false, list)", '0'],
  ["v4.publish('a', 'b', 0, false, list)", '0'],
  ["v5.publishStream('a', 10)", 'midge: publishStream needs the handler onStream, which is asked for the payload'],
  ["v5.onStream = print, v5.publishStream('a', '10')", 'midge: publishStream: total must be an integer, not 10'],
  ["v5.onStream = print, v5.publishStream('a', 1.5)", 'midge: publishStream: total must be an integer, not 1.5'],
  ["v5.onStream = print, v5.publishStream('a', -1)", '-4'],
  ["v5.onStream = print, v5.publishStream('a/#', 10)", '-1'],
  ["v5.onStream = print, list.set('messageExpiryInterval', 5), v5.publishStream('a', 10, 1, false, list)", '-6'],
  ["v5.onStream = print, v5.publishStream('a', 10), v5.publishStream('b', 10)", '-21'],
  ["v5.onStream = print, v5.publishStream('a', 10), v5.isStreaming()", 'true'],
  ["v5.onStream = print, v5.publishStream('a', 10), v5.cancelStream(), v5.isStreaming()", 'false'],
  ['v5.isStreaming()', 'false'],
  ['v5.cancelStream()', '-7'],
  ['v5.stream(new Uint8Array(4))', '-5'],
];

const host = embedHost();
if ('path' in host) {
  test('wrong use of properties and streams is told by name', async (t) => {
    const folder = scratch(t);
    const script = builtScript(folder, { profile: 'full', minify: true }, 'midge.js');
    const application = join(folder, 'application.js');
    const attempts = rows.map(([code]) => `attempt(function (v4, v5, list) { return ${code}; });`).join('\n');
    writeFileSync(application, `
      function attempt(act) {
        var said;
        try { said = String(act(midge.create({}), midge.create({ version: 5 }), midge.properties(32))); } catch (e) { said = e.message; }
        print(said);
      }
      ${attempts}
      function loop() { return -1; }`);
    const { code, stdout, stderr } = await start(host.path, [script, application]).ended;
    t.is(code, 0, stderr);
    t.deepEqual(stdout.toString().trimEnd().split('\n').map((said, n) => [rows[n]?.[0], said]), rows.map((row) => [...row]));
  });
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: wrong use of the ES5 client was NOT RUN`);
}
