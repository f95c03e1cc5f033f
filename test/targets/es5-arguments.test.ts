// What methods of the ES5 client answer to wrong arguments, in Duktape: each is refused by name, and leaves what was accepted before as it was.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { makeClient, startBroker } from '../node/support.js';
import { built, builtScript, embedHost, scratch } from './es5/host.js';
import { until } from '../until.js';

type Row = readonly [call: string, says: string];

/** Calls of a client that is connected, with `bytes`, a Uint8Array of 4; what is thrown, or a Status below 0. */
const calls: readonly Row[] = [
  ["c.publish('t', 21.5)", 'midge: the payload must be a Uint8Array, in publish also a text, not 21.5'],
  ["c.publish('t', [1, 2], 1)", 'midge: the payload must be a Uint8Array, in publish also a text, not 1,2'],
  ["c.publish('t', null)", 'midge: the payload must be a Uint8Array, in publish also a text, not null'],
  ["c.publish('t')", 'midge: the payload must be a Uint8Array, in publish also a text, not undefined'],
  ["c.publish(undefined, 'x')", 'midge: the topic must be a text, not undefined'],
  ["c.publish(5, 'x', 1)", 'midge: the topic must be a text, not 5'],
  ["c.publish(['t'], 'x')", 'midge: the topic must be a text, not t'],
  ["c.publish('t', 'x', 1.5)", 'midge: qos must be 0, 1 or 2, not 1.5'],
  ["c.publish('t', 'x', 8)", 'midge: qos must be 0, 1 or 2, not 8'],
  ["c.publish('t', bytes, 16)", 'midge: qos must be 0, 1 or 2, not 16'],
  ["c.publish('t', 'x', -1)", 'midge: qos must be 0, 1 or 2, not -1'],
  ["c.publish('t', 'x', true)", 'midge: qos must be 0, 1 or 2, not true'],
  ["c.publish('t', 'x', null)", 'midge: qos must be 0, 1 or 2, not null'],
  ["c.publish('t', 'x', 0, 1)", 'midge: retain must be true or false, not 1'],
  ["c.publishBytes('t', 'text', 0, 4)", 'midge: the payload must be a Uint8Array, in publish also a text, not text'],
  ["c.publishBytes('t', bytes, -1, 2)", 'midge: from and to must be integers, 0 to 4, not -1 and 2'],
  ["c.publishBytes('t', bytes, 2, 9)", 'midge: from and to must be integers, 0 to 4, not 2 and 9'],
  ["c.publishBytes('t', bytes, 3, 1)", 'midge: from and to must be integers, 0 to 4, not 3 and 1'],
  ["c.publishBytes('t', bytes, 0.5, 2)", 'midge: from and to must be integers, 0 to 4, not 0.5 and 2'],
  ["c.publishBytes('t', bytes, 0, '4')", 'midge: from and to must be integers, 0 to 4, not 0 and 4'],
  ["c.publish('t/#', 'x')", '-1'],
  ["c.subscribe(undefined)", 'midge: the filter must be a text, not undefined'],
  ["c.subscribe(5, 1)", 'midge: the filter must be a text, not 5'],
  ["c.subscribe('f', '1')", 'midge: qos must be 0, 1 or 2, not 1'],
  ["c.subscribe('f', 1.5)", 'midge: qos must be 0, 1 or 2, not 1.5'],
  ["c.subscribe('f', 1, 1.5)", 'midge: route must be an integer from 0, not 1.5'],
  ["c.subscribe('f', 1, 'a')", 'midge: route must be an integer from 0, not a'],
  ["c.subscribe('f/#/g', 1)", '-2'],
  ["c.subscribe('f', 1, -1)", 'midge: route must be an integer from 0, not -1'],
  ["c.publish('t', 'x', 0, false, {})", 'midge: list must be left out (this profile has no properties), not [object Object]'],
  ["c.unsubscribe(null)", 'midge: the filter must be a text, not null'],
];

/** The same in the profile `full`, whose client has these methods. */
const callsWithProperties: readonly Row[] = [
  ["c.authenticate(null)", 'midge: list must be made by midge.properties for authenticate, not null'],
  ["c.reauthenticate()", 'midge: list must be made by midge.properties for authenticate, not undefined'],
  ["c.authenticate(midge.properties(8))", 'midge: list must be made by midge.properties for authenticate, not [object Object]'],
  ["c.publish('t', 'x', 0, false, midge.properties(8, 'authenticate'))", 'midge: list must be made by midge.properties for publish, not [object Object]'],
  ["c.publish('t', 'x', 0, false, {})", 'midge: list must be made by midge.properties for publish, not [object Object]'],
  ["c.publish('t', 'x', 0, false, null)", 'midge: list must be made by midge.properties for publish, not null'],
];

const host = embedHost();

// A build takes the process for seconds, in which the broker of another test would be deaf.
test.before('the scripts are built before the first broker runs', () => {
  for (const profile of ['mqtt311', 'full'] as const) built({ profile, minify: true });
});

/** A program that is connected, publishes before and after these calls, and prints what they give. */
function program(port: number, rows: readonly Row[]): string {
  return `
    var c = midge.create({ clientId: 'a' }), bytes = new Uint8Array(4), left = 2;
    function attempt(act) {
      var said;
      try { said = String(act()); } catch (e) { said = e.message; }
      print(said);
    }
    c.onConnect = function () {
      c.publish('good/before', 'one', 1);
      ${rows.map(([call]) => `attempt(function () { return ${call}; });`).join('\n')}
      c.publishBytes('good/whole', new Uint8Array([50, 51]));
      c.publishBytes('good/end', new Uint8Array([50, 51]), 1, undefined, 0, false);
      c.publish('good/after', 'two', 1, true);
    };
    c.onPublish = function () { left--; };
    c.onDrop = c.onClose = function (status) { print('ended ' + status); };
    c.connect('127.0.0.1', ${port});
    function loop() { var wait = c.poll(); return left === 0 ? -1 : wait; }`;
}

async function saidAndHeard(t: ExecutionContext, profile: 'mqtt311' | 'full', rows: readonly Row[]): Promise<{ readonly said: string[]; readonly heard: string[] }> {
  const { port } = await startBroker(t);
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
  const heard: string[] = [];
  peer.on('message', (topic, payload, { qos }) => { heard.push(`${topic} ${payload.toString()} ${qos}`); });
  await peer.connect();
  await peer.subscribe('#', { qos: 2 });
  const folder = scratch(t);
  const application = join(folder, 'application.js');
  writeFileSync(application, program(port, rows));
  const running = start('path' in host ? host.path : '', [builtScript(folder, { profile, minify: true }, 'midge.js'), application]);
  t.teardown(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  });
  const { code, stdout, stderr } = await running.ended;
  t.is(code, 0, stderr);
  await until(() => heard.some((one) => one.startsWith('good/after')), 'the last message');
  return { said: stdout.toString().trimEnd().split('\n'), heard };
}

if ('path' in host) {
  for (const [profile, rows] of [['mqtt311', calls], ['full', callsWithProperties]] as const) {
    test(`${profile}: wrong arguments are refused by name, and the messages before and behind them arrive as they were`, async (t) => {
      const { said, heard } = await saidAndHeard(t, profile, rows);
      t.deepEqual(said.map((one, n) => [rows[n]?.[0], one]), rows.map((row) => [...row]));
      t.deepEqual(heard, ['good/before one 1', 'good/whole 23 0', 'good/end 3 0', 'good/after two 1']);
    });
  }
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: wrong arguments of the ES5 client were NOT RUN`);
}
