/**
 * Subscriptions: their filters in the form in which SUBSCRIBE carries them, what the server has been told and said,
 * and which of them a message matched. They are sent again when the server lost the session.
 * Must not know: how packets are read.
 *
 * Read first: MQTT 5.0 section 3.8 to 3.11 and 4.7.
 */
import {
  equalBytes, filterHolds, filterMatches, moveBytes, putText, sharedFilterAt, TextFault, textFault,
} from './bytes.js';
import { type Client, Sub } from './client.js';
import { Packet, Property, Status } from './codes.js';
import { packetBegin, packetEnd } from './control.js';
import { takePacketId } from './identifier.js';
import { Profile } from './profile.js';
import { putByte, putBytes, putInt16, putVarint, varintSize, Wire } from './wire.js';

/** Where a subscription stands. Free must be 0. */
export const enum Subscription {
  Free,
  /** SUBSCRIBE is to be sent. */
  Wanted,
  AwaitSuback,
  Granted,
  /** UNSUBSCRIBE is to be sent. */
  Unwanted,
  AwaitUnsuback,
}

const enum Option {
  QosMask = 3,
  NoLocal = 4,
  /** All bits the two versions know. */
  V5 = 63,
  RetainHandling = 0x30,
}

/** Room that a SUBSCRIBE needs beside its filter: header, packet identifier, properties. */
const enum Overhead {
  Bytes = 16,
}

function filterLength(c: Client, at: number): number {
  return (c.filters[at] << 8) | c.filters[at + 1];
}

/** Row with the filter `filters[from … to)`, or -1. */
function findFilter(c: Client, from: number, to: number): number {
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    const at = c.subs[i + Sub.At];
    if (c.subs[i + Sub.State] !== Subscription.Free && filterLength(c, at) === to - from) {
      if (equalBytes(c.filters, at + 2, c.filters, from, to)) return i;
    }
  }
  return -1;
}

/** Finds or adds the row of a filter; a Status below 0 when the filter is bad or does not fit. */
function registerFilter(c: Client, filter: string): number {
  const at = c.filtersTo;
  const from = at + 2;
  const to = putText(c.filters, from, c.filters.length - 1, filter);
  if (to < 0) return Status.NoFilterRoom;
  const own = sharedFilterAt(c.filters, from, to);
  if (to - from > Wire.DataMax || own < 0 || !filterHolds(c.filters, own, to)) return Status.BadFilter;
  if (textFault(c.filters, from, to) === TextFault.Malformed) return Status.BadFilter;
  const known = findFilter(c, from, to);
  if (known >= 0) return known;
  const v5 = c.v5;
  let room = to - from + Overhead.Bytes;
  if (Profile.V5 > 0 && v5 !== null && v5.config.requestProperties !== null) room += v5.config.requestProperties.length;
  if (room > c.control.length) return Status.NoControlRoom;
  let row = 0;
  while (row < c.subs.length && c.subs[row + Sub.State] !== Subscription.Free) row += Sub.Size;
  if (row >= c.subs.length) return Status.NoFilterRoom;
  putInt16(c.filters, at, to - from);
  c.filters[to] = 0;
  c.filtersTo = to + 1;
  c.subs[row + Sub.At] = at;
  c.subs[row + Sub.PacketId] = 0;
  return row;
}

function setPending(c: Client, row: number, state: Subscription): void {
  const old = c.subs[row + Sub.State];
  if (old !== Subscription.Wanted && old !== Subscription.Unwanted) c.subsPending += 1;
  c.subs[row + Sub.State] = state;
}

/**
 * Registers a filter and subscribes as soon as there is a connection, now and whenever the server has lost the session.
 * `options`: the QoS, in 5.0 also No Local (4), Retain As Published (8) and Retain Handling (16, 32). `route` is an
 * integer of the application's, from 0 on, that comes back with each message that matched. A filter registered before
 * is subscribed anew with these options. Returns its handle (0 and above), or BadFilter, BadFlags, NoFilterRoom, NoControlRoom.
 * The answer is a Subscribed event.
 */
export function clientSubscribe(c: Client, filter: string, options: number, route: number): number {
  const known = c.v5 === null ? Option.QosMask : Option.V5;
  if ((options & ~known) !== 0 || (options & Option.QosMask) > Profile.Qos) return Status.BadFlags;
  if ((options & Option.RetainHandling) === Option.RetainHandling) return Status.BadFlags; // [MQTT-3.8.3-4]
  const row = registerFilter(c, filter);
  if (row < 0) return row;
  const at = c.subs[row + Sub.At];
  // No Local on a shared subscription is a protocol error. [MQTT-3.8.3-4]
  if ((options & Option.NoLocal) !== 0 && sharedFilterAt(c.filters, at + 2, at + 2 + filterLength(c, at)) !== at + 2) {
    if (c.subs[row + Sub.State] === Subscription.Free) removeFilter(c, row);
    return Status.BadFlags;
  }
  c.filters[at + 2 + filterLength(c, at)] = options & 255;
  c.subs[row + Sub.Route] = route;
  setPending(c, row, Subscription.Wanted);
  return row;
}

