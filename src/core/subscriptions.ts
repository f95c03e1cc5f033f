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
import { Event, Packet, Property, Reason, State, Status } from './codes.js';
import { packetBegin, packetEnd, putProperties } from './control.js';
import { takePacketId } from './identifier.js';
import { Profile } from './profile.js';
import { propertiesClear } from './properties.js';
import { putByte, putBytes, putInt16, putString, putVarint, varintSize, Wire } from './wire.js';

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
  /** The server does not take packets of the size of SUBSCRIBE, or of UNSUBSCRIBE: to be reported. */
  TooLarge,
  TooLargeToLeave,
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
    if (c.subs[i] !== Subscription.Free && filterLength(c, at) === to - from) {
      if (equalBytes(c.filters, at + 2, c.filters, from, to)) return i;
    }
  }
  return -1;
}

/** Finds or adds the row of a filter and leaves it to be sent; a Status below 0 when the filter is bad or does not fit. */
function registerFilter(c: Client, filter: string, options: number, state: Subscription, route: number): number {
  const at = c.filtersTo;
  const from = at + 2;
  const to = putText(c.filters, from, c.filters.length - 1, filter);
  if (to < 0) return Status.NoFilterRoom;
  let own = from;
  if (Profile.V5 > 0 && c.v5 !== null) own = sharedFilterAt(c.filters, from, to);
  if (to - from > Wire.DataMax || own < 0 || !filterHolds(c.filters, own, to)) return Status.BadFilter;
  if (textFault(c.filters, from, to) === TextFault.Malformed) return Status.BadFilter;
  // No Local on a shared subscription is a protocol error. [MQTT-3.8.3-4]
  if (own !== from && (options & Option.NoLocal) !== 0) return Status.BadFlags;
  let row = findFilter(c, from, to);
  if (row < 0) {
    let room = to - from + Overhead.Bytes;
    if (Profile.V5 > 0 && c.v5 !== null && c.v5.config.requestProperties !== null) room += c.v5.config.requestProperties.length;
    if (room > c.control.length) return Status.NoControlRoom;
    row = 0;
    while (row < c.subs.length && c.subs[row] !== Subscription.Free) row += Sub.Size;
    if (row >= c.subs.length) return Status.NoFilterRoom;
    putInt16(c.filters, at, to - from);
    c.filtersTo = to + 1;
    c.subs[row + Sub.At] = at;
  }
  // A withdrawal keeps what the filter was registered with, which goes on until the server agrees.
  if (state === Subscription.Wanted || c.subs[row] === Subscription.Free) {
    c.filters[c.subs[row + Sub.At] + 2 + to - from] = options & 255;
    c.subs[row + Sub.Route] = route;
  }
  setPending(c, row, state);
  return row;
}

function setPending(c: Client, row: number, state: Subscription): void {
  if (c.subs[row] >= Subscription.TooLarge) c.subsRefused -= 1;
  if (c.subs[row] !== Subscription.Wanted && c.subs[row] !== Subscription.Unwanted) c.subsPending += 1;
  c.subs[row] = state;
}

/**
 * Registers a filter and subscribes as soon as there is a connection, now and whenever the server has lost the session.
 * `options`: the QoS, in 5.0 also No Local (4), Retain As Published (8) and Retain Handling (16, 32). `route` is an
 * integer of the application's, from 0 on, that comes back with each message that matched. A filter registered before
 * is subscribed anew with these options. Returns its handle (0 and above), or BadFilter, BadFlags, BadRange, NoFilterRoom, NoControlRoom.
 * The answer is a Subscribed event; its reason is PacketTooLarge also where the server's limit forbids to ask.
 *
 * Without routing in the profile, or with `subscriptions` 0, no filter is kept: BadState while not connected, and the application subscribes
 * again after each Connected event without a session.
 */
export function clientSubscribe(c: Client, filter: string, options: number, route: number): number {
  const known = c.v5 === null ? Option.QosMask : Option.V5;
  // [MQTT-3.8.3-4]
  if ((options & ~known) !== 0 || (options & 3) > Profile.Qos || (options & Option.RetainHandling) === Option.RetainHandling) {
    return Status.BadFlags;
  }
  if (route < 0) return Status.BadRange;
  if (Profile.Routing > 0 && c.subs.length > 0) return registerFilter(c, filter, options, Subscription.Wanted, route);
  return requestAtOnce(c, (Packet.Subscribe << 4) | 2, filter, options);
}

