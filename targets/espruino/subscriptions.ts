/**
 * Subscriptions: as many as the program asks for. Each request waits here until it can be sent, is sent again when the link was lost before its answer, and what
 * was granted is asked for again when the server has lost the session. The core keeps no filter (its profile has no routing), so none is in its tables.
 *
 * A request is a text: the QoS, or `-` to end the subscription, and the filter.
 * Must not know: links. Changes together with README.md, "What is different".
 */
import { filterHolds, sharedFilterAt, TextFault, textFault } from '../../src/core/bytes.js';
import { clientSubscribe, clientUnsubscribe, Event, Reason, Status } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { Handling, type Mqtt } from './client.js';
import { Object } from './globals.js';
import { bytesOf } from './pump.js';
import { statusWords } from './report.js';

const enum Room {
  /** What SUBSCRIBE takes beside its filter. */
  Overhead = 16,
}

const enum Request {
  /** In the place of the QoS. */
  Unsubscribe = -1,
}

/** Notes a request; of those for one filter that wait the last one counts. Below 0: it cannot be made. */
export function ask(m: Mqtt, filter: string, qos: number): Status {
  const bytes = bytesOf(filter);
  const size = bytes.length;
  if (qos !== Request.Unsubscribe && qos !== 0 && (Profile.Qos < 1 || (qos !== 1 && qos !== 2))) return Status.BadFlags;
  const own = Profile.V5 > 0 && m.v5 !== null ? sharedFilterAt(bytes, 0, size) : 0;
  if (own < 0 || !filterHolds(bytes, own, size) || textFault(bytes, 0, size) === TextFault.Malformed) return Status.BadFilter;
  if (size + Room.Overhead > m.control.length) return Status.NoControlRoom;
  for (let n = m.requests.length - 1; n >= 0; n--) if (m.requests[n].substr(1) === filter) m.requests.splice(n, 1);
  // Until it is granted anew.
  delete m.granted[filter];
  m.requests.push((qos < 0 ? '-' : qos) + filter);
  return Status.Ok;
}

/** Sends what waits, where there is a connection, as far as there is room. True: something was. */
export function sendRequests(m: Mqtt): boolean {
  let isSent = false;
  if (m.isRestoring && m.handling === Handling.None) restore(m);
  while (m.requests.length > 0) {
    const text = m.requests[0];
    const filter = text.substr(1);
    const handle = isWithdrawal(text) ? clientUnsubscribe(m, filter) : clientSubscribe(m, filter, +text.charAt(0), 0);
    if (handle === Status.NoControlRoom) return isSent;
    m.requests.shift();
    if (handle >= 0) m.asked[handle] = text;
    else tellRefused(m, filter, handle, isWithdrawal(text));
    isSent = true;
  }
  return isSent;
}

export function tellRefused(m: Mqtt, filter: string, status: Status, isWithdrawal: boolean): void {
  if (isWithdrawal) m.emit('error', 'unsubscribe refused: ' + statusWords(status), filter);
  else m.emit('subscribed_fail', filter, statusWords(status));
}

function isWithdrawal(text: string): boolean {
  return text.charAt(0) === '-';
}

/** What the server has forgotten, and the handlers of `connected` have not asked for themselves: else it would be sent, and retained messages come, twice. */
function restore(m: Mqtt): void {
  m.isRestoring = false;
  for (const filter of Object.keys(m.granted)) m.requests.push(m.granted[filter] + filter);
  // Until it is granted anew.
  m.granted = {};
}

/** SUBACK or UNSUBACK: the event for the program. */
export function answered(m: Mqtt, event: Event): void {
  const text = m.asked[m.handle];
  // To no request: it has nothing to say.
  if (text === undefined) return;
  delete m.asked[m.handle];
  const filter = text.substr(1);
  const isGranted = event === Event.Subscribed && m.reason < Reason.Unspecified;
  if (isGranted) m.granted[filter] = +text.charAt(0);
  else delete m.granted[filter];
  m.emit(isGranted ? 'subscribed' : event === Event.Subscribed ? 'subscribed_fail' : 'unsubscribed', filter, m.reason);
}

/** The link is gone: what is not answered waits again, ahead of what waits since. */
export function requestsLost(m: Mqtt): void {
  if (m.isRestoring) restore(m);
  const waiting = m.requests;
  m.requests = [];
  for (const handle of Object.keys(m.asked)) m.requests.push(m.asked[handle as unknown as number]);
  for (const text of waiting) m.requests.push(text);
  m.asked = {};
}

/** There is a connection, without the session of the one before. Other requests do not wait for the handlers. */
export function sessionLost(m: Mqtt): void {
  m.isRestoring = Object.keys(m.granted).length > 0;
}
