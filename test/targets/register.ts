/**
 * The scenarios of the targets as ava tests, for one actor: against the reference broker, and Mosquitto where it is installed.
 */
import type { TestFn } from 'ava';
import { registerNotRun } from '../engines/installed.js';
import type { InteropServer, RunningServer } from '../interop/server.js';
import { mosquitto } from '../interop/servers/mosquitto.js';
import { reference } from '../interop/servers/reference.js';
import { Random, seedOf } from '../unit/random.js';
import type { ActorDescription } from './actor.js';
import { targetScenarios } from './scenarios.js';
import { Stage } from './stage.js';

const servers: readonly InteropServer[] = [reference, mosquitto];

/** Registers every scenario that the actor's profile can play; the scripted servers speak 3.1.1. The description may be made late, when something must be built first. */
export function registerTargetScenarios(test: TestFn, name: string, qosMax: 0 | 1 | 2, describe: () => ActorDescription | Promise<ActorDescription>, version: 4 | 5 = 4): void {
  const running = new Map<InteropServer, RunningServer>();
  const present = servers.filter((server) => server.available() === true);
  test.before(`${name}: servers`, async () => {
    for (const server of present) running.set(server, await server.start());
  });
  test.after.always(`${name}: no server is left`, async () => {
    for (const server of running.values()) await server.stop();
  });
  for (const server of servers) {
    const availability = server.available();
    if (availability === true) continue;
    registerNotRun(test, `${name}: ${server.name} is installed`, `${availability}: the scenarios with it were NOT RUN`);
  }
  for (const scenario of targetScenarios.filter(({ qosMin = 0, isScripted }) => qosMin <= qosMax && !(isScripted && version === 5))) {
    for (const server of scenario.isScripted ? [reference] : present) {
      const title = scenario.isScripted ? `${name}: ${scenario.title}` : `${name}, ${server.name}: ${scenario.title}`;
      const add = scenario.isPatient ? test : test.serial;
      add(title, async (t) => {
        const seed = seedOf('MIDGE_TARGET_SEED');
        t.log(`MIDGE_TARGET_SEED=${seed}`);
        const stage = await Stage.set(running.get(server)!, await describe());
        try {
          await scenario.run(stage, new Random(seed));
          t.pass();
        } finally {
          await stage.strike();
        }
      });
    }
  }
}
