/*
 * Which connections a fault plan's rules are for: number, client identifier, attempt, chance.
 */
import test from 'ava';
import { globMatches } from '../../src/broker/faults/injector.js';
import { peekClientId } from '../../src/broker/faults/connect-peek.js';
import { connect4, connect5, withBroker } from './support.js';

test('rules: by number of the connection, by client pattern and attempt, for all; later plans are for later connections', (t) =>
  withBroker(
    { faults: { rules: [
      { connection: { from: 2, to: 2 }, faults: [{ fault: 'cut', direction: 'out', after: 1 }] },
      { client: 'sensor-*', attempt: { to: 2 }, faults: [{ fault: 'cut', direction: 'out', after: 2 }] },
      { client: 'x?z', faults: [{ fault: 'cut', direction: 'out', after: 3 }] },
    ] } },
    async (world) => {
      const { broker } = world;
      const got = async (clientId: string): Promise<number> => {
        const client = await world.open();
        client.send(connect4({ clientId }) + 'e000');
        return (await client.rest()).length / 2;
      };
      t.is(await got('a'), 4);
      t.is(await got('sensor-1'), 1, 'the second connection; the sensor\'s first attempt');
      t.is(await got('sensor-1'), 2);
      t.is(await got('sensor-1'), 4);
      t.is(await got('sensor-2'), 2);
      t.is(await got('xyz'), 3);
      t.is(await got('xyyz'), 4);
      broker.faults = undefined;
      t.is(await got('xyz'), 4);
    },
  ));

test('probability: the seed chooses, not the order in which clients come', async (t) => {
  const chosen = async (names: string[]): Promise<string[]> => {
    const hit: string[] = [];
    const rules = [{ client: '*', probability: 0.5, faults: [{ fault: 'cut', direction: 'out' } as const] }];
    await withBroker({ faults: { seed: 3, rules } }, async (world) => {
      for (const clientId of names) {
        const client = await world.open();
        client.send(connect4({ clientId }) + 'e000');
        if ((await client.rest()) === '') hit.push(clientId);
      }
    });
    return hit.sort();
  };
  const names = Array.from({ length: 20 }, (_, n) => `c${n}`);
  const hit = await chosen(names);
  t.true(hit.length > 2 && hit.length < 18);
  t.deepEqual(await chosen(names.reverse()), hit);
});

test('patterns: * is any characters, ? is one', (t) => {
  const rows: readonly [pattern: string, name: string, matches: boolean][] = [
    ['', '', true], ['', 'a', false], ['*', '', true], ['*', 'abc', true], ['a*', 'a', true], ['a*', 'ba', false], ['*a', 'ba', true],
    ['a?c', 'abc', true], ['a?c', 'ac', false], ['a*b*c', 'a-b-b-c', true], ['a*b*c', 'a-c-b', false], ['*ab', 'aab', true], ['a.c', 'abc', false],
  ];
  for (const [pattern, name, matches] of rows) t.is(globMatches(pattern, name), matches, `${pattern} ${name}`);
  t.false(globMatches('*a'.repeat(200) + 'b', 'a'.repeat(5000)), 'and its time is bounded');
});

test('the client identifier is found as soon as it is there, at every split, and never beyond the packet', (t) => {
  const long = connect5({ clientId: 'x'.repeat(300), properties: '2100ff' + '1700' });
  for (const [hex, clientId] of [[connect4({ clientId: 'äb' }), 'äb'], [connect5({ clientId: '' }), ''], [long, 'x'.repeat(300)]]) {
    const bytes = Buffer.from(hex, 'hex');
    for (let end = 0; end < bytes.length; end++) t.is(peekClientId(bytes.subarray(0, end)), undefined, `${end} of ${hex}`);
    t.is(peekClientId(bytes), clientId);
    t.is(peekClientId(Buffer.concat([bytes, Buffer.from('c000', 'hex')])), clientId);
  }
  for (const hex of ['c000', '10ffffffff01', '100f00ff', '1000', '100e00044d515454040200000005' + '6162636465', '101000044d5154540502000080808080']) {
    t.is(peekClientId(Buffer.from(hex + '00'.repeat(300), 'hex')), null, hex);
  }
});
