/**
 * Nothing lost: boards behind the gateway under load, while ports are unplugged, the gateway is killed, the broker is killed
 * and restarted on its data folder, in an order by chance. MIDGE_BLOWS sets how many of each (default 1), MIDGE_SEED repeats
 * a run. What a reset at any one byte does is tested in test/link/mqtt.test.ts.
 */
import test from 'ava';
import { Random, seedOf } from '../unit/random.js';
import { type Blow, strike } from './blows.js';
import { socatIsHere } from './pty.js';

const each = Number(process.env['MIDGE_BLOWS'] ?? 1);
const seed = seedOf('MIDGE_SEED');
const kinds: readonly Blow[] = ['unplug', 'kill of the gateway', 'kill of the broker', 'restart of the broker'];

if (socatIsHere(test)) {
  for (const way of ['link', 'raw'] as const) {
    test(`${each} blows of each kind under load lose nothing, mode ${way} [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.4.0-1]`, async (t) => {
      t.timeout(150_000 + each * 120_000);
      t.log(`MIDGE_SEED=${seed}`);
      const random = new Random(seed);
      const blows = Array.from({ length: each }, () => kinds).flat();
      for (let at = blows.length - 1; at > 0; at--) {
        const other = random.below(at + 1);
        [blows[at], blows[other]] = [blows[other], blows[at]];
      }
      t.log(blows.join(', '));
      const { sent, lost, twice, disordered, connects } = await strike(t, { way, boards: 4, blows, random });
      t.log(`${sent} messages, ${connects} connections`);
      t.deepEqual({ lost, twice, disordered }, { lost: 0, twice: 0, disordered: 0 });
    });
  }
}
