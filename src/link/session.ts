/**
 * Who is at the other end: HELLO, the handshake that makes a session of two nonces, and its end. `setState` alone writes the state.
 * Must not know: data frames, what a connection is.
 *
 * Read first: README.md, "Handshake". Two sides are in one session when each has heard the other's nonce; frames of another session fail
 * their check, which the two nonces mask.
 */
import { Connection, DownReason, FrameFlag, LinkChannel, LinkEvent, LinkState, Place, Protocol } from './codes.js';
import { resetBaud } from './baud.js';
import { counted, nextRandom, raise, withdraw } from './clock.js';
import { type LinkConfig, LinkConfigFault, linkConfigFault } from './config.js';
import { type Channel, createParts, type Link, MaskAt, Row } from './link.js';
import { copyBytes, equalBytes, putCheck } from './primitives.js';
import { LinkProfile } from './profile.js';

/** What a frame says about its sender. */
export const enum Heard {
  /** HELLO with a nonce not known, which carries no nonce of ours, or does. */
  Stranger,
  StrangerKnowsUs,
  /** HELLO with the peer's nonce, likewise. */
  PeerAsks,
  PeerKnowsUs,
  /** A frame of the session. */
  Frame,
}

/** What follows. HELLO is said after the first three, and after the next two unless the peer says that it is up. */
const enum Turn {
  /** Its nonce and sizes are taken: Answering. */
  Adopt,
  /** The same, and it knows us: Up. */
  Join,
  /** The session is lost, and its nonce taken under a new one of ours: Answering. */
  Renew,
  Answer,
  /** Up. */
  Confirm,
  Nothing,
}

const turns: readonly (readonly Turn[])[] = [
  //               Stranger     StrangerKnowsUs  PeerAsks     PeerKnowsUs   Frame
  /* Hello     */ [Turn.Adopt, Turn.Join,       Turn.Adopt,  Turn.Join,    Turn.Nothing],
  /* Answering */ [Turn.Adopt, Turn.Join,       Turn.Answer, Turn.Confirm, Turn.Confirm],
  // A peer that is up with us and then asks has forgotten us: even one that draws the same nonce after each reset.
  /* Up        */ [Turn.Renew, Turn.Renew,      Turn.Renew,  Turn.Answer,  Turn.Nothing],
];

const enum First {
  /** The wait for an acknowledgement before any round trip has been measured. */
  RetryMs = 250,
}

function setState(l: Link, state: LinkState): void {
  l.state = state;
  l.helloMs = l.config.helloMinMs;
}

/** Draws a nonce, which is never zero. */
function drawNonce(l: Link): void {
  const low = nextRandom(l);
  const high = nextRandom(l);
  l.nonces[0] = (low & 255) | 1;
  l.nonces[1] = (low >>> 8) & 255;
  l.nonces[2] = high & 255;
  l.nonces[3] = (high >>> 8) & 255;
  copyBytes(l.nonces, Protocol.NonceBytes * 2, l.nonces, 0, Protocol.NonceBytes);
}

function resetChannel(c: Channel): void {
  c.ringAt = 0;
  c.held = 0;
  c.unsent = 0;
  c.budget = 0;
  c.readyAt = 0;
  c.readyCount = 0;
  c.readFrom = 0;
  c.waiting = 0;
  c.freed = 0;
}

/** All that belongs to a session begins anew. A frame that has begun to leave is finished: half of it would spoil the next. */
function resetSession(l: Link): void {
  const slots = l.free.length;
  for (let n = 0; n < LinkChannel.Count; n++) resetChannel(l.channels[n]);
  for (let n = 0; n < Protocol.Window; n++) {
    l.rows[n * Row.Size] = 0;
    l.heldSlots[n] = 0;
  }
  l.outRow = -1;
  l.oldest = 0;
  l.next = 0;
  l.variation4 = -1;
  l.retryMs = First.RetryMs > l.config.retryMaxMs ? l.config.retryMaxMs : First.RetryMs;
  l.expected = 0;
  l.freeCount = 0;
  for (let n = 0; n < slots; n++) {
    if (n !== l.slot) {
      l.free[l.freeCount] = n;
      l.freeCount += 1;
    }
  }
  l.ackOwed = 0;
  l.isAckDue = false;
  l.hasDuplicate = false;
  l.isGapNew = false;
  l.isPollDue = false;
  l.connection = Connection.Closed;
  l.owed = 0;
  if (LinkProfile.Time > 0) l.isTimeWanted = false;
  l.probeMs = 0;
}

/** Begins anew under a new nonce; whoever was the peer is forgotten. */
export function renewSession(l: Link, reason: DownReason): void {
  if (l.state === LinkState.Up) {
    // What the lost session still had to report is void. An Up that was not read yet has nothing to be followed by.
    l.events = 0;
    raise(l, LinkEvent.Down);
    l.downReason = reason;
  }
  resetSession(l);
  if (LinkProfile.Baud > 0) resetBaud(l);
  drawNonce(l);
  for (let n = Protocol.NonceBytes; n < Protocol.NonceBytes * 2; n++) l.nonces[n] = 0;
  l.peerVersion = 0;
  l.isHelloDue = true;
  setState(l, LinkState.Hello);
}

