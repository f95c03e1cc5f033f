/**
 * SUBSCRIBE and UNSUBSCRIBE as NodeMCU's mqtt module has them: one call may name several filters, and its handler is called when the last is answered; the
 * core knows single filters, by handles. Must not know: how bytes move.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware, `mqtt.client:subscribe()`; src/core/subscriptions.ts.
 */
import type { Client } from '../../../src/core/client.js';
import { clientSubscribe, clientUnsubscribe, Reason } from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { type Engine, engineRun } from '../engine.js';
import { error } from '../lua.js';
import { both } from '../values.js';
import { guard } from './alarm.js';
import { callHandler, type Mqtt, setHandler } from './handlers.js';

/** Quality of service by filter; when filters are withdrawn, anything. */
export type Filters = Record<string, unknown>;

/** One SUBSCRIBE or UNSUBSCRIBE for each filter. */
export function requestAll(m: Mqtt, e: Engine, filters: Filters, isWanted: boolean, done: unknown): boolean {
  const call = isWanted ? 'subscribe' : 'unsubscribe';
  // All is looked at before anything is asked for.
  for (const filter in filters) {
    const qos = filters[filter];
    if (typeof filter !== 'string') error('mqtt: ' + call + ': a topic must be a string', 3);
    if (isWanted && qos !== 0 && qos !== 1 && qos !== 2) error('mqtt: subscribe: qos must be 0, 1 or 2', 3);
  }
  setHandler(m, isWanted ? 'suback' : 'unsuback', done, call);
  let status = 0;
  guard(m.link.alarm);
  m.callsMade += 1;
  m.openCalls += 1;
  m.open[m.callsMade] = 0;
  for (const filter in filters) {
    const handle = isWanted ? clientSubscribe(e.c, filter, filters[filter] as number, 0) : clientUnsubscribe(e.c, filter);
    if (handle < 0) status = handle;
    else noteRequest(m, handle, filter);
  }
  if (m.open[m.callsMade] === 0) {
    m.open[m.callsMade] = undefined;
    m.openCalls -= 1;
  }
  engineRun(e);
  return both(status === 0, status);
}

/** A request was made: a filter that was asked for before, and not answered, is not answered any more. */
function noteRequest(m: Mqtt, handle: number, filter: string): void {
  endCall(m, handle);
  m.filters[handle] = filter;
  m.calls[handle] = m.callsMade;
  m.open[m.callsMade] = (m.open[m.callsMade] as number) + 1;
}

/** A request needs no answer any more. True: it was the last of its call. */
function endCall(m: Mqtt, handle: number): boolean {
  const call = m.calls[handle];
  if (call === undefined) return false;
  const left = (m.open[call] as number) - 1;
  m.filters[handle] = undefined;
  m.calls[handle] = undefined;
  m.open[call] = left > 0 ? left : undefined;
  if (left > 0) return false;
  m.openCalls -= 1;
  return true;
}

/** One filter of a call is answered. The core also repeats requests by itself. */
export function endRequest(m: Mqtt, c: Client, done: string): void {
  const filter = m.filters[c.handle];
  const reason = c.reason;
  const isLast = endCall(m, c.handle);
  if (reason >= Reason.Unspecified) callHandler(m, 'subfail', filter, reason);
  else if (isLast) callHandler(m, done, filter, reason);
}

/** A connection has ended: where the core keeps no filters, what was not answered never will be. */
export function requestsLost(m: Mqtt): void {
  if (Profile.Routing > 0) return;
  m.filters = {};
  m.calls = {};
  m.open = {};
  m.openCalls = 0;
}
