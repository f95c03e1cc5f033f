/**
 * The smallest profile of the link at one end and all of it at the other: what the small one has not is not missed. That MQTT over it is byte
 * for byte the same is in engines.test.ts.
 */
import test from 'ava';
import { loadBuild } from '../../src/cli/memoryMap.js';
import * as whole from '../../src/link/index.js';
import { buildEs5 } from '../../targets/build/es5.js';
import { linkProfileExports, linkProfiles } from '../../targets/build/profiles.js';

type Api = Pick<typeof whole, 'createLinkConfig' | 'createLink' | 'linkInput' | 'linkOutput' | 'linkSent' | 'linkNextEvent' | 'linkOpen' | 'linkOpened' | 'linkWrite' | 'linkRead' | 'linkTake'>;

const small = loadBuild<Api>(buildEs5({ entries: ['src/link/index.ts'], linkProfile: linkProfiles.linkmin, exports: linkProfileExports.linkmin }).code);

interface End {
  readonly api: Api;
  readonly link: whole.Link;
  readonly events: whole.LinkEvent[];
}

function made(api: Api, seed: number): End {
  const config = api.createLinkConfig();
  config.seed = seed;
  config.baudMax = 460_800;
  const link = api.createLink(config);
  if (link === null) throw new Error('no link');
  return { api, link, events: [] };
}

function carry(from: End, to: End, now: number): void {
  for (let count = from.api.linkOutput(from.link, now); count > 0; count = from.api.linkOutput(from.link, now)) {
    to.api.linkInput(to.link, from.link.out, from.link.outFrom, from.link.outFrom + count, now);
    from.api.linkSent(from.link, count);
  }
  for (let event = to.api.linkNextEvent(to.link); event !== whole.LinkEvent.None; event = to.api.linkNextEvent(to.link)) {
    to.events.push(event);
    if (event === whole.LinkEvent.OpenWanted) to.api.linkOpened(to.link);
  }
}

test('a gateway that wants another rate and the time of a board with the smallest link gets neither, and the session goes on', (t) => {
  const [board, gateway] = [made(small, 1), made(whole, 2)];
  let now = 0;
  const run = (ms: number): void => {
    for (const end = now + ms; now < end; now += 5) {
      carry(board, gateway, now);
      carry(gateway, board, now);
    }
  };
  run(500);
  t.deepEqual([board.events, gateway.events], [[whole.LinkEvent.Up], [whole.LinkEvent.Up]]);
  t.is(gateway.link.peerBaudMax, 0);
  t.is(whole.linkProposeBaud(gateway.link, 230_400), whole.LinkStatus.BadRange);
  t.is(whole.linkAskTime(gateway.link), whole.LinkStatus.Ok);
  t.is(small.linkOpen(board.link), whole.LinkStatus.Ok);
  run(10_000);
  t.deepEqual(board.events, [whole.LinkEvent.Up, whole.LinkEvent.Opened]);
  t.deepEqual(gateway.events, [whole.LinkEvent.Up, whole.LinkEvent.OpenWanted]);
  const text = new Uint8Array([1, 2, 3]);
  for (const [from, to] of [[board, gateway], [gateway, board]]) {
    t.is(from.api.linkWrite(from.link, whole.LinkChannel.Mqtt, text, 0, text.length), text.length);
    run(100);
    t.is(to.api.linkRead(to.link, whole.LinkChannel.Mqtt), text.length);
    to.api.linkTake(to.link, whole.LinkChannel.Mqtt, text.length);
  }
  t.is(board.link.violations + gateway.link.violations + board.link.framesDamaged + gateway.link.framesDamaged, 0);
});