/** A link that says HELLO, or null when `linkConfigFault(config)` names a field. Allocates everything there will ever be. */
export function createLink(config: LinkConfig): Link | null {
  if (linkConfigFault(config) !== LinkConfigFault.None) return null;
  const l = createParts(config);
  renewSession(l, DownReason.Restarted);
  return l;
}

/** Gives up the session, if there is one, and begins anew at once: for a port that was closed and is open again. Allowed at any time. */
export function linkRestart(l: Link, now: number): void {
  l.now = now;
  l.outFrom = 0;
  l.outTo = 0;
  l.count = l.slotBytes + 1;
  renewSession(l, DownReason.Restarted);
}

/** Takes nonce and sizes from a HELLO whose content begins at `at`. */
function adopt(l: Link, at: number): void {
  const pool = l.pool;
  copyBytes(l.nonces, Protocol.NonceBytes, pool, at + Place.Nonce, at + Place.PeerNonce);
  putCheck(l.masks, MaskAt.Own, l.nonces, 0, Protocol.NonceBytes * 2, l.masks, MaskAt.Hello);
  putCheck(l.masks, MaskAt.Peer, l.nonces, Protocol.NonceBytes, Protocol.NonceBytes * 3, l.masks, MaskAt.Hello);
  l.peerFrameBytes = pool[at + Place.FrameBytes];
  l.frameMax = l.peerFrameBytes < l.slotBytes ? l.peerFrameBytes : l.slotBytes;
  l.channels[LinkChannel.Mqtt].budget = pool[at + Place.Credits] & 15;
  l.channels[LinkChannel.Control].budget = pool[at + Place.Credits] >>> 4;
  l.channels[LinkChannel.Log].budget = pool[at + Place.Credits + 1] & 15;
  l.channels[LinkChannel.Agent].budget = pool[at + Place.Credits + 1] >>> 4;
  l.peerAckDelayMs = pool[at + Place.AckDelay];
  if (LinkProfile.Baud > 0) l.peerBaudMax = (pool[at + Place.BaudMax] | (pool[at + Place.BaudMax + 1] << 8)) * 100;
}

/** Where in the handshake a sign of the peer leads; `at` is a HELLO's content, `isPeerUp` what it says of the session. */
export function hear(l: Link, heard: Heard, at: number, isPeerUp: boolean): void {
  const turn = turns[l.state][heard];
  if (turn === Turn.Nothing) return;
  if (turn === Turn.Renew) renewSession(l, DownReason.PeerReset);
  if (turn === Turn.Adopt || turn === Turn.Join || turn === Turn.Renew) {
    adopt(l, at);
    l.isHelloDue = true;
    setState(l, turn === Turn.Join ? LinkState.Up : LinkState.Answering);
  } else {
    if (heard !== Heard.Frame && !isPeerUp) l.isHelloDue = true;
    if (turn === Turn.Confirm) setState(l, LinkState.Up);
  }
  if (turn === Turn.Join || turn === Turn.Confirm) {
    l.heardAt = l.now;
    l.pollAt = l.now;
    raise(l, LinkEvent.Up);
    withdraw(l, LinkEvent.Refused);
  }
}

/** Whether sizes and nonce of a HELLO are possible. */
function helloHolds(l: Link, at: number, to: number): boolean {
  const pool = l.pool;
  if (to - at < Place.HelloEnd + Protocol.CheckBytes) return false;
  const frameBytes = pool[at + Place.FrameBytes];
  const credits = pool[at + Place.Credits];
  if (frameBytes < Protocol.FrameMin || frameBytes > Protocol.FrameMax || (credits & 15) === 0 || credits >>> 4 === 0) return false;
  return !equalBytes(l.masks, MaskAt.Hello, pool, at + Place.Nonce, at + Place.PeerNonce);
}

/** A HELLO whose check holds: content `pool[at … to)`. */
export function takeHello(l: Link, at: number, to: number): void {
  const pool = l.pool;
  const version = pool[at + Place.Version];
  if (to - at > Place.Version + Protocol.CheckBytes && version !== Protocol.Version) {
    if (l.peerVersion !== version) raise(l, LinkEvent.Refused);
    l.peerVersion = version;
    return;
  }
  if (!helloHolds(l, at, to)) {
    l.violations = counted(l.violations);
    return;
  }
  if (equalBytes(l.nonces, 0, pool, at + Place.Nonce, at + Place.PeerNonce)) {
    l.echoes = counted(l.echoes);
    return;
  }
  l.peerVersion = version;
  l.heardAt = l.now;
  const isKnown = l.state !== LinkState.Hello && equalBytes(l.nonces, Protocol.NonceBytes, pool, at + Place.Nonce, at + Place.PeerNonce);
  const knowsUs = equalBytes(l.nonces, 0, pool, at + Place.PeerNonce, at + Place.FrameBytes);
  const known = knowsUs ? Heard.PeerKnowsUs : Heard.PeerAsks;
  const stranger = knowsUs ? Heard.StrangerKnowsUs : Heard.Stranger;
  hear(l, isKnown ? known : stranger, at, (pool[at] & FrameFlag.Up) !== 0);
}
