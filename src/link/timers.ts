/**
 * What time brings about: another HELLO, a frame sent again, a question for a sign of life, the end of a silent session.
 * Must not know: the bytes of any frame.
 */
import { tickBaud } from './baud.js';
import { counted, elapsed, reached } from './clock.js';
import { DownReason, LinkChannel, LinkState, LinkTime, Protocol } from './codes.js';
import { BaudStage, type Link, Row, RowState } from './link.js';
import { LinkProfile } from './profile.js';
import { renewSession } from './session.js';

const enum RetryShift {
  /** The wait for one frame doubles this often at most. */
  Max = 6,
}

/** Does what is due. */
export function tick(l: Link): void {
  const now = l.now;
  if (l.state === LinkState.Up) {
    tickRetry(l, now);
    tickProbe(l, now);
    tickLife(l, now);
    if (LinkProfile.Baud > 0) tickBaud(l, now);
  } else if (reached(now, l.helloAt)) l.isHelloDue = true;
}

/** When the oldest frame counts as lost, or -1: it is not on its way. */
function retryAt(l: Link): number {
  const row = (l.oldest & Protocol.WindowMask) * Row.Size;
  if (l.oldest === l.next || l.rows[row] !== RowState.InFlight) return -1;
  const sentAt = l.rows[row + Row.SentAt];
  const since = elapsed(l.progressAt, sentAt) < LinkTime.Half ? l.progressAt : sentAt;
  const tries = l.rows[row + Row.Tries];
  const wait = (l.retryMs & 0xffff) << (tries < RetryShift.Max ? tries & 7 : RetryShift.Max);
  return (since + (wait < l.config.retryMaxMs ? wait : l.config.retryMaxMs)) & LinkTime.Mask;
}

function tickRetry(l: Link, now: number): void {
  const at = retryAt(l);
  if (at < 0 || !reached(now, at)) return;
  const row = (l.oldest & Protocol.WindowMask) * Row.Size;
  l.timeouts = counted(l.timeouts);
  l.rows[row + Row.Tries] += 1;
  if (l.rows[row + Row.Tries] > l.config.retries) {
    renewSession(l, DownReason.Unanswered);
    return;
  }
  l.rows[row] = RowState.Lost;
}

/** Whether bytes wait for credit, and no acknowledgement is under way that could bring it. */
function isStarved(l: Link): boolean {
  if (l.oldest !== l.next) return false;
  for (let n = 0; n < LinkChannel.Count; n++) {
    if (l.channels[n].unsent > 0 && l.channels[n].budget <= 0) return true;
  }
  return false;
}

/** The acknowledgement that brings credit may have been lost, so the peer is asked, ever more seldom. */
function tickProbe(l: Link, now: number): void {
  if (!isStarved(l)) {
    l.probeMs = 0;
    return;
  }
  if (l.probeMs === 0) l.probeMs = l.retryMs;
  else if (!reached(now, l.probeAt)) return;
  else {
    l.isPollDue = true;
    l.probeMs = l.probeMs * 2 < l.config.retryMaxMs ? l.probeMs * 2 : l.config.retryMaxMs;
  }
  l.probeAt = (now + l.probeMs) & LinkTime.Mask;
}

/** When the peer is to be asked for a sign of life. */
function pollAt(l: Link): number {
  const at = (l.heardAt + l.config.keepAliveMs) & LinkTime.Mask;
  return elapsed(l.pollAt, at) < LinkTime.Half ? l.pollAt : at;
}

function tickLife(l: Link, now: number): void {
  const silence = elapsed(now, l.heardAt);
  const isOtherRate = LinkProfile.Baud > 0 && l.baud !== l.config.baud && l.damagedRun >= 4 && l.baudStage === BaudStage.Settled;
  if ((l.config.keepAliveMs > 0 && silence >= l.config.deadMs) || (isOtherRate && silence >= l.config.baudTrialMs)) {
    renewSession(l, DownReason.Silence);
  } else if (l.config.keepAliveMs > 0 && reached(now, pollAt(l))) askForLife(l, now);
  else if (LinkProfile.Baud > 0 && l.baudStage === BaudStage.Trial && reached(now, l.pollAt)) askForLife(l, now);
}

function askForLife(l: Link, now: number): void {
  let wait = l.config.keepAliveMs >>> 2;
  if (wait < l.retryMs || (LinkProfile.Baud > 0 && l.baudStage === BaudStage.Trial)) wait = l.retryMs;
  l.isPollDue = true;
  l.pollAt = (now + wait) & LinkTime.Mask;
}

/** The nearer of a wait so far and one until `at`. */
function nearer(l: Link, wait: number, at: number): number {
  if (reached(l.now, at)) return 0;
  const other = elapsed(at, l.now);
  return other < wait ? other : wait;
}

/** Milliseconds from `now` for which the device may sleep, when there is no output and no input: 0 to 2^29 - 1. */
export function linkNextDeadline(l: Link, now: number): number {
  l.now = now;
  let wait = LinkTime.Half - 1;
  if (LinkProfile.Baud > 0 && (l.baudStage === BaudStage.Switching || l.baudStage === BaudStage.Returning)) return wait;
  if (l.isHelloDue || l.isAckDue || l.isPollDue) return 0;
  if (l.state !== LinkState.Up) return nearer(l, wait, l.helloAt);
  const retry = retryAt(l);
  if (retry >= 0) wait = nearer(l, wait, retry);
  if (l.ackOwed > 0) wait = nearer(l, wait, l.ackAt);
  if (l.probeMs > 0) wait = nearer(l, wait, l.probeAt);
  if (LinkProfile.Baud > 0 && l.baudStage === BaudStage.Trial) wait = nearer(l, nearer(l, wait, l.baudAt), l.pollAt);
  if (l.config.keepAliveMs > 0) {
    wait = nearer(l, wait, pollAt(l));
    wait = nearer(l, wait, (l.heardAt + l.config.deadMs) & LinkTime.Mask);
  }
  return wait;
}
