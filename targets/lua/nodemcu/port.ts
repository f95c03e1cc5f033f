/**
 * The engine's link over NodeMCU's `net` and `tls`. port-uart.ts takes its place in the build for boards without a network.
 * Must not know: MQTT.
 *
 * Read first: docs/modules/net.md of nodemcu-firmware.
 */
import { State } from '../../../src/core/index.js';
import { type Engine, engineLost, engineNextDeadline, engineReceived, engineResume, engineRun, engineSent, engineUp, type Link, LinkState, Sent } from '../engine.js';
import { type Alarm, createAlarm, guard, readClock, stopAlarm, wakeIn } from './alarm.js';
import { net, type Socket, tls } from './platform.js';
import { tryClose, tryConnect, trySend } from './socket.js';

export interface Port extends Link {
  /** What `connect` was told. */
  host: string;
  portNumber: number;
  isSecure: boolean;
  /** DNS does not know the host. */
  isNameUnknown: boolean;
  engine: Engine | undefined;
  socket: Socket | undefined;
  alarm: Alarm;
  /** Opening failed at once, which the alarm reports. */
  hasFailed: boolean;
}

export function createPort(): Port {
  const alarm = createAlarm(() => { wake(p); });
  const p: Port = {
    host: '', portNumber: 0, isSecure: false, isNameUnknown: false, engine: undefined, socket: undefined, alarm: alarm, hasFailed: false,
    now: () => readClock(alarm),
    open: () => { openSocket(p); },
    close: () => {
      if (p.socket !== undefined) tryClose(p.socket);
      p.socket = undefined;
    },
    send: (text) => {
      if (p.socket !== undefined && trySend(p.socket, text)) return Sent.InFlight;
      // The program hears of it while it publishes.
      guard(alarm);
      return Sent.Gone;
    },
    hold: (isHeld) => {
      const socket = p.socket;
      if (socket === undefined) return;
      if (isHeld) socket.hold();
      else socket.unhold();
    },
  };
  return p;
}

/** Whether `connect` takes a host, and the number behind it where it is not given. */
export const needsHost = true;
export const portNumberName = 'port';
export const defaultPort = 1883;
export const portNumberMax = 65535;

/** '', or why there can be no `secure`. */
export function whyNotSecure(): string {
  return tls === undefined ? 'this firmware has no tls module: build it in, or connect without' : '';
}

function openSocket(p: Port): void {
  const socket = p.isSecure && tls !== undefined ? tls.createConnection() : net.createConnection();
  p.socket = socket;
  p.isNameUnknown = false;
  p.hasFailed = false;
  // Events of a socket that is not ours any more say nothing.
  socket.on('dns', (_, address) => {
    if (address !== undefined || p.socket !== socket) return;
    p.isNameUnknown = true;
    failSoon(p);
  });
  socket.on('connection', () => { if (p.socket === socket) engineUp(resumed(p)); });
  socket.on('receive', (_, data) => { if (p.socket === socket) engineReceived(resumed(p), data); });
  socket.on('sent', () => { if (p.socket === socket) engineSent(resumed(p)); });
  // Without a handler of its own, a reconnection is a disconnection.
  socket.on('disconnection', () => {
    if (p.socket !== socket) return;
    p.socket = undefined;
    engineLost(resumed(p));
  });
  if (tryConnect(socket, p.portNumber, p.host)) return;
  p.isNameUnknown = true;
  failSoon(p);
}

/** Not at once: this may run within `connect`, and its caller has not seen it return. */
function failSoon(p: Port): void {
  p.hasFailed = true;
  wakeIn(p.alarm, 1);
}

function wake(p: Port): void {
  const e = resumed(p);
  if (p.hasFailed) {
    p.hasFailed = false;
    p.close();
    engineLost(e);
  } else engineRun(e);
}

/** The engine, when the platform calls: nothing is running then, whatever a handler's error left behind, as the end of a link that was not told whole. */
function resumed(p: Port): Engine {
  const e = p.engine as Engine;
  guard(p.alarm);
  engineResume(e);
  if (e.link === LinkState.Closed) e.closed();
  return e;
}

/** After a publish: it has left. */
export function portFlush(_: Port): void {}

/** All is done: sees to it that the engine runs when its time has come. Nothing holds a client that is closed, so one that the program forgets goes. */
export function portRest(p: Port): void {
  const e = p.engine as Engine;
  if (e.link === LinkState.Closed && e.c.state === State.Idle) stopAlarm(p.alarm);
  else wakeIn(p.alarm, p.hasFailed ? 1 : engineNextDeadline(e));
}