/**
 * Withdraws a filter, registered here or known only to the server's session. The answer is an Unsubscribed event.
 * Returns its handle, or BadFilter, NoFilterRoom, NoControlRoom.
 */
export function clientUnsubscribe(c: Client, filter: string): number {
  if (Profile.Routing > 0 && c.subs.length > 0) return registerFilter(c, filter, 0, Subscription.Unwanted, -1);
  return requestAtOnce(c, (Packet.Unsubscribe << 4) | 2, filter, -1);
}

/** Queues a request for a filter that is not kept; returns its packet identifier, which the answer's event has as handle. TooLarge: the server does not take it. */
function requestAtOnce(c: Client, first: number, filter: string, options: number): number {
  if (c.state !== State.Connected) return Status.BadState;
  const v5 = c.v5;
  const begin = packetBegin(c);
  let at = begin + 2;
  if (Profile.V5 > 0 && v5 !== null) at = putProperties(c, at, v5.config.requestProperties);
  let to = putString(c.control, at, filter);
  if (to < 0) return Status.NoControlRoom;
  const from = at + 2;
  let own = from;
  if (Profile.V5 > 0 && v5 !== null) own = sharedFilterAt(c.control, from, to);
  if (own < 0 || !filterHolds(c.control, own, to) || textFault(c.control, from, to) === TextFault.Malformed) return Status.BadFilter;
  if (own !== from && options > 0 && (options & Option.NoLocal) !== 0) return Status.BadFlags;
  if (options >= 0) to = putByte(c.control, to, options);
  if (to < 0) return Status.NoControlRoom;
  const packetId = takePacketId(c);
  putInt16(c.control, begin, packetId);
  return packetEnd(c, first, to) ? packetId : Status.TooLarge;
}

/** Frees a row and closes the gap in the store. */
function removeFilter(c: Client, row: number): void {
  const at = c.subs[row + Sub.At];
  const size = filterLength(c, at) + 3;
  moveBytes(c.filters, at, at + size, c.filtersTo);
  c.filtersTo -= size;
  c.subs[row] = Subscription.Free;
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    if (c.subs[i + Sub.At] > at) c.subs[i + Sub.At] -= size;
  }
}

/** Queues SUBSCRIBE and UNSUBSCRIBE for the rows that wait, as far as the control buffer has room. */
export function sendSubscriptions(c: Client): void {
  for (let row = 0; row < c.subs.length; row += Sub.Size) {
    if (c.subs[row] === Subscription.Wanted) putRequest(c, row, true);
    if (c.subs[row] === Subscription.Unwanted) putRequest(c, row, false);
  }
}

function putRequest(c: Client, row: number, isWanted: boolean): void {
  const v5 = c.v5;
  const at = c.subs[row + Sub.At];
  const begin = packetBegin(c);
  let put = putInt16(c.control, begin, 0);
  if (Profile.V5 > 0 && v5 !== null) {
    const own = v5.config.requestProperties;
    const identifier = row + 1;
    const isIdentified = isWanted && v5.subscriptionIdentifiers;
    let count = own === null ? 0 : own.length;
    if (isIdentified) count += 1 + varintSize(identifier);
    put = putVarint(c.control, put, count);
    if (isIdentified) put = putVarint(c.control, putByte(c.control, put, Property.SubscriptionIdentifier), identifier);
    if (own !== null) put = putBytes(c.control, put, own, 0, own.length);
  }
  // The options stand behind the filter, and only SUBSCRIBE carries them.
  put = putBytes(c.control, put, c.filters, at, at + 2 + filterLength(c, at) + (isWanted ? 1 : 0));
  if (put < 0) return;
  const packetId = takePacketId(c);
  putInt16(c.control, begin, packetId);
  c.subsPending -= 1;
  if (packetEnd(c, isWanted ? (Packet.Subscribe << 4) | 2 : (Packet.Unsubscribe << 4) | 2, put)) {
    c.subs[row + Sub.PacketId] = packetId;
    c.subs[row] = isWanted ? Subscription.AwaitSuback : Subscription.AwaitUnsuback;
  } else {
    c.subs[row] = isWanted ? Subscription.TooLarge : Subscription.TooLargeToLeave;
    c.subsRefused += 1;
    c.attention = true;
  }
}

