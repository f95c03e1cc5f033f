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
}

export interface Alarm {
  timer: Timer;
  isArmed: boolean;
  /** When the timer fires, if it is armed. */
  dueMs: number;
  lastUs: number;
  ms: number;
  fire: (this: void) => void;
}

export function createAlarm(fire: (this: void) => void): Alarm {
  return { timer: tmr.create(), isArmed: false, dueMs: 0, lastUs: tmr.now(), ms: 0, fire: fire };
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

/** Fires after `ms` milliseconds, or earlier: an alarm that is early enough stays, since setting it costs more than a vain call. */
export function wakeIn(a: Alarm, ms: number): void {
  let wait = ms;
  if (wait > Clock.SleepMaxMs) wait = Clock.SleepMaxMs;
  if (wait < 1) wait = 1;
  if (a.isArmed && ((a.dueMs - a.ms) & Time.Mask) <= wait) return;
  a.isArmed = true;
  a.dueMs = (a.ms + wait) & Time.Mask;
  a.timer.alarm(wait, tmr.ALARM_SINGLE, () => {
    a.isArmed = false;
    a.fire();
  });
}
