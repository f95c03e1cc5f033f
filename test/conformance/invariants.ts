/**
 * What holds between any two calls with a client, whatever has happened: the order of watermarks, counts that agree with
 * the tables they count, byte ranges that do not overlap. And poison for everything that is not in use, so that code
 * which reads what nobody wrote is found out.
 * The one test file that knows the client's private fields: it changes together with src/core/client.ts and outbox.ts.
 */
import { type Client, clientNextDeadline, Slot, State, Sub } from '../../src/core/index.js';
import { Run } from '../../src/core/client.js';
import { Message } from '../../src/core/outbox.js';
import { Subscription } from '../../src/core/subscriptions.js';
import { unguarded } from './guarded.js';

const poison = 0xa5;

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`invariant broken: ${what}`);
}

function ordered(name: string, ...marks: readonly number[]): void {
  for (let i = 1; i < marks.length; i++) check(marks[i - 1] <= marks[i], `${name} ${marks.join(' <= ')}`);
}

/** Row positions of a table up to `to`. */
function rows(to: number, size: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < to; at += size) found.push(at);
  return found;
}

/** Identifiers in use by publishes and requests are distinct. [MQTT-2.2.1-3] */
function identifiersHold(c: Client): void {
  const used = new Set<number>();
  const note = (id: number): void => {
    check(id > 0 && id <= 65535 && !used.has(id), `packet identifier ${id} is used once`);
    used.add(id);
  };
  for (const row of rows(c.slotsTo, Slot.Size)) {
    const state = c.slots[row + Slot.State] as Message;
    if (state !== Message.Free && c.slots[row + Slot.Handle] !== 0) note(c.slots[row + Slot.Handle] & 0xffff);
  }
  for (const row of rows(c.subs.length, Sub.Size)) {
    const state = c.subs[row + Sub.State] as Subscription;
    if (state === Subscription.AwaitSuback || state === Subscription.AwaitUnsuback) note(c.subs[row + Sub.PacketId]);
  }
}

function outboxHolds(c: Client): void {
  ordered('arena', 0, c.arenaTo, c.arena.length);
  ordered('slots', 0, c.slotsTo, c.slots.length);
  check(c.slotsTo % Slot.Size === 0 && c.next % Slot.Size === 0 && c.next <= c.slotsTo, `next ${c.next} of ${c.slotsTo}`);
  let used = 0;
  let reports = 0;
  let special = 0;
  let awaiting = 0;
  const ranges: [number, number][] = [];
  for (const row of rows(c.slotsTo, Slot.Size)) {
    const state = c.slots[row + Slot.State] as Message;
    if (state !== Message.Free) {
      used += 1;
      const at = c.slots[row + Slot.At];
      const end = c.slots[row + Slot.End];
      if (end > at) ranges.push([at, end]);
      else ordered('empty record', 0, at, c.arena.length);
      if (state === Message.Delivered || state === Message.Dropped) reports += 1;
      if (state >= Message.Urgent && state <= Message.Release) special += 1;
      if (state >= Message.AwaitPuback && state <= Message.AwaitPubcomp) awaiting += 1;
      if (state === Message.Queued || state === Message.Urgent) check(row >= c.next, `unsent row ${row} lies behind next ${c.next}`);
    }
  }
  check(used === c.slotsUsed, `slotsUsed ${c.slotsUsed} of ${used}`);
  check(reports === c.reports, `reports ${c.reports} of ${reports}`);
  check(special === c.special, `special ${c.special} of ${special}`);
  // Bytes stand in the order of their rows, those of a publish without a row before them.
  const first = c.outRun === Run.Direct ? c.outTo : 0;
  ordered('direct publish', first, c.arenaTo);
  ranges.reduce((last, [at, end]) => {
    ordered('records', last, at, end, c.arenaTo);
    return end;
  }, first);
  if (c.outSlot >= 0) check(c.outSlot < c.slotsTo && c.slots[c.outSlot + Slot.State] !== 0, `outSlot ${c.outSlot}`);
  if (c.streamSlot >= 0) {
    check(c.streamSlot < c.slotsTo && c.slots[c.streamSlot + Slot.State] !== 0, `streamSlot ${c.streamSlot}`);
    ordered('stream', 0, c.streamAt, c.streamTotal);
  }
  // Every publish on its way has taken one, and gives it back at its end; PUBRELs from before may pass the limit. [MQTT-4.9.0-2]
  if (c.state === State.Connected) check(c.quotaMax - c.quota === awaiting, `quota ${c.quota} of ${c.quotaMax}, ${awaiting} on their way`);
}

function subscriptionsHold(c: Client): void {
  let pending = 0;
  let size = 0;
  for (const row of rows(c.subs.length, Sub.Size)) {
    const state = c.subs[row + Sub.State] as Subscription;
    if (state !== Subscription.Free) {
      const at = c.subs[row + Sub.At];
      const length = (c.filters[at] << 8) | c.filters[at + 1];
      ordered('filter', 0, at, at + length + 3, c.filtersTo);
      size += length + 3;
      if (state === Subscription.Wanted || state === Subscription.Unwanted) pending += 1;
    }
  }
  ordered('filters', 0, c.filtersTo, c.filters.length);
  check(size === c.filtersTo, `filters of ${size} bytes, filtersTo ${c.filtersTo}`);
  check(pending === c.subsPending, `subsPending ${c.subsPending} of ${pending}`);
}

/** Throws, naming what is broken, unless everything holds. */
export function clientHolds(c: Client): void {
  ordered('receive buffer', 0, c.inKeep, c.inFrom, c.inTo, c.input.length);
  ordered('control queue', 0, c.controlFrom, c.controlTo, c.control.length);
  ordered('output', 0, c.outFrom, c.outTo, c.out.length);
  ordered('inbound', 0, c.inboundCount, c.inbound.length);
  const inboundIds = new Set(rows(c.inboundCount, 1).map((row) => c.inbound[row] & 0xffff));
  check(inboundIds.size === c.inboundCount && !inboundIds.has(0), 'inbound packet identifiers are distinct');
  check(c.state >= State.Idle && c.state <= State.Stopping, `state ${c.state}`);
  outboxHolds(c);
  subscriptionsHold(c);
  identifiersHold(c);
  const wait = clientNextDeadline(c, c.now);
  ordered('deadline', 0, wait, 0x10000000);
}

/** Fills everything that is not in use. Ends the validity of the last event's views, as the next call would. */
export function poisonUnused(c: Client): void {
  unguarded(c.input).fill(poison, c.inTo);
  unguarded(c.control).fill(poison, c.controlTo);
  // The topic of the last publish may be left standing behind the outbox, for another publish to it.
  unguarded(c.arena).fill(poison, c.topicTextAt === c.arenaTo ? c.topicTextTo : c.arenaTo);
  unguarded(c.filters).fill(poison, c.filtersTo);
  unguarded(c.slots).fill(0xa5a5a5a5 | 0, c.slotsTo);
  unguarded(c.inbound).fill(0xa5a5a5a5 | 0, c.inboundCount);
}