/** Reports the first request that could not be sent since the server takes no packet of its size; None: there is none. */
export function reportTooLarge(c: Client): Event {
  let row = 0;
  while (row < c.subs.length && c.subs[row] < Subscription.TooLarge) row += Sub.Size;
  if (row >= c.subs.length) return Event.None;
  // No packet of the server is behind this.
  if (Profile.V5 > 0 && c.v5 !== null) propertiesClear(c.v5.properties);
  const isLeaving = c.subs[row] === Subscription.TooLargeToLeave;
  c.subsRefused -= 1;
  c.handle = row;
  c.route = c.subs[row + Sub.Route];
  c.reason = Reason.PacketTooLarge;
  c.subs[row + Sub.PacketId] = 0;
  // What was not withdrawn goes on.
  if (isLeaving && c.route >= 0) c.subs[row] = Subscription.Granted;
  else removeFilter(c, row);
  return isLeaving ? Event.Unsubscribed : Event.Subscribed;
}

/**
 * Ends the request that SUBACK or UNSUBACK answers with `c.reason`: the row stays (granted, or not withdrawn) or goes.
 * Returns the event. None: the request has been made anew since, and its own answer follows.
 */
export function endRequest(c: Client, packet: Packet, packetId: number): Event {
  const isSuback = packet === Packet.Suback;
  c.route = -1;
  c.handle = packetId;
  if (Profile.Routing > 0 && c.subs.length > 0) {
    const awaited = isSuback ? Subscription.AwaitSuback : Subscription.AwaitUnsuback;
    let row = 0;
    while (c.subs[row] !== awaited || c.subs[row + Sub.PacketId] !== packetId) {
      row += Sub.Size;
      if (row >= c.subs.length) return Event.None;
    }
    c.handle = row;
    c.route = c.subs[row + Sub.Route];
    c.subs[row + Sub.PacketId] = 0;
    c.subs[row] = Subscription.Granted;
    // One that was only to be withdrawn is never kept.
    if (isSuback === c.reason >= Reason.Unspecified || c.route < 0) removeFilter(c, row);
  }
  return isSuback ? Event.Subscribed : Event.Unsubscribed;
}

/** The link is gone: requests without an answer are made again; without a session, so are all that were granted. */
export function subscriptionsLost(c: Client, isSessionLost: boolean): void {
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    const state: Subscription = c.subs[i];
    if (state === Subscription.AwaitUnsuback) setPending(c, i, Subscription.Unwanted);
    else if (state === Subscription.AwaitSuback || (isSessionLost && state === Subscription.Granted)) setPending(c, i, Subscription.Wanted);
  }
}

/** The route of the subscription with this identifier, or of the first filter that matches `topic[from … to)`; -1: none. */
export function routeOf(c: Client, identifier: number, topic: Uint8Array, from: number, to: number): number {
  // A subscription's identifier is its row + 1.
  const named = identifier - 1;
  if (named >= 0 && named < c.subs.length && (named & (Sub.Size - 1)) === 0 && c.subs[named] !== Subscription.Free) {
    return c.subs[named + Sub.Route];
  }
  for (let i = 0; i < c.subs.length; i += Sub.Size) {
    if (c.subs[i] !== Subscription.Free && c.subs[i + Sub.Route] >= 0) {
      let at = c.subs[i + Sub.At] + 2;
      const filterTo = at + filterLength(c, at - 2);
      if (Profile.V5 > 0) {
        const own = sharedFilterAt(c.filters, at, filterTo);
        if (own > 0) at = own;
      }
      if (filterMatches(c.filters, at, filterTo, topic, from, to)) return c.subs[i + Sub.Route];
    }
  }
  return -1;
}
