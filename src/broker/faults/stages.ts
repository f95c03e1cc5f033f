/*
 * From the description of a fault to the layer that makes it. A new fault: its description in plan.ts, its fields in
 * check.ts, a row here.
 */
import type { ConnectRefusal, RestartOptions } from '../api.js';
import type { Link } from '../link.js';
import type { Timers } from '../timers.js';
import { AcknowledgementLink } from './acknowledgement.js';
import { CorruptLink, CutLink, HalfOpenLink, RestartLink } from './at-byte.js';
import type { FaultLink } from './fault-link.js';
import { BandwidthLink, DelayLink, SplitLink, StallLink } from './held.js';
import type { Fault, Filled, RefuseFault } from './plan.js';
import type { Random } from './random.js';

/** What faults need of the broker. */
export interface FaultWorld {
  readonly timers: Timers;
  restart(options: RestartOptions): void;
}

/** `fault` has been checked: its defaults are filled in. Refusals are no layer. */
export function makeStage(fault: Exclude<Fault, RefuseFault>, below: Link, world: FaultWorld, random: Random): FaultLink {
  const filled = fault as Filled<Exclude<Fault, RefuseFault>>;
  const { timers } = world;
  switch (filled.fault) {
    case 'delay':
      return new DelayLink(below, filled, timers, random);
    case 'bandwidth':
      return new BandwidthLink(below, filled, timers);
    case 'split':
      return new SplitLink(below, filled, timers, random);
    case 'stall':
      return new StallLink(below, filled, timers);
    case 'cut':
      return new CutLink(below, filled);
    case 'half-open':
      return new HalfOpenLink(below, filled);
    case 'restart':
      return new RestartLink(below, filled, (options) => world.restart(options));
    case 'corrupt':
      return new CorruptLink(below, filled, random);
    case 'drop-ack':
    case 'duplicate-ack':
      return new AcknowledgementLink(below, filled);
  }
}

export function refusalOfFault({ reasonCode, reasonString, serverReference }: RefuseFault): ConnectRefusal {
  return { reasonCode: reasonCode as number, reasonString, serverReference };
}
