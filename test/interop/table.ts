/**
 * Prints what each installed server does as a Markdown table: `node dist/test/interop/table.js [server]`. What differs
 * from expected.ts is said on standard error, with exit code 1.
 */
import { expected, expectedOutcome } from './expected.js';
import { longPatience, play, shortPatience, works } from './play.js';
import { rounds } from './register.js';
import { scenarios } from './scenarios/index.js';
import type { InteropServer } from './server.js';
import { mosquitto } from './servers/mosquitto.js';
import { nats } from './servers/nats.js';
import { rabbitMq } from './servers/rabbitmq.js';
import { reference } from './servers/reference.js';

const asked = process.argv[2];
const servers = [reference, mosquitto, nats, rabbitMq].filter((server) => asked === undefined || server.name === asked);

/** Of one server, a cell for each scenario. */
async function column(server: InteropServer): Promise<Map<string, string>> {
  const cells = new Map<string, string>();
  const running = await server.start();
  try {
    for (const [scenario, version] of rounds(server)) {
      const inability = expectedOutcome(server.name, scenario.title, version);
      const outcome = await play(running, scenario, version, inability === undefined ? longPatience : shortPatience);
      if (outcome !== (inability ?? works)) {
        console.error(`${server.name}, version ${version}, ${scenario.title}: ${outcome}; expected: ${inability ?? works}`);
        process.exitCode = 1;
      }
      if (outcome === works) {
        if (!cells.has(scenario.title)) cells.set(scenario.title, 'yes');
      } else cells.set(scenario.title, outcome === inability ? expected[server.name][scenario.title].note ?? outcome : outcome);
    }
  } finally {
    await running.stop();
  }
  return cells;
}

const columns: [title: string, cells: Map<string, string>][] = [];
for (const server of servers) {
  const availability = server.available();
  if (availability === true) columns.push([`${server.name}${server === reference ? '' : ` ${server.release()}`}`, await column(server)]);
  else console.error(`NOT RUN: ${availability}`);
}
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
console.log(row(['', ...columns.map(([title]) => title)]));
console.log(row(['', ...columns.map(() => '')].map(() => '---')));
for (const { title } of scenarios) console.log(row([title, ...columns.map(([, cells]) => cells.get(title) ?? '(5.0)')]));
