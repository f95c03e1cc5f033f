/**
 * The core's loop on Espruino: what has happened to the program, what is to be sent to the link, the link opened and closed as the
 * core wishes, one timer for the core's deadline.
 *
 * Must not know: options, what kind of link it is (transport.ts). Read first: src/core/README.md.
 */
import {
  clientConnect, clientDisconnect, clientInput, clientLinkDown, clientNextDeadline, clientNextEvent, clientOutput, clientSent, clientWantsLink, Event, Reason,
  State, Time,
} from '../../src/core/index.js';
import { Ping } from '../../src/core/client.js';
import { isQuietIn, isQuietOut } from '../../src/core/passing.js';
import { Profile } from '../../src/core/profile.js';
import { Handling, type Mqtt } from './client.js';
import { tell } from './direct.js';
import { clearTimeout, E, getTime, setTimeout } from './globals.js';
import { saveSession } from './session.js';
import { report } from './report.js';
import { requestsLost, sendRequests } from './subscriptions.js';
import { closeLink, detach, openLink, writeLink } from './transport.js';

const enum Alarm {
  /** None is set. */
  Unset = -1,
  /** A timer that goes off later than this did not: the clock was set. */
  LateMs = 60000,
}

/** The time as the core counts it. */
export function now(m: Mqtt): number {
  return (getTime() * 1000 - m.epoch) & Time.Mask;
}

/** Does all there is to do. */
export function run(m: Mqtt): void {
  let isMoving = true;
  const isPinged = m.ping !== Ping.None;
  m.isClear = false;
  m.isDirect = false;
  m.passedMost = 0;
  if (m.awaited !== '' || m.handling > Handling.Ordinary) tell(m);
  while (isMoving) {
    // Asked only where the answer is open: to call a function of the core costs ten times what it costs to look at its fields.
    let event: Event = hasNews(m) ? clientNextEvent(m) : Event.None;
    while (event !== Event.None) {
      report(m, event);
      event = hasNews(m) ? clientNextEvent(m) : Event.None;
    }
    isMoving = m.unread !== '' && m.handling === Handling.None && takeInput(m);
    if (m.state === State.Connected && (m.requests.length > 0 || m.isRestoring) && sendRequests(m)) isMoving = true;
    if (!send(m)) isMoving = true;
    const isWanted = m.state === State.Connected || clientWantsLink(m);
    if (isWanted && m.socket === null) isMoving = !openLink(m);
    else if (!isWanted && m.socket !== null) {
      closeLink(m);
      linkDown(m);
      isMoving = true;
    }
  }
  if (Profile.Qos > 0 && m.isSaved) saveSession(m);
  setAlarm(m);
  if (isPinged && m.ping === Ping.None && m.state === State.Connected) m.emit('ping_reply');
  m.isClear = m.socket !== null && m.owed >= 0 && isQuietOut(m);
  m.isDirect = m.isClear && m.handling === Handling.None && m.unread === '' && isQuietIn(m);
}

/** Whether the core may have an event. The next one settles the last, so it waits until the program has dealt with that. */
function hasNews(m: Mqtt): boolean {
  return (m.attention || m.inFrom !== m.inTo) && m.handling === Handling.None;
}

/** Hands on what the link may take. False: the link failed. */
export function send(m: Mqtt): boolean {
  let count = m.socket === null || m.owed < 0 ? 0 : clientOutput(m, now(m));
  while (count > 0) {
    // Ahead of the wire: what leaves here is known after a reboot.
    if (Profile.Qos > 0 && m.isSaved) saveSession(m);
    const taken = writeLink(m, E.toString(m.out.subarray(m.outFrom, m.outFrom + count)));
    if (taken < 0) {
      linkDown(m);
      return false;
    }
    clientSent(m, taken);
    count = m.owed < 0 || taken < count ? 0 : clientOutput(m, m.now);
  }
  return true;
}

/** Bytes of the link. */
export function input(m: Mqtt, data: string): void {
  m.unread = m.unread === '' ? data : m.unread + data;
  if (m.handling === Handling.None) takeInput(m);
  run(m);
}

/** Lets the client have what it has room for. False: it had none. */
function takeInput(m: Mqtt): boolean {
  const data = m.unread;
  const count = data.length;
  // What the link delivers has one byte a character, and this target's primitives take such a string for its bytes (bytes.ts).
  const taken = clientInput(m, data as unknown as Uint8Array, 0, count, now(m));
  m.unread = taken < count ? data.substr(taken) : '';
  return taken > 0;
}

/** A string's bytes where they are: nothing is copied. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(E.toArrayBuffer(text));
}

/** The link is gone. One that was lent cannot be had again; what is to be reported stays. */
export function linkDown(m: Mqtt): void {
  tell(m);
  detach(m);
  m.unread = '';
  m.owed = 0;
  requestsLost(m);
  clientLinkDown(m, now(m));
  if (m.state === State.Waiting && (m.isLent || !m.canReconnect)) {
    const status = m.endStatus;
    clientDisconnect(m, Reason.Success, null, m.now);
    m.endStatus = status;
  }
  if (m.isWantedAgain) {
    delete m.isWantedAgain;
    m.isLent = false;
    clientConnect(m, m.now);
  }
}

/** Sees to it that the timer goes off in time for the core's deadline; one that goes off early only looks. */
function setAlarm(m: Mqtt): void {
  if (m.state === State.Idle) {
    if (m.alarmAt !== Alarm.Unset) clearTimeout(m.timer);
    m.alarmAt = Alarm.Unset;
  } else if (m.deadline !== m.alarmAt) {
    if (m.alarmAt !== Alarm.Unset) clearTimeout(m.timer);
    const wait = clientNextDeadline(m, m.now);
    // Before the deadline where something waits to be read.
    m.alarmAt = (m.now + wait) & Time.Mask;
    m.timer = setTimeout(onAlarm, wait, m);
  }
}

/** Timers go by the time that passes, `getTime` by the clock that a program may set: then it is the clock that has moved. */
function onAlarm(m: Mqtt): void {
  const late = (now(m) - m.alarmAt) & Time.Mask;
  if (late > Alarm.LateMs) m.epoch += late;
  m.alarmAt = Alarm.Unset;
  clientOutput(m, now(m));
  run(m);
}
