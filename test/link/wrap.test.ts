/** A session that lasts longer than half the circle of time, 6.2 days: what was last done before must not look as if it lay ahead. */
import test from 'ava';
import {
  createLink, createLinkConfig, type Link, linkAskTime, LinkEvent, linkInput, linkNextEvent, linkOutput, linkSent, LinkState, LinkTime,
} from '../../src/link/index.js';

const day = 86_400_000;

function made(seed: number): Link {
  const config = createLinkConfig();
  config.seed = seed;
  const link = createLink(config);
  if (link === null) throw new Error('no link');
  return link;
}

/** Everything that `from` has to say; `isLost`: on its way. Returns how many bytes that was. */
function carry(from: Link, to: Link, now: number, isLost = false): number {
  let bytes = 0;
  for (let count = linkOutput(from, now); count > 0; count = linkOutput(from, now)) {
    if (!isLost) linkInput(to, from.out, from.outFrom, from.outFrom + count, now);
    bytes += count;
    linkSent(from, count);
  }
  return bytes;
}

function settle(a: Link, b: Link, now: number): void {
  while (carry(a, b, now) + carry(b, a, now) > 0) {
    // Until neither has anything to say.
  }
}

/** Two ends that have talked every 1.5 s for so long; both always had something to say, so that nobody had to ask. */
function afterDays(days: number, isTalking: boolean): { a: Link; b: Link; now: number } {
  const [a, b] = [made(1), made(2)];
  let now = 0;
  settle(a, b, now);
  for (const end = days * day; now < end; now += 1500) {
    if (isTalking) {
      linkAskTime(a);
      linkAskTime(b);
    }
    settle(a, b, now & LinkTime.Mask);
  }
  for (const link of [a, b]) while (linkNextEvent(link) !== LinkEvent.None) { /* Up, and the like. */ }
  return { a, b, now };
}

for (const days of [0, 7, 13]) {
  test(`after ${days} days of talk silence is asked about, and ends no session`, (t) => {
    const { a, b, now } = afterDays(days, true);
    for (let ms = 0; ms < 20_000; ms += 50) settle(a, b, (now + ms) & LinkTime.Mask);
    t.is(linkNextEvent(a), LinkEvent.None);
    t.is(linkNextEvent(b), LinkEvent.None);
    t.is(a.state, LinkState.Up);
  });

  test(`after ${days} days without data a frame that is lost is sent again`, (t) => {
    const { a, b, now } = afterDays(days, false);
    linkAskTime(a);
    t.true(carry(a, b, now & LinkTime.Mask, true) > 0);
    for (let ms = 1; ms < 3000; ms += 10) settle(a, b, (now + ms) & LinkTime.Mask);
    t.is(linkNextEvent(b), LinkEvent.TimeWanted);
  });
}