/**
 * Withdraws a filter, registered here or known only to the server's session. The answer is an Unsubscribed event.
 * Returns its handle, or BadFilter, NoFilterRoom, NoControlRoom.
 */
export function clientUnsubscribe(c: Client, filter: string): number {
  const row = registerFilter(c, filter);
  if (row < 0) return row;
  if (c.subs[row + Sub.State] === Subscription.Free) c.subs[row + Sub.Route] = -1;
  setPending(c, row, Subscription.Unwanted);
  return row;
}

/** Frees a row and closes the gap in the store. */
function removeFilter(c: Client, row: number): void {
  const at = c.subs[row + Sub.At];
  const size = filterLength(c, at) + 3;
  moveBytes(c.filters, at, at + size, c.filtersTo);
  c.filtersTo -= size;
  c.subs[row + Sub.State] = Subscription.Free;
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    if (c.subs[i + Sub.At] > at) c.subs[i + Sub.At] -= size;
  }
}

/** Queues SUBSCRIBE or UNSUBSCRIBE for the first row that waits; false when none waits or the control buffer is full. */
export function sendSubscription(c: Client): boolean {
  let row = 0;
  while (c.subs[row + Sub.State] !== Subscription.Wanted && c.subs[row + Sub.State] !== Subscription.Unwanted) {
    row += Sub.Size;
    if (row >= c.subs.length) return false;
  }
  const v5 = c.v5;
  const isWanted = c.subs[row + Sub.State] === Subscription.Wanted;
  const at = c.subs[row + Sub.At];
  const filterEnd = at + 2 + filterLength(c, at);
  const begin = packetBegin(c);
  let put = putInt16(c.control, begin, 0);
  if (Profile.V5 > 0 && v5 !== null) {
    const own = v5.config.requestProperties;
    const identifier = row + 1;
    const identified = isWanted && v5.subscriptionIdentifiers;
    let count = own === null ? 0 : own.length;
    if (identified) count += 1 + varintSize(identifier);
    put = putVarint(c.control, put, count);
    if (identified) put = putVarint(c.control, putByte(c.control, put, Property.SubscriptionIdentifier), identifier);
    if (own !== null) put = putBytes(c.control, put, own, 0, own.length);
  }
  put = putBytes(c.control, put, c.filters, at, isWanted ? filterEnd + 1 : filterEnd);
  if (put < 0) return false;
  const packetId = takePacketId(c);
  putInt16(c.control, begin, packetId);
  packetEnd(c, isWanted ? (Packet.Subscribe << 4) | 2 : (Packet.Unsubscribe << 4) | 2, put);
  c.subs[row + Sub.PacketId] = packetId;
  c.subs[row + Sub.State] = isWanted ? Subscription.AwaitSuback : Subscription.AwaitUnsuback;
  c.subsPending -= 1;
  return true;
}

/** The row whose SUBACK (or UNSUBACK) has this identifier, or -1. */
export function findRequest(c: Client, packetId: number, state: Subscription): number {
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    if (c.subs[i + Sub.State] === state && c.subs[i + Sub.PacketId] === packetId) return i;
  }
  return -1;
}

/** Ends a request: the row stays (granted), or goes (refused, unsubscribed). */
export function endRequest(c: Client, row: number, isGranted: boolean): void {
  c.subs[row + Sub.PacketId] = 0;
  if (isGranted) c.subs[row + Sub.State] = Subscription.Granted;
  else removeFilter(c, row);
}

/** The link is gone: requests without an answer are made again; without a session, so are all that were granted. */
export function subscriptionsLost(c: Client, isSessionLost: boolean): void {
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    const state = c.subs[i + Sub.State];
    if (state === Subscription.AwaitSuback || (isSessionLost && state === Subscription.Granted)) setPending(c, i, Subscription.Wanted);
    if (state === Subscription.AwaitUnsuback) setPending(c, i, Subscription.Unwanted);
  }
}

/** The route of the subscription with this identifier, or of the first filter that matches `topic[from … to)`; -1: none. */
export function routeOf(c: Client, identifier: number, topic: Uint8Array, from: number, to: number): number {
  // A subscription's identifier is its row + 1.
  const named = identifier - 1;
  if (named >= 0 && named < c.subs.length && (named & (Sub.Size - 1)) === 0) {
    if (c.subs[named + Sub.State] !== Subscription.Free) return c.subs[named + Sub.Route];
  }
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    if (c.subs[i + Sub.State] !== Subscription.Free) {
      const filterFrom = c.subs[i + Sub.At] + 2;
      const filterTo = filterFrom + filterLength(c, filterFrom - 2);
      if (filterMatches(c.filters, sharedFilterAt(c.filters, filterFrom, filterTo), filterTo, topic, from, to)) {
        return c.subs[i + Sub.Route];
      }
    }
  }
  return -1;
}
