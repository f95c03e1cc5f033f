// What `create` and `connect` of the ES5 client answer to wrong options, in Duktape: each is refused with its name, its value and what is allowed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { BuildRequest } from '../../targets/build/target.js';
import { start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { builtScript, embedHost, scratch } from './es5/host.js';

type Row = readonly [code: string, says: string];

/** Options, and what is said of them; `accepted` where nothing is. */
const options: readonly Row[] = [
  ['undefined', 'midge: the argument of create must be an object of options, not undefined'],
  ['5', 'midge: the argument of create must be an object of options, not 5'],
  ['{}', 'accepted'],
  ['{ toString: print }', 'midge: there is no option toString'],
  ['{ constructor: 5 }', 'midge: there is no option constructor'],
  ['{ clientId: 5 }', 'midge: option clientId must be a string, not 5'],
  ['{ clientId: undefined }', 'midge: option clientId must be a string, not undefined'],
  ["{ clientId: '', cleanStart: false }", 'midge: option clientId must be a text that is not empty, or cleanStart true, not '],
  ["{ cleanStart: 'no' }", 'midge: option cleanStart must be a boolean, not no'],
  ['{ userName: 5 }', 'midge: option userName must be a text, not 5'],
  ['{ userName: undefined }', 'midge: option userName must be a text, not undefined'],
  ['{ userName: null, password: null, will: null }', 'accepted'],
  ["{ userName: 'u', password: 1234 }", 'midge: option password must be a text or a Uint8Array, not 1234'],
  ["{ userName: 'u', password: [1, 2] }", 'midge: option password must be a text or a Uint8Array, not 1,2'],
  ["{ userName: 'u', password: new Uint8Array(2) }", 'accepted'],
  ["{ userName: 'u', password: 'p' }", 'accepted'],
  ["{ password: 'p' }", 'midge: option userName must be given with a password, not null'],
  ["{ will: 'a' }", 'midge: option will must be an object, not a'],
  ['{ will: true }', 'midge: option will must be an object, not true'],
  ["{ will: { payload: 'x' } }", 'midge: option will.topic must be a topic, without + and #, not '],
  ["{ will: { topic: 'a/#' } }", 'midge: option will.topic must be a topic, without + and #, not a/#'],
  ["{ will: { topic: 'a', payload: 21.5 } }", 'midge: option will.payload must be a text or a Uint8Array, not 21.5'],
  ["{ will: { topic: 'a', payload: null } }", 'midge: option will.payload must be a text or a Uint8Array, not null'],
  ["{ will: { topic: 'a', retain: 1 } }", 'midge: option will.retain must be a boolean, not 1'],
  ["{ will: { topic: 'a', qos: 3 } }", 'midge: option will.qos must be 0, 1 or 2, not 3'],
  ["{ will: { topic: 'a', text: 'b' } }", 'midge: there is no option will.text'],
  ["{ will: { topic: 'a', payload: 'b', qos: 2, retain: true } }", 'accepted'],
  ["{ textBytes: 'abc' }", 'midge: option textBytes must be from 0 to 268435456, not abc'],
  ['{ textBytes: -1 }', 'midge: option textBytes must be from 0 to 268435456, not -1'],
  ['{ textBytes: 1.5 }', 'midge: option textBytes must be from 0 to 268435456, not 1.5'],
  ['{ textBytes: 0 }', 'accepted'],
  ['{ keepAliveS: 1.5 }', 'midge: option keepAliveS must be from 0 to 65535, not 1.5'],
  ['{ connectTimeoutMs: 0 }', 'midge: option connectTimeoutMs must be from 1 to 268435456, not 0'],
  ['{ pingTimeoutMs: 0 }', 'midge: option pingTimeoutMs must be from 1 to 268435456, not 0'],
  ['{ retryMinMs: NaN }', 'midge: option retryMinMs must be from 1 to 268435456, not NaN'],
  ['{ retryMaxMs: 999 }', 'midge: option retryMaxMs must be from retryMinMs to 268435456, not 999'],
  ['{ receiveBytes: 20.5 }', 'midge: option receiveBytes must be from 16 to 268435456, not 20.5'],
  ['{ controlBytes: 31 }', 'midge: option controlBytes must be from 32 to 268435456, not 31'],
  ['{ outboxBytes: 15 }', 'midge: option outboxBytes must be from 16 to 268435456, not 15'],
  ['{ outboxMessages: 0 }', 'midge: option outboxMessages must be from 1 to 65534, not 0'],
  ['{ seed: 0.5 }', 'midge: option seed must be an integer, not 0.5'],
];

/** Of profiles with QoS and routing. */
const optionsOfQos: readonly Row[] = [
  ['{ acknowledge: 1, inFlightMax: 2, receiveMaximum: 2, subscriptions: 0, filterBytes: 0 }', 'accepted'],
  ['{ acknowledge: 2 }', 'midge: option acknowledge must be 0 or 1, not 2'],
  ['{ acknowledge: 3 }', 'midge: option acknowledge must be 0 or 1, not 3'],
  ['{ inFlightMax: 0 }', 'midge: option inFlightMax must be from 1 to 65535, not 0'],
  ['{ receiveMaximum: 0 }', 'midge: option receiveMaximum must be from 1 to 65535, not 0'],
  ['{ subscriptions: -1 }', 'midge: option subscriptions must be from 0 to 65534 less outboxMessages, not -1'],
  ['{ filterBytes: -1 }', 'midge: option filterBytes must be from 0 to 268435456, not -1'],
];

function leftOut(...names: readonly string[]): Row[] {
  return names.map((name) => [`{ ${name}: 1 }`, `midge: there is no option ${name} in this profile`]);
}

const optionsOfV5: readonly Row[] = [
  ['{ version: 6 }', 'midge: option version must be 4 or 5, not 6'],
  ['{ v5: { sessionExpiryS: 10 } }', 'midge: option v5 must be given with version 5, not with version 4'],
  ['{ version: 5, v5: true }', 'midge: option v5 must be an object, not true'],
  ['{ version: 5, v5: { anything: 1 } }', 'midge: there is no option v5.anything'],
  ['{ version: 5, v5: { sessionExpiryS: -2 } }', 'midge: option v5.sessionExpiryS must be from -1 to 1073741823, not -2'],
  ['{ version: 5, v5: { maximumPacketBytes: -1 } }', 'midge: option v5.maximumPacketBytes must be from 0 to 268435460, not -1'],
  ['{ version: 5, v5: { topicAliasMaximum: 65536 } }', 'midge: option v5.topicAliasMaximum must be from 0 to 65535, not 65536'],
  ['{ version: 5, v5: { topicAliasesOut: -1 } }', 'midge: option v5.topicAliasesOut must be from 0 to 65535, not -1'],
  ['{ version: 5, v5: { aliasTopicBytes: 0 } }', 'midge: option v5.aliasTopicBytes must be from 1 to 1024, not 0'],
  ['{ version: 5, v5: { assignedClientIdBytes: 0 } }', 'midge: option v5.assignedClientIdBytes must be from 1 to 65535, not 0'],
  ['{ version: 5, v5: { connectProperties: {} } }', 'midge: option v5.connectProperties takes properties that were made for it'],
  ['{ version: 5, v5: { requestProperties: 5 } }', 'midge: option v5.requestProperties must be an object, not 5'],
  ["{ will: { topic: 'a', properties: midge.properties(8, 'will') } }", 'midge: option will.properties must be given with version 5, not with version 4'],
  ["{ version: 5, will: { topic: 'a', properties: midge.properties(8, 'will') }, v5: { sessionExpiryS: -1 } }", 'accepted'],
];

/** Calls of a client `c` that does nothing yet, whose attempts go to `c.port.number`. */
const connects: readonly Row[] = [
  ['c.connect()', 'midge: connect needs the name or address of a server, not undefined'],
  ["c.connect('')", 'midge: connect needs the name or address of a server, not '],
  ['c.connect(5)', 'midge: connect needs the name or address of a server, not 5'],
  ["c.connect('a', 'x')", 'midge: the port must be an integer from 1 to 65535, not x'],
  ["c.connect('a', 0)", 'midge: the port must be an integer from 1 to 65535, not 0'],
  ["c.connect('a', 65536)", 'midge: the port must be an integer from 1 to 65535, not 65536'],
  ["c.connect('a', 1), c.connect('b', 2) + ' ' + opened()", '-5 a 1'],
  ["c.connect('a'), opened()", 'a 1883'],
];

/** In qos0. */
const withoutRoutes: readonly Row[] = [
  ["c.subscribe('f', 0, 1)", 'midge: route must be left out (this profile has no routes), not 1'],
  // Only while connected.
  ["c.subscribe('f', 0)", '-5'],
  ["c.publish('t', 'x', 1)", '-3'],
];

const host = embedHost();

async function answers(t: ExecutionContext, request: BuildRequest, rows: readonly Row[]): Promise<void> {
  const folder = scratch(t);
  const application = join(folder, 'application.js');
  writeFileSync(application, `
    var address;
    hostOpen = function (host, port) { address = host + ' ' + port; };
    function attempt(act) {
      var said, c = midge.create({});
      function opened() { c.poll(); return address; }
      try { said = String(act(c, opened)); } catch (e) { said = e.message; }
      print(said);
    }
    ${rows.map(([code]) => `attempt(function (c, opened) { return ${code.startsWith('c.') ? code : `midge.create(${code}), 'accepted'`}; });`).join('\n')}
    function loop() { return -1; }`);
  const { code, stdout, stderr } = await start('path' in host ? host.path : '', [builtScript(folder, request, 'midge.js'), application]).ended;
  t.is(code, 0, stderr);
  t.deepEqual(stdout.toString().slice(0, -1).split('\n').map((said, n) => [rows[n]?.[0], said]), rows.map((row) => [...row]));
}

if ('path' in host) {
  const tables: readonly (readonly [BuildRequest, readonly Row[]])[] = [
    [{ profile: 'mqtt311', minify: true }, [...options, ...optionsOfQos, ...leftOut('version', 'v5'), ["{ will: { topic: 'a', properties: null } }", 'midge: there is no option will.properties in this profile'], ...connects]],
    [{ profile: 'full', minify: true }, [...options, ...optionsOfQos, ...optionsOfV5, ...connects]],
    // Fields that a profile has no use for keep their names where nothing is minified.
    ...[true, false].map((minify) => [{ profile: 'qos0', minify }, [...options, ...leftOut('acknowledge', 'inFlightMax', 'receiveMaximum', 'subscriptions', 'filterBytes', 'version', 'v5'), ...withoutRoutes]] as const),
  ];
  for (const [request, rows] of tables) {
    test(`wrong options are refused by name: ${request.profile}${request.minify ? '' : ', not minified'}`, (t) => answers(t, request, rows));
  }
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: wrong options of the ES5 client were NOT RUN`);
}
