/** The conversations of one client as ava tests, each with a broker of its own, in either version. */
import type { TestFn } from 'ava';
import { createBroker } from '../../../src/broker/index.js';
import { registerNotRun } from '../../engines/installed.js';
import { conversations, Missing, Talk } from './conversations.js';
import { type ForeignClient, userName } from './driver.js';
import { inabilities } from './inabilities.js';

export function registerConversations(test: TestFn, client: ForeignClient): void {
  const availability = client.available();
  if (availability !== true) {
    registerNotRun(test, `${client.name} is installed`, `${availability}: its conversations were NOT RUN`);
    return;
  }
  for (const { title, versions, run } of conversations) {
    for (const version of versions) {
      const name = version === 5 ? '5.0' : '3.1.1';
      test(`${client.name}, ${name}: ${title}`, async (t) => {
        const broker = createBroker({
          authenticate: ({ userName: user, password }) => user === undefined || (user === userName && Buffer.from(password ?? []).toString() === 'secret'),
        });
        const { port } = await broker.listen();
        const talk = new Talk(client, broker, { port, version }, 'c');
        try {
          const outcome = await run(talk).then(() => 'works', (thrown: unknown) => {
            if (thrown instanceof Missing) return thrown.message;
            throw thrown;
          });
          t.is(outcome, inabilities[client.name][`${title}, ${name}`] ?? 'works');
          // A client that does its part is not accused of a breach.
          t.deepEqual(broker.violations.map(({ statement, reason }) => `${statement}: ${reason}`), []);
        } finally {
          await talk.close();
          await broker.close();
        }
      });
    }
  }
  test(`${client.name}: what it is said not to do is about conversations that there are`, (t) => {
    const titles = conversations.flatMap(({ title, versions }) => versions.map((version) => `${title}, ${version === 5 ? '5.0' : '3.1.1'}`));
    t.deepEqual(Object.keys(inabilities[client.name]).filter((title) => !titles.includes(title)), []);
  });
}
