/**
 * The examples of targets/espruino as `midge build espruino --example …` writes them, on boards that start with them, against the reference broker: on the
 * stub, and on the engine that MIDGE_ESPRUINO names.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { ProfileName } from '../../targets/build/profiles.js';
import type { BuiltFile } from '../../targets/build/target.js';
import { target } from '../../targets/espruino/target.js';
import { linkEntry } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { deviceFolder, Plug, socatIsHere } from '../gateway/pty.js';
import { type Board, type BoardKind, boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';
import { Ground } from './espruino-ground.js';
import { serialPort, wirePair } from './espruino-serial-stub.js';
import type { EspruinoOptions } from './espruino-stub.js';
import { until } from '../until.js';

const built = new Map<string, readonly BuiltFile[]>();

/** What `midge build` writes; it takes seconds. */
function build(example: string, profile: ProfileName): readonly BuiltFile[] {
  const files = built.get(example) ?? target.build({ profile, minify: true, example });
  built.set(example, files);
  return files;
}

interface Started {
  readonly profile?: ProfileName;
  /** In `.boot0`, behind the rest. */
  readonly more?: string;
  readonly change?: (text: string) => string;
  readonly devices?: EspruinoOptions['devices'];
}

/** As `midge flash` leaves a board, with stand-ins for what its firmware has beside the language. */
function started(t: ExecutionContext, kind: BoardKind, ground: Ground, example: string, options: Started = {}): Promise<Board> {
  const { profile = 'mqtt311', more = '', change = (text: string): string => text, devices } = options;
  const [module, program] = build(example, profile);
  return startBoard(t, kind, new Map([
    [module.path.replace('.js', ''), String(module.content)], ['.boot0', ground.boot0(more)], ['.bootcde', change(String(program.content))],
  ]), devices);
}

/** An ESP32: what sleeps begins anew. */
const deepSleep = 'global.ESP32 = { deepSleep: function (us) { print("deepSleep " + us); setTimeout(load, 100); } };';

