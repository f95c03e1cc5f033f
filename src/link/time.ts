/**
 * The time of day over the link: one side asks, the other tells, and half the round trip bounds the error.
 * Must not know: clocks; the programs on both sides have them.
 */
import { elapsed, raise } from './clock.js';
import { LinkEvent, LinkState, LinkStatus } from './codes.js';
import { type Link, RecordType } from './link.js';

const enum Day {
  Ms = 86400000,
  Max = 65535,
}

/** Asks the peer for the time: the event Time answers, if the peer has one. BadState: no session. */
export function linkAskTime(l: Link): LinkStatus {
  if (l.state !== LinkState.Up) return LinkStatus.BadState;
  l.timeToken = (l.timeToken + 1) & 255;
  l.owed |= 1 << RecordType.TimeRequest;
  return LinkStatus.Ok;
}

/**
 * Answers TimeWanted: days since 1970-01-01 UTC (0 to 65,535) and milliseconds of the day, both as of `now`. BadRange: not a time.
 * BadState: nobody asked.
 */
export function linkTellTime(l: Link, day: number, msOfDay: number, now: number): LinkStatus {
  if (l.state !== LinkState.Up || !l.isTimeWanted) return LinkStatus.BadState;
  if (day < 0 || day > Day.Max || msOfDay < 0 || msOfDay >= Day.Ms) return LinkStatus.BadRange;
  l.isTimeWanted = false;
  l.toldDay = day;
  l.toldMs = msOfDay;
  l.toldAt = now;
  l.owed |= 1 << RecordType.Time;
  return LinkStatus.Ok;
}

/** The fields of a message that is about to leave. */
export function putTimeRecord(l: Link, type: RecordType): void {
  const record = l.record;
  if (type === RecordType.TimeRequest) {
    record[1] = l.timeToken & 255;
    l.timeAskedAt = l.now;
    return;
  }
  let day = l.toldDay;
  let ms = l.toldMs + elapsed(l.now, l.toldAt);
  if (ms >= Day.Ms) {
    ms -= Day.Ms;
    day += 1;
  }
  record[1] = l.peerTimeToken & 255;
  record[2] = day & 255;
  record[3] = (day >>> 8) & 255;
  record[4] = ms & 255;
  record[5] = (ms >>> 8) & 255;
  record[6] = (ms >>> 16) & 255;
  record[7] = (ms >>> 24) & 255;
}

export function takeTimeRecord(l: Link, type: RecordType, at: number): void {
  const pool = l.pool;
  if (type === RecordType.TimeRequest) {
    l.peerTimeToken = pool[at + 1];
    l.isTimeWanted = true;
    raise(l, LinkEvent.TimeWanted);
    return;
  }
  // The upper bits of the last byte are zero in any time of day.
  let ms = pool[at + 4] | (pool[at + 5] << 8) | (pool[at + 6] << 16) | ((pool[at + 7] & 31) << 24);
  if (pool[at + 1] !== l.timeToken || ms >= Day.Ms) return;
  const roundTrip = elapsed(l.now, l.timeAskedAt);
  l.day = pool[at + 2] | (pool[at + 3] << 8);
  ms += roundTrip >>> 1;
  if (ms >= Day.Ms) {
    ms -= Day.Ms;
    l.day += 1;
  }
  l.msOfDay = ms;
  l.timeAt = l.now;
  l.timeErrorMs = (roundTrip + 1) >>> 1;
  raise(l, LinkEvent.Time);
}
