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
import { type TargetScenario, targetScenarios } from './scenarios.js';
import { scenariosOfV5 } from './scenarios-v5.js';
import { Stage } from './stage.js';

const servers: readonly InteropServer[] = [reference, mosquitto];

/** What an actor plays in MQTT 5.0: the common scenarios but for the scripted servers, which speak 3.1.1, and those of 5.0 alone. */
export const allOfV5: readonly TargetScenario[] = [...targetScenarios.filter(({ isScripted }) => isScripted !== true), ...scenariosOfV5];

/** Registers every scenario that the actor's profile can play. The description may be made late, when something must be built first. */
export function registerTargetScenarios(
  test: TestFn, name: string, qosMax: 0 | 1 | 2, describe: () => ActorDescription | Promise<ActorDescription>, scenarios: readonly TargetScenario[] = targetScenarios,
): void {
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
  for (const scenario of scenarios.filter(({ qosMin = 0 }) => qosMin <= qosMax)) {
    for (const server of scenario.isScripted ? [reference] : present) {
      const title = scenario.isScripted ? `${name}: ${scenario.title}` : `${name}, ${server.name}: ${scenario.title}`;
      const add = scenario.isPatient ? test : test.serial;
      add(title, async (t) => {
        const seed = seedOf('MIDGE_TARGET_SEED');
        t.log(`MIDGE_TARGET_SEED=${seed}`);
        const stage = await Stage.set(running.get(server)!, server.name, await describe());
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
