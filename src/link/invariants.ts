/**
 * What holds between any two calls: for tests, which ask after every step. A build that does not call it does not contain it.
 * Must not know: how it is kept.
 */
import { Connection, LinkChannel, LinkState, Protocol } from './codes.js';
import { type Link, Row, RowState } from './link.js';

/** Whether every frame on its way is in a row, and the bytes of the rows and those in no frame make up what the rings hold. */
function sendingHolds(l: Link): boolean {
  const onTheWay = (l.next - l.oldest) & Protocol.SequenceMask;
  if (onTheWay > Protocol.Window || l.outFrom < 0 || l.outFrom > l.outTo || l.outTo > l.out.length) return false;
  for (let n = 0; n < LinkChannel.Count; n++) {
    const c = l.channels[n];
    let inRows = 0;
    for (let k = 0; k < Protocol.Window; k++) {
      const row = ((l.oldest + k) & Protocol.WindowMask) * Row.Size;
      if (k >= onTheWay && l.rows[row] !== RowState.Free) return false;
      if (k < onTheWay && l.rows[row] === RowState.Free) return false;
      if (k < onTheWay && l.rows[row + Row.Channel] === n) inRows += l.rows[row + Row.Length];
    }
    if (c.unsent < 0 || inRows + c.unsent !== c.held || c.held > c.ringSize || c.ringAt < 0 || (c.ringAt >= c.ringSize && c.ringSize > 0)) return false;
  }
  return l.outRow < 0 || l.rows[l.outRow] === RowState.Sending;
}

/** Whether each slot is in one place: being filled, free, held out of order, or ready to be read. */
function receivingHolds(l: Link): boolean {
  let slots = 1 + l.freeCount;
  let waiting = 0;
  for (let n = 0; n < Protocol.Window; n++) if (l.heldSlots[n] !== 0) waiting += 1;
  if (l.heldSlots[l.expected & Protocol.WindowMask] !== 0) return false;
  let waitingByChannel = 0;
  for (let n = 0; n < LinkChannel.Count; n++) {
    const c = l.channels[n];
    if (c.readyCount + c.waiting > c.frames || (c.readyAt >= c.frames && c.frames > 0)) return false;
    if (c.readyCount > 0 && (c.readFrom < l.slotFrom[c.ready[c.readyAt]] || c.readFrom >= l.slotTo[c.ready[c.readyAt]])) return false;
    slots += c.readyCount + c.waiting;
    waitingByChannel += c.waiting;
  }
  return slots === l.free.length && waiting === waitingByChannel && l.count <= l.slotBytes + 1;
}

/** Whether the link's state is one that its rules allow. */
export function linkHolds(l: Link): boolean {
  if (!sendingHolds(l) || !receivingHolds(l)) return false;
  if (l.state === LinkState.Up) return true;
  return l.oldest === l.next && l.expected === 0 && l.connection === Connection.Closed && l.owed === 0;
}