for (const kind of boardKinds) {
  test.serial(`sensor, ${kind}: publishes, waits for the acknowledgement, and sleeps until the next reading is due`, async (t) => {
    const ground = await Ground.prepare(t);
    const board = await started(t, kind, ground, 'sensor', { more: deepSleep });
    for (const round of [1, 2]) {
      t.regex(await ground.next(/^sensors\/.+\/temperature$/), /^-?\d+\.\d$|^NaN$/);
      await until(() => board.lines.filter((line) => line.startsWith('deepSleep')).length === round, `sleep ${round}; ${board.lines.join('\n')}`);
    }
    const [slept] = board.lines.filter((line) => line.startsWith('deepSleep')).map((line) => Number(line.split(' ')[1]) / 1e6);
    t.true(slept > 200 && slept < 299.6, `${slept} s: five minutes but for the time that it took`);
    t.true(ground.ends.every((by) => by === 'client'), `the connection was ended by ${ground.ends.join(', ')}`);
    t.true(ground.broker.stats.retainedMessages === 1, 'the reading is retained');
  });

  test.serial(`sensor, ${kind}: on a board that sleeps by itself a reading each interval, one at a time`, async (t) => {
    const ground = await Ground.prepare(t);
    // The line that users change.
    await started(t, kind, ground, 'sensor', { change: (text) => text.replace(/INTERVAL_S ?= ?300/, 'INTERVAL_S = 1') });
    for (let n = 0; n < 3; n++) await ground.next(/^sensors\//);
    t.true(ground.clients.length >= 3);
    t.true(ground.ends.every((by) => by === 'client'));
  });

  test.serial(`command, ${kind}: obeys, answers, says when it is there, and leaves a will`, async (t) => {
    const ground = await Ground.prepare(t);
    const board = await started(t, kind, ground, 'command');
    t.is(await ground.next(/\/status$/), 'here');
    const [{ clientId }] = ground.clients;
    await until(() => (ground.broker.session(clientId)?.subscriptions.length ?? 0) > 0, 'its subscription');
    const [command] = ground.broker.session(clientId)!.subscriptions;
    const ask = async (text: string): Promise<string> => {
      await ground.peer.publish(command, text, { qos: 1 });
      return ground.next(/\/response$/);
    };
    t.is(await ask('led on'), 'led: on');
    await board.shows('LED1 true');
    t.regex(await ask('memory'), /^memory: \d+$/);
    t.regex(await ask('temperature'), /^temperature: /);
    t.is(await ask('fly'), 'fly: there is no such command');
    await board.off();
    t.is(await ground.next(/\/status$/), 'lost');
    t.true(ground.broker.session(clientId) !== undefined, 'its session is kept');
  });

  test.serial(`firmware, ${kind}: a program larger than the free memory arrives whole, and runs`, async (t) => {
    const ground = await Ground.prepare(t);
    const board = await started(t, kind, ground, 'firmware', { profile: 'full' });
    await until(() => ground.clients.length === 1, 'the board');
    const [{ clientId }] = ground.clients;
    await until(() => (ground.broker.session(clientId)?.subscriptions.length ?? 0) > 0, 'its subscription');
    // As on a board of an ESP8266's size.
    board.type('var filling = process.memory().total > 4000 ? new Uint8Array((process.memory().free - 2000) * 12) : 0; print("free " + process.memory().free * process.memory().blocksize);');
    const free = Number((await board.shows(/^free \d+$/)).split(' ')[1]);
    const image = `print("the app runs");\n//${Array.from({ length: 7000 }, (_, n) => ` line ${n}`).join('')}\n`.slice(0, 60_000);
    if (kind === 'engine') t.true(image.length > free, `${image.length} bytes, and ${free} are free`);
    await ground.peer.publish(ground.broker.session(clientId)!.subscriptions[0], image, { qos: 1 });
    t.is(await ground.next(/\/status$/), `program of ${image.length} bytes`);
    await board.shows('the app runs');
    board.type('var sums = "", at; for (at = 0; at < 60000; at += 1000) sums += E.CRC32(require("Storage").read("app", at, 1000)) + " "; print("sums " + E.CRC32(sums));');
    const sums = Array.from({ length: 60 }, (_, n) => `${crc32(image.slice(n * 1000, n * 1000 + 1000))} `).join('');
    await board.shows(`sums ${crc32(sums)}`);
  });

  test.serial(`firmware, ${kind}: a program with a mistake is said, and can be replaced`, async (t) => {
    const ground = await Ground.prepare(t);
    const board = await started(t, kind, ground, 'firmware', { profile: 'full' });
    const send = async (text: string): Promise<void> => {
      const count = ground.clients.length;
      const { clientId } = ground.clients[0];
      await until(() => (ground.broker.session(clientId)?.subscriptions.length ?? 0) > 0, 'its subscription');
      await ground.peer.publish(ground.broker.session(clientId)!.subscriptions[0], text, { qos: 1 });
      await ground.next(/\/status$/);
      await until(() => ground.clients.length > count, 'its next start');
    };
    await until(() => ground.clients.length === 1, 'the board');
    await send('nobody.knows();');
    await board.shows(/^the program: ReferenceError: .*nobody/);
    await send('print("better");');
    await board.shows('better');
    t.pass();
  });
}

if (socatIsHere(test)) {
  for (const kind of boardKinds) {
    test.serial(`serial, ${kind}: a board behind the gateway publishes, and does what it is told`, async (t) => {
      const ground = await Ground.prepare(t);
      const folder = await deviceFolder(t);
      const plug = await Plug.in(t, join(folder, 'ttyGateway'));
      await Hosted.start(t, { spool: null, ports: [linkEntry(plug.device, ground.port, null)] });
      let more = '';
      let devices: EspruinoOptions['devices'];
      if (kind === 'stub') {
        const [far, near] = wirePair();
        plug.wire.stdout.pipe(far).pipe(plug.wire.stdin);
        devices = (idle) => ({ Serial1: serialPort(idle, near) });
      } else {
        const board = await Plug.in(t, join(folder, 'ttyBoard'));
        plug.wire.stdout.pipe(board.wire.stdin);
        board.wire.stdout.pipe(plug.wire.stdin);
        more = `var setUp = Serial1.setup; Serial1.setup = function (rate) { setUp.call(Serial1, rate, { path: ${JSON.stringify(board.device)} }); };`;
      }
      const board = await started(t, kind, ground, 'serial', { more, ...devices === undefined ? {} : { devices } });
      await until(() => ground.clients.length === 1, 'the board');
      await until(() => (ground.broker.session(ground.clients[0].clientId)?.subscriptions.length ?? 0) > 0, 'its subscription');
      await ground.peer.publish('board/blink', '', { qos: 1 });
      await board.shows('pulse 500');
      await ground.next(/^board\/temperature$/);
      t.pass();
    });
  }
}
sayWithoutEngine(test, 'the examples');
