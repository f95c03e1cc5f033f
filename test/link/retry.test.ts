/**
 * What is sent again by time-out, over a line without noise whose other end stands still for a while, as a program on a busy machine does:
 * the wait was too short, everything arrives, and no more than the oldest frame is sent in vain. And when everything was lost indeed.
 */
import test from 'ava';
import {
  Connection, createLink, createLinkConfig, type Link, LinkChannel, LinkEvent, linkInput, linkNextEvent, linkOpen, linkOpened, linkOutput, linkRead, linkSent,
  LinkStatus, linkTake, linkWrite,
} from '../../src/link/index.js';

const delayMs = 10;
/** What 115,200 baud carry. */
const bytesPerMs = 11.52;

class End {
  readonly link: Link;
  /** What comes from the line, each with the moment when its last byte is here. */
  readonly inbound: { bytes: Uint8Array; dueMs: number }[] = [];
  freeAtMs = 0;
  read = 0;
  /** Reads and writes nothing before. */
  standsStillTo = 0;
  /** What leaves until then is lost. */
  losesTo = 0;

  constructor(seed: number) {
    const config = createLinkConfig();
    config.mqttFrames = 8;
    config.mqttSendBytes = 2048;
    config.seed = seed;
    this.link = createLink(config)!;
  }

  step(other: End, now: number): void {
    if (now < this.standsStillTo) return;
    while (this.inbound.length > 0 && this.inbound[0].dueMs <= now) {
      const { bytes } = this.inbound.shift()!;
      linkInput(this.link, bytes, 0, bytes.length, now);
    }
    for (let event = linkNextEvent(this.link); event !== LinkEvent.None; event = linkNextEvent(this.link)) if (event === LinkEvent.OpenWanted) linkOpened(this.link);
    for (let count = linkRead(this.link, LinkChannel.Mqtt); count > 0; count = linkRead(this.link, LinkChannel.Mqtt)) {
      this.read += count;
      linkTake(this.link, LinkChannel.Mqtt, count);
    }
    while (this.freeAtMs <= now) {
      const count = linkOutput(this.link, now);
      if (count === 0) break;
      this.freeAtMs = Math.max(this.freeAtMs, now) + count / bytesPerMs;
      const bytes = Uint8Array.from(this.link.out.subarray(this.link.outFrom, this.link.outFrom + count));
      if (now >= this.losesTo) other.inbound.push({ bytes, dueMs: this.freeAtMs + delayMs });
      linkSent(this.link, count);
    }
  }
}

interface Line {
  readonly board: End;
  readonly gateway: End;
  now: number;
  written: number;
}

/** Steps by milliseconds; the board has always something to say while `isTalking`. */
function run(line: Line, ms: number, isTalking: boolean): void {
  const text = new Uint8Array(256).fill(0x55);
  for (const end = line.now + ms; line.now < end; line.now++) {
    if (isTalking && line.board.link.connection === Connection.Open) line.written += Math.max(linkWrite(line.board.link, LinkChannel.Mqtt, text, 0, text.length), LinkStatus.Ok);
    line.board.step(line.gateway, line.now);
    line.gateway.step(line.board, line.now);
  }
}

function talking(): Line {
  const line: Line = { board: new End(1), gateway: new End(2), now: 0, written: 0 };
  run(line, 200, false);
  linkOpen(line.board.link);
  run(line, 2000, true);
  return line;
}

for (const beyondMs of [2, 10, 20]) {
  test(`an end that stands still ${beyondMs} ms longer than the other waits gets one frame twice, not all that are on their way`, (t) => {
    const line = talking();
    t.is(line.board.link.framesAgain, 0);
    line.gateway.standsStillTo = line.now + line.board.link.retryMs + beyondMs;
    run(line, 2000, true);
    run(line, 1000, false);
    t.is(line.gateway.read, line.written);
    t.is(line.board.link.timeouts, 1);
    t.is(line.board.link.framesAgain, 1);
    t.is(line.gateway.link.duplicates, 1);
  });
}

test('when all that is on its way was lost, more than the first is not found out by time-out', (t) => {
  const line = talking();
  line.board.losesTo = line.now + 80;
  run(line, 2000, true);
  run(line, 1000, false);
  t.is(line.gateway.read, line.written);
  t.is(line.gateway.link.duplicates, 0);
  t.true(line.board.link.framesAgain >= 6, String(line.board.link.framesAgain));
  t.true(line.board.link.timeouts <= 2, String(line.board.link.timeouts));
});
