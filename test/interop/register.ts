/**
 * The scenarios of one server as ava tests: those that restart it one after the other, the rest side by side.
 * A server that is not installed is reported as not run, or demanded with MIDGE_DEMAND_ENGINES=1.
 */
import type { TestFn } from 'ava';
import { expected, expectedOutcome } from './expected.js';
import { longPatience, play, shortPatience, works } from './play.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { type InteropServer, type RunningServer, serversDemanded, type Version } from './server.js';

/** Every scenario with a version that is played with a server. */
export function rounds(server: InteropServer): [scenario: Scenario, version: Version][] {
  return scenarios.flatMap((scenario) => scenario.versions
    .filter((version) => server.versions.includes(version) || scenario.isOfVersion)
    .map((version): [Scenario, Version] => [scenario, version]));
}

export function registerScenarios(test: TestFn, server: InteropServer): void {
  const availability = server.available();
  if (availability !== true) {
    test(`${server.name} is installed, or this machine may do without`, (t) => {
      const message = `${availability}: its scenarios were NOT RUN`;
      t.false(serversDemanded, `MIDGE_DEMAND_ENGINES=1, but ${message}`);
      t.log(message);
    });
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

  test(`${server.name}: what it is said not to do is about scenarios that there are`, (t) => {
    const titles = scenarios.map((scenario) => scenario.title);
    t.deepEqual(Object.keys(expected[server.name]).filter((title) => !titles.includes(title)), []);
  });
}
