/** A long run with every fault: streams both ways on three channels, over a line whose faults the seed draws. Used by the tests and the benchmark. */
import { CloseReason, Connection, LinkChannel, linkClose, linkOpen, LinkState } from '../../src/link/index.js';
import { Random } from '../unit/random.js';
import { Side } from './side.js';
import type { WireFaults } from './wire.js';
import { World } from './world.js';

export interface NoiseRun {
  readonly bytes: number;
  readonly seconds: number;
  readonly lineBytes: number;
  readonly damaged: number;
  readonly again: number;
  readonly overrun: number;
  readonly sessions: number;
  readonly fault: string;
}

function drawFaults(random: Random): WireFaults {
  const rate = (rates: readonly number[]): number => random.pick(rates);
  return {
    bitErrorRate: rate([0, 1e-6, 1e-5, 1e-4, 3e-4]), dropRate: rate([0, 1e-5, 1e-4, 1e-3]), insertRate: rate([0, 1e-5, 1e-4, 1e-3]),
    burstRate: rate([0, 1e-5, 1e-4]), burstBytes: rate([2, 20, 300]),
  };
}

/** One world of its own sizes and faults, until `bytes` have been delivered or the line has carried ten times as many. */
function oneWorld(random: Random, bytes: number, isWatched: boolean): NoiseRun {
  const side = (name: string): Side => new Side(name, (config) => {
    config.seed = random.below(0x40000000);
    config.frameBytes = random.pick([32, 48, 64, 128, 200, 254]);
    config.mqttFrames = random.pick([1, 2, 3, 4, 8, 15]);
    config.logFrames = random.pick([0, 1, 4]);
    config.agentFrames = random.pick([0, 2]);
    config.mqttSendBytes = random.pick([16, 100, 512, 2048]);
    config.logSendBytes = random.pick([0, 64, 700]);
    config.agentSendBytes = random.pick([0, 200]);
    config.ackDelayMs = random.pick([0, 4, 20]);
  });
  const sides = [side('board'), side('gateway')] as const;
  for (const each of sides) {
    each.isWatched = isWatched;
    each.takesMax = random.pick([1, 37, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  }
  const stepBytes = random.pick([8, 16, 64]);
  const world = new World(sides, random, {
    baud: random.pick([9600, 115_200, 1_000_000]), stepBytes, faults: drawFaults(random), sendFifoBytes: stepBytes * random.pick([1, 2]),
    receiveFifoBytes: stepBytes * random.pick([3, 8]), lateRate: random.pick([0, 0.01, 0.1]),
  });
  const closeRate = random.pick([0, 0, 1000]);
  const lineBytesMax = bytes * 10;
  while (sides[0].delivered + sides[1].delivered < bytes && world.wires[0].carried < lineBytesMax && world.fault === '') {
    for (const each of sides) {
      if (each.link.state !== LinkState.Up) continue;
      if (each === sides[0] && each.link.connection === Connection.Closed) linkOpen(each.link);
      if (each.link.connection === Connection.Open) each.write(LinkChannel.Mqtt, 300);
      if (closeRate > 0 && random.below(closeRate) === 0) linkClose(each.link, CloseReason.Own, random.below(2) === 0);
      each.write(LinkChannel.Log, 200);
      each.write(LinkChannel.Agent, 100);
    }
    world.step();
    if (isSlow(sides)) for (const each of sides) each.look();
  }
  const sum = (of: (each: Side) => number): number => of(sides[0]) + of(sides[1]);
  return {
    bytes: sum((s) => s.delivered), seconds: world.seconds, lineBytes: world.wires[0].carried + world.wires[1].carried,
    damaged: sum((s) => s.link.framesDamaged), again: sum((s) => s.link.framesAgain), overrun: world.wires[0].overrun + world.wires[1].overrun,
    sessions: sum((s) => s.sessions), fault: world.fault,
  };
}

/** Whether a program reads only a little at a time, and so must look again although nothing has come. */
function isSlow(sides: readonly Side[]): boolean {
  return sides.some((each) => each.takesMax !== Number.POSITIVE_INFINITY);
}

/** Worlds of up to a million bytes until `bytes` have been delivered, or one shows a fault. */
export function runNoise(seed: number, bytes: number, isWatched = true): NoiseRun & { readonly worlds: number } {
  const random = new Random(seed);
  let worlds = 0;
  let total: NoiseRun = { bytes: 0, seconds: 0, lineBytes: 0, damaged: 0, again: 0, overrun: 0, sessions: 0, fault: '' };
  while (total.bytes < bytes && total.fault === '') {
    const run = oneWorld(random, Math.min(bytes / 20 + 1000, 1_000_000), isWatched);
    worlds++;
    total = {
      bytes: total.bytes + run.bytes, seconds: total.seconds + run.seconds, lineBytes: total.lineBytes + run.lineBytes, damaged: total.damaged + run.damaged,
      again: total.again + run.again, overrun: total.overrun + run.overrun, sessions: total.sessions + run.sessions, fault: run.fault,
    };
  }
  return { ...total, worlds };
}
