/**
 * SUBSCRIBE and UNSUBSCRIBE as NodeMCU's mqtt module has them: one call may name several filters, and its handler is called when the last is answered; the
 * core knows single filters, by handles. Must not know: how bytes move.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware, `mqtt.client:subscribe()`; src/core/subscriptions.ts.
 */
import { type Client, Sub } from '../../../src/core/client.js';
import { clientSubscribe, clientUnsubscribe, Reason, State } from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { Subscription } from '../../../src/core/subscriptions.js';
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
  if (status < 0) m.refused[m.callsMade] = true;
  if (m.open[m.callsMade] === 0) {
    m.open[m.callsMade] = undefined;
    m.refused[m.callsMade] = undefined;
    m.openCalls -= 1;
  }
  engineRun(e);
  return both(status === 0, status);
}

/** A request was made: a filter that was asked for before, and not answered, is not answered any more. */
function noteRequest(m: Mqtt, handle: number, filter: string): void {
  endCall(m, handle, false);
  m.filters[handle] = filter;
  m.calls[handle] = m.callsMade;
  m.open[m.callsMade] = (m.open[m.callsMade] as number) + 1;
}

/** A request needs no answer any more. True: it was the last of its call, and all of them were granted. */
function endCall(m: Mqtt, handle: number, isRefused: boolean): boolean {
  const call = m.calls[handle];
  if (call === undefined) return false;
  const left = (m.open[call] as number) - 1;
  m.calls[handle] = undefined;
  if (isRefused) m.refused[call] = true;
  if (left > 0) {
    m.open[call] = left;
    return false;
  }
  const isGranted = m.refused[call] === undefined;
  m.open[call] = undefined;
  m.refused[call] = undefined;
  m.openCalls -= 1;
  return isGranted;
}

/** One filter of a call is answered. The core also repeats requests by itself, for as long as it keeps the filter. */
export function endRequest(m: Mqtt, c: Client, done: string): void {
  const filter = m.filters[c.handle];
  const reason = c.reason;
  const isRefused = reason >= Reason.Unspecified;
  const isDone = endCall(m, c.handle, isRefused);
  if (Profile.Routing < 1 || c.subs[c.handle] === Subscription.Free) m.filters[c.handle] = undefined;
  if (isRefused) callHandler(m, 'subfail', filter, reason);
  else if (isDone) callHandler(m, done, filter, reason);
}

/**
 * A connection has ended. What was asked for ends with it where the core keeps no filters, and where the session was to end and the client does not connect
 * again by itself: as with NodeMCU's module the program subscribes on each connection, perhaps to something else.
 */
export function requestsLost(m: Mqtt, c: Client): void {
  if (Profile.Routing > 0 && (!m.config.cleanStart || c.state !== State.Idle)) return;
  for (let row = 0; row < c.subs.length; row += Sub.Size) c.subs[row] = Subscription.Free;
  c.filtersTo = 0;
  c.subsPending = 0;
  c.subsRefused = 0;
  m.filters = {};
  m.calls = {};
  m.open = {};
  m.refused = {};
  m.openCalls = 0;
}
