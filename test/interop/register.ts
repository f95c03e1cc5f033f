/**
 * The scenarios of one server as ava tests: those that restart it one after the other, the rest side by side.
 * A server that is not installed is reported as not run, or demanded with MIDGE_DEMAND_ENGINES=1.
 */
import type { TestFn } from 'ava';
import { midge } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { expected, expectedOutcome } from './expected.js';
import { Place } from './place.js';
import { longPatience, play, shortPatience, works } from './play.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { type InteropServer, type RunningServer, user, type Version } from './server.js';

/** Every scenario with a version that is played with a server. */
export function rounds(server: InteropServer): [scenario: Scenario, version: Version][] {
  return scenarios.flatMap((scenario) => scenario.versions
    .filter((version) => server.versions.includes(version) || scenario.isOfVersion)
    .map((version): [Scenario, Version] => [scenario, version]));
}

export function registerScenarios(test: TestFn, server: InteropServer): void {
  const availability = server.available();
  if (availability !== true) {
    registerNotRun(test, `${server.name} is installed`, `${availability}: its scenarios were NOT RUN`);
    return;
  }
  let running: RunningServer | undefined;
  test.before(async () => { running = await server.start(); });
  test.after.always(async () => { await running?.stop(); });

  for (const [scenario, version] of rounds(server)) {
    const add = scenario.restarts ? test.serial : test;
    add(`${server.name}, ${version === 5 ? '5.0' : '3.1.1'}: ${scenario.title}`, async (t) => {
      const inability = expectedOutcome(server.name, scenario.title, version);
      const outcome = await play(running!, scenario, version, inability === undefined ? longPatience : shortPatience);
      t.is(outcome, inability ?? works, inability === undefined ? undefined : 'test/interop/expected.ts says otherwise');
    });
  }

  test.serial(`${server.name}: the devices of npm start, with nothing but the address changed`, async (t) => {
    const broker = `mqtt://${user.name}:${user.password}@127.0.0.1:${running!.port}`;
    const speaks5 = server.versions.includes(5);
    const { code, stdout, stderr } = await midge(['bench', '--broker', broker, '--mqtt', 'auto', '--for', '1s', '--devices', '3', '--json']);
    t.is(code, 0, stderr);
    const result = JSON.parse(stdout.toString()) as { ok: boolean; mqtt: string; notRun: string[]; qos: { sent: number; delivered: number }[] };
    t.true(result.ok);
    t.is(result.mqtt, speaks5 ? '5.0' : '3.1.1');
    t.deepEqual(result.notRun, [
      ...speaks5 ? [] : ['MQTT 5.0: the server refuses it'], ...server.qosMax === 2 ? [] : ['QoS 2: the server grants QoS 1'],
    ]);
    t.is(result.qos.length, server.qosMax + 1);
    for (const one of result.qos.slice(1)) t.true(one.sent > 0 && one.delivered === one.sent);
    t.notRegex(stderr, new RegExp(user.password));
    const place = new Place(running!, 4, longPatience.stepMs);
    try {
      const peer = await place.join('later');
      for (const topic of ['midge/dev-1/status', 'mark']) await peer.client.subscribe(topic, { qos: 1 });
      await peer.client.publish('mark', 'mark', { qos: 1 });
      t.true(await peer.hasText('mark'));
      t.deepEqual(peer.texts(), ['mark'], 'the bench has left a retained message');
    } finally {
      await place.close();
    }
  });

  if (!server.versions.includes(5)) {
    test(`${server.name}: devices do not fall back to 3.1.1 unless asked to`, async (t) => {
      const { code, stderr } = await midge(['bench', '--broker', `mqtt://127.0.0.1:${running!.port}`, '--for', '1s']);
      t.is(code, 1);
      t.regex(stderr, /^midge bench: --broker: .* takes --mqtt 3\.1\.1, or --mqtt auto\n$/);
    });
  }

  test(`${server.name}: what it is said not to do is about scenarios that there are`, (t) => {
    const titles = scenarios.map((scenario) => scenario.title);
    t.deepEqual(Object.keys(expected[server.name]).filter((title) => !titles.includes(title)), []);
  });
}
