/**
 * The engine's link over NodeMCU's `net` and `tls`, with its clock and alarm over `tmr`. Must not know: MQTT.
 *
 * Read first: docs/modules/net.md and tmr.md of nodemcu-firmware. On 5.3 builds numbers have 32 bits, floats too, and integer builds of 5.1 have no
 * floats at all: what is divided here is below 2^24.
 */
import { Time } from '../../../src/core/index.js';
import { type Engine, engineLost, engineNextDeadline, engineReceived, engineResume, engineRun, engineSent, engineUp, type Link } from '../engine.js';
import { error } from '../lua.js';
import { net, type Socket, type Timer, tls, tmr } from './platform.js';
import { tryClose, tryConnect, trySend } from './socket.js';

const enum Clock {
  Mask = 0x7fffffff,
  /** What is counted at once, in µs and in ms. */
  StepUs = 16000000,
  StepMs = 16000,
  /** `tmr.now` wraps after 35 minutes: it must be read more often. */
  SleepMaxMs = 1000000,
}

export interface NetLink extends Link {
  host: string;
  portNumber: number;
  isSecure: boolean;
  /** DNS does not know the host. */
  isNameUnknown: boolean;
  engine: Engine | undefined;
  socket: Socket | undefined;
  timer: Timer;
  isArmed: boolean;
  /** When the timer fires, if it is armed. */
  dueMs: number;
  /** `open` failed at once, which the timer reports. */
  hasFailed: boolean;
  lastUs: number;
  ms: number;
}

export function createNetLink(): NetLink {
  const l: NetLink = {
    host: '', portNumber: 0, isSecure: false, isNameUnknown: false, engine: undefined, socket: undefined, timer: tmr.create(), isArmed: false, dueMs: 0,
    hasFailed: false, lastUs: tmr.now(), ms: 0,
    now: () => readClock(l),
    open: () => { openSocket(l); },
    close: () => {
      if (l.socket !== undefined) tryClose(l.socket);
      l.socket = undefined;
    },
    send: (text) => l.socket !== undefined && trySend(l.socket, text),
    hold: (isHeld) => {
      const socket = l.socket;
      if (socket === undefined) return;
      if (isHeld) socket.hold();
      else socket.unhold();
    },
  };
  return l;
}

/** Milliseconds modulo 2^30, from a counter of 31 bits in microseconds. */
function readClock(l: NetLink): number {
  let us = (tmr.now() - l.lastUs) & Clock.Mask;
  while (us >= Clock.StepUs) {
    us -= Clock.StepUs;
    l.lastUs = (l.lastUs + Clock.StepUs) & Clock.Mask;
    l.ms = (l.ms + Clock.StepMs) & Time.Mask;
  }
  if (us < 1000) return l.ms;
  const rest = us % 1000;
  l.lastUs = (l.lastUs + us - rest) & Clock.Mask;
  l.ms = (l.ms + (((us - rest) / 1000) & Clock.Mask)) & Time.Mask;
  return l.ms;
}

function openSocket(l: NetLink): void {
  if (l.isSecure && tls === undefined) error('mqtt: this firmware has no tls module: build it in, or connect without', 3);
  const socket = l.isSecure && tls !== undefined ? tls.createConnection() : net.createConnection();
  l.socket = socket;
  l.isNameUnknown = false;
  // Events of a socket that is not ours any more say nothing.
  socket.on('dns', (_, address) => {
    if (address !== undefined || l.socket !== socket) return;
    l.isNameUnknown = true;
    fail(l);
  });
  socket.on('connection', () => { if (l.socket === socket) engineUp(resumed(l)); });
  socket.on('receive', (_, data) => { if (l.socket === socket) engineReceived(resumed(l), data); });
  socket.on('sent', () => { if (l.socket === socket) engineSent(resumed(l)); });
  // Without a handler of its own, a reconnection is a disconnection.
  socket.on('disconnection', () => {
    if (l.socket !== socket) return;
    l.socket = undefined;
    engineLost(resumed(l));
  });
  if (tryConnect(socket, l.portNumber, l.host)) return;
  l.isNameUnknown = true;
  fail(l);
}

/** Not at once: this may run within `connect`, and its caller has not seen it return. */
function fail(l: NetLink): void {
  l.hasFailed = true;
  arm(l, 1);
}

/** The engine, when the platform calls: nothing is running then, whatever a handler's error left behind. */
function resumed(l: NetLink): Engine {
  const e = l.engine as Engine;
  engineResume(e);
  return e;
}

/** Sees to it that the engine runs when its time has come. An alarm that is early enough stays: setting it costs more than a vain call. */
export function netLinkSleep(l: NetLink): void {
  let wait = engineNextDeadline(l.engine as Engine);
  if (wait > Clock.SleepMaxMs) wait = Clock.SleepMaxMs;
  if (wait < 1) wait = 1;
  if (!l.isArmed || ((l.dueMs - l.ms) & Time.Mask) > wait) arm(l, wait);
}

function arm(l: NetLink, wait: number): void {
  l.isArmed = true;
  l.dueMs = (l.ms + wait) & Time.Mask;
  l.timer.alarm(wait, tmr.ALARM_SINGLE, () => {
    const e = resumed(l);
    l.isArmed = false;
    if (l.hasFailed) {
      l.hasFailed = false;
      l.close();
      engineLost(e);
    } else engineRun(e);
  });
}
