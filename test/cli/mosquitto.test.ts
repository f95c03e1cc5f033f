// midge pub and sub beside mosquitto_pub and mosquitto_sub: the same command lines print the same bytes and end with the same code.
// Without Mosquitto on the machine this says so; where every engine is demanded it fails.

import { existsSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { reportNotRun } from '../engines/installed.js';
import { type Ended, midgeFile, type Running, start } from './process.js';
import { serve } from './server.js';
import { until } from '../until.js';

type Tool = 'pub' | 'sub';

const theirs: Readonly<Record<Tool, string>> = { pub: '/usr/bin/mosquitto_pub', sub: '/usr/bin/mosquitto_sub' };
const isPresent = Object.values(theirs).every((path) => existsSync(path));

/** False, with a line in the report, when there is nothing to compare with. */
function canCompare(t: ExecutionContext): boolean {
  if (isPresent) return true;
  reportNotRun(t, 'mosquitto_pub and mosquitto_sub are not installed: the comparison with them was NOT RUN (Debian: apt-get install mosquitto-clients)');
  return false;
}

function startTool(whose: 'midge' | 'mosquitto', tool: Tool, args: readonly string[], input?: string): Running {
  return whose === 'midge' ? start(process.execPath, [midgeFile, tool, ...args], input) : start(theirs[tool], args, input);
}

interface Row {
  readonly sub: readonly string[];
  /** Published in this order, each with its standard input. */
  readonly pubs: readonly (readonly [args: readonly string[], input?: string])[];
  /** Published before the subscription. */
  readonly before?: readonly (readonly string[])[];
}

const rows: Readonly<Record<string, Row>> = {
  'payload alone': { sub: ['-t', 'a', '-C', '2'], pubs: [[['-t', 'a', '-m', 'one']], [['-t', 'a', '-m', 'two words']]] },
  'topic and payload': { sub: ['-t', '#', '-v', '-C', '3'], pubs: [[['-t', 'a/b', '-m', 'x']], [['-t', 'c', '-n']], [['-t', 'd', '-m', '{"a": 1}']]] },
  'an empty message alone prints nothing': { sub: ['-t', 'a', '-C', '2'], pubs: [[['-t', 'a', '-n']], [['-t', 'a', '-m', 'x']]] },
  'lines': { sub: ['-t', 'a', '-q', '1', '-C', '3'], pubs: [[['-t', 'a', '-q', '1', '-l'], 'one\ntwo\n\n']] },
  'standard input whole': { sub: ['-t', 'a', '-C', '1'], pubs: [[['-t', 'a', '-s'], 'one\ntwo\n']] },
  'no line feed': { sub: ['-t', 'a', '-N', '-C', '2'], pubs: [[['-t', 'a', '-m', 'x']], [['-t', 'a', '-m', 'y']]] },
  'formats': { sub: ['-t', 'a', '-q', '2', '-F', '%t %q %r %l %x %X %% @@ \\t%p %6t|%-6t|%06l|%5.2t', '-C', '1'], pubs: [[['-t', 'a', '-q', '2', '-m', 'xyz']]] },
  'formats of MQTT 5.0': {
    sub: ['-V', 'mqttv5', '-t', 'a', '-F', '%C %D %F %P %R|', '-C', '1'],
    pubs: [[['-V', '5', '-t', 'a', '-m', 'x', '-D', 'publish', 'content-type', 'text', '-D', 'PUBLISH', 'correlation-data', 'c', '-D', 'publish', 'user-property', 'k', 'v', '-D', 'publish', 'response-topic', 'r']]],
  },
  'retained first': { before: [['-t', 'r/a', '-r', '-m', 'old']], sub: ['-t', 'r/#', '-F', '%r %p', '-C', '2'], pubs: [[['-t', 'r/a', '-m', 'new']]] },
  'retained left out': { before: [['-t', 'r/a', '-r', '-m', 'old']], sub: ['-t', 'r/#', '-R', '-C', '1'], pubs: [[['-t', 'r/a', '-m', 'new']]] },
  'filtered out': { sub: ['-t', 'a/#', '-T', 'a/x/#', '-T', 'a/+/y', '-v', '-C', '1'], pubs: [[['-t', 'a/x', '-m', '1']], [['-t', 'a/b/y', '-m', '2']], [['-t', 'a/b', '-m', '3']]] },
  'repeated': { sub: ['-t', 'a', '-C', '2'], pubs: [[['-t', 'a', '-m', 'x', '--repeat', '2']]] },
  'the time is over': { sub: ['-t', 'a', '-W', '1'], pubs: [] },
};

async function play(t: ExecutionContext, whose: 'midge' | 'mosquitto', row: Row): Promise<{ sub: Ended; pubs: Ended[] }> {
  const { at, broker } = await serve(t);
  for (const args of row.before ?? []) await startTool(whose, 'pub', [...at, ...args], '').ended;
  const sub = startTool(whose, 'sub', [...at, '-W', '120', ...row.sub], '');
  let hasEnded = false;
  void sub.ended.then(() => { hasEnded = true; });
  // On a busy machine its time may be over before it has subscribed.
  await until(() => broker.stats.subscriptions > 0 || hasEnded);
  const pubs: Ended[] = [];
  for (const [args, input] of row.pubs) pubs.push(await startTool(whose, 'pub', [...at, ...args], input ?? '').ended);
  return { sub: await sub.ended, pubs };
}

for (const [name, row] of Object.entries(rows)) {
  test(`as mosquitto_pub and mosquitto_sub do: ${name}`, async (t) => {
    if (!canCompare(t)) return;
    const [ours, their] = [await play(t, 'midge', row), await play(t, 'mosquitto', row)];
    t.is(ours.sub.stdout.toString(), their.sub.stdout.toString());
    t.is(ours.sub.code, their.sub.code, ours.sub.stderr);
    t.deepEqual(ours.pubs.map((pub) => pub.code), their.pubs.map((pub) => pub.code));
  });
}
