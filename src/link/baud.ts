/**
 * A change of the baud rate: proposed, accepted, made by both ports, tried, and taken back where the new rate stays silent.
 * Must not know: ports. A port does what the event Baud says, and tells when it is done.
 *
 * Read first: README.md, "Baud rate", with the state table.
 */
import { raise, reached } from './clock.js';
import { LinkChannel, LinkEvent, LinkState, LinkStatus, LinkTime } from './codes.js';
import { hundredsOf } from './frames.js';
import { BaudStage, type Link, RecordType } from './link.js';

/** What a message of the peer means in each stage. */
const enum Turn {
  Ignore,
  /** Accept it if the port can have the rate, else refuse it. */
  Consider,
  Refuse,
  Agree,
  GiveUp,
}

const turns: readonly (readonly Turn[])[] = [
  //               BaudPropose     BaudAccept   BaudRefuse
  /* Settled   */ [Turn.Consider, Turn.Ignore, Turn.Ignore],
  // Proposals that cross are both refused.
  /* Proposed  */ [Turn.Refuse,   Turn.Agree,  Turn.GiveUp],
  /* Accepted  */ [Turn.Refuse,   Turn.Ignore, Turn.Ignore],
  /* Agreed    */ [Turn.Refuse,   Turn.Ignore, Turn.Ignore],
  /* Switching */ [Turn.Refuse,   Turn.Ignore, Turn.Ignore],
  /* Returning */ [Turn.Refuse,   Turn.Ignore, Turn.Ignore],
  /* Trial     */ [Turn.Refuse,   Turn.Ignore, Turn.Ignore],
];

/**
 * Proposes another baud rate, a multiple of 100: BaudSettled tells what came of it. BadRange: not such a rate, or one port cannot.
 * BadState: no session, or a change is under way.
 */
export function linkProposeBaud(l: Link, baud: number): LinkStatus {
  if (l.state !== LinkState.Up || l.baudStage !== BaudStage.Settled) return LinkStatus.BadState;
  if (baud < 100 || baud > l.config.baudMax || baud > l.peerBaudMax || hundredsOf(baud) * 100 !== baud) return LinkStatus.BadRange;
  l.baudWished = baud;
  l.baudStage = BaudStage.Proposed;
  l.owed |= 1 << RecordType.BaudPropose;
  return LinkStatus.Ok;
}

/** The port is set to `baud`, and what it received before is forgotten. */
export function linkBaudSet(l: Link, now: number): void {
  l.now = now;
  if (l.baudStage === BaudStage.Returning) settle(l, l.state === LinkState.Up, false);
  if (l.baudStage !== BaudStage.Switching) return;
  l.baudStage = BaudStage.Trial;
  l.baudAt = (now + l.config.baudTrialMs) & LinkTime.Mask;
  l.isPollDue = true;
}

function settle(l: Link, isReported: boolean, isKept: boolean): void {
  l.baudStage = BaudStage.Settled;
  l.isBaudKept = isKept;
  if (isReported) raise(l, LinkEvent.BaudSettled);
}

/** All stages in which the port is being changed: nothing leaves. The last acknowledgement at the old rate leaves before. */
export function baudHoldsOutput(l: Link): boolean {
  if (l.baudStage === BaudStage.Agreed && !l.isAckDue) beginSwitch(l, BaudStage.Switching, l.baudWished);
  return l.baudStage === BaudStage.Switching || l.baudStage === BaudStage.Returning;
}

/** From the agreement on only control messages and acknowledgements leave, so that nothing is cut in two by the change. */
export function baudHoldsChannels(l: Link): boolean {
  return l.baudStage === BaudStage.Accepted || l.baudStage === BaudStage.Agreed;
}

function beginSwitch(l: Link, stage: BaudStage, baud: number): void {
  l.baudBefore = l.baud;
  l.baud = baud;
  l.baudStage = stage;
  raise(l, LinkEvent.Baud);
}

/** What time and acknowledgements bring about. */
export function tickBaud(l: Link, now: number): void {
  // The acceptance is acknowledged: the peer changes its port.
  if (l.baudStage === BaudStage.Accepted && (l.owed & (1 << RecordType.BaudAccept)) === 0 && l.channels[LinkChannel.Control].held === 0) {
    beginSwitch(l, BaudStage.Switching, l.baudWished);
  }
  if (l.baudStage === BaudStage.Trial && reached(now, l.baudAt)) beginSwitch(l, BaudStage.Returning, l.baudBefore);
}

/** A frame was understood: a rate that is on trial is good. */
export function confirmBaud(l: Link): void {
  if (l.baudStage === BaudStage.Trial) settle(l, true, true);
}

/** The session is lost: the port returns to the rate that sessions begin with. */
export function resetBaud(l: Link): void {
  const isChanging = l.baudStage === BaudStage.Switching || l.baudStage === BaudStage.Returning;
  // A port that is changing is told again: what it was told may not have been read, or the port closed before it was done.
  if (l.baud !== l.config.baud || isChanging) beginSwitch(l, BaudStage.Returning, l.config.baud);
  else l.baudStage = BaudStage.Settled;
}

export function putBaudRecord(l: Link): void {
  const hundreds = hundredsOf(l.baudWished);
  l.record[1] = hundreds & 255;
  l.record[2] = (hundreds >>> 8) & 255;
}

export function takeBaudRecord(l: Link, type: RecordType, at: number): void {
  const baud = (l.pool[at + 1] | (l.pool[at + 2] << 8)) * 100;
  const turn = turns[l.baudStage][type - RecordType.BaudPropose];
  if (turn === Turn.GiveUp) settle(l, true, false);
  else if (turn === Turn.Agree && baud === l.baudWished) {
    l.baudStage = BaudStage.Agreed;
    l.isAckDue = true;
  } else if (turn === Turn.Consider && baud > 0 && baud <= l.config.baudMax) {
    l.baudWished = baud;
    l.baudStage = BaudStage.Accepted;
    l.owed |= 1 << RecordType.BaudAccept;
  } else if (turn === Turn.Consider || turn === Turn.Refuse) l.owed |= 1 << RecordType.BaudRefuse;
}
