/**
 * NodeMCU's clock in milliseconds, and one alarm. Must not know: what it is for.
 *
 * Read first: docs/modules/tmr.md of nodemcu-firmware. On 5.3 builds numbers have 32 bits, floats too, and integer builds of 5.1 have no floats at all:
 * what is divided here is below 2^24.
 */
import { Time } from '../../../src/core/index.js';
import { type Timer, tmr } from './platform.js';

const enum Clock {
  Mask = 0x7fffffff,
  /** What is counted at once, in µs and in ms. */
  StepUs = 16000000,
  StepMs = 16000,
  /** `tmr.now` wraps after 35 minutes: it must be read more often. */
  SleepMaxMs = 1000000,
  /** When what failed goes on. */
  GuardMs = 500,
}

export interface Alarm {
  timer: Timer;
  isArmed: boolean;
  /** It is armed for no later than a guard would be. */
  isSoon: boolean;
  /** It is armed only in case that what runs now fails: a later time may take its place. */
  isGuard: boolean;
  /** When the timer fires, if it is armed. */
  dueMs: number;
  lastUs: number;
  ms: number;
  ring: (this: void) => void;
}

export function createAlarm(fire: (this: void) => void): Alarm {
  const a: Alarm = {
    timer: tmr.create(), isArmed: false, isSoon: false, isGuard: false, dueMs: 0, lastUs: tmr.now(), ms: 0,
    ring: () => {
      a.isArmed = false;
      a.isSoon = false;
      guard(a);
      a.isGuard = true;
      fire();
    },
  };
  return a;
}

/** Milliseconds modulo 2^30, from a counter of 31 bits in microseconds. */
export function readClock(a: Alarm): number {
  let us = (tmr.now() - a.lastUs) & Clock.Mask;
  while (us >= Clock.StepUs) {
    us -= Clock.StepUs;
    a.lastUs = (a.lastUs + Clock.StepUs) & Clock.Mask;
    a.ms = (a.ms + Clock.StepMs) & Time.Mask;
  }
  if (us < 1000) return a.ms;
  const rest = us % 1000;
  a.lastUs = (a.lastUs + us - rest) & Clock.Mask;
  a.ms = (a.ms + (((us - rest) / 1000) & Clock.Mask)) & Time.Mask;
  return a.ms;
}

function setTimer(a: Alarm, ms: number): void {
  a.isArmed = true;
  a.isSoon = ms <= Clock.GuardMs;
  a.isGuard = false;
  a.dueMs = (a.ms + ms) & Time.Mask;
  a.timer.alarm(ms, tmr.ALARM_SINGLE, a.ring);
}

/** Fires after `ms` milliseconds, or earlier: an alarm that is early enough stays, since setting it costs more than a vain call. */
export function wakeIn(a: Alarm, ms: number): void {
  let wait = ms;
  if (wait > Clock.SleepMaxMs) wait = Clock.SleepMaxMs;
  if (wait < 1) wait = 1;
  if (a.isArmed && !a.isGuard && ((a.dueMs - a.ms) & Time.Mask) <= wait) return;
  setTimer(a, wait);
}

/** Nothing is awaited any more: the timer forgets what it calls, which would keep all that belongs to it. */
export function stopAlarm(a: Alarm): void {
  a.isArmed = false;
  a.isSoon = false;
  a.timer.unregister();
}

/** Before handlers are called: an error in one leaves everything as it is at that moment, and nobody would ever go on. */
export function guard(a: Alarm): void {
  if (a.isSoon) return;
  readClock(a);
  setTimer(a, Clock.GuardMs);
}
