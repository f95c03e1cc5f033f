/**
 * A client of the core on channel Mqtt of a link: its bytes both ways, and its wish for a connection. In the device subset, the same on every
 * engine that both run on. Must not know: ports; bytes of the UART go through `linkInput` and `linkOutput`.
 *
 * The program's loop: bytes into `linkInput`; then, until there was no event and `portCarry` moved nothing: the events of `clientNextEvent`, first, since the
 * last bytes of a connection may say why it ends; each event of `linkNextEvent` to `portEvent`, and what concerns the program (time, baud) to itself;
 * `portCarry`. Then `linkOutput` until it has no more, and sleep `portNextDeadline`.
 */
import {
  type Client, clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientOutput, clientSent, clientWantsLink, State,
} from '../../src/core/index.js';
import {
  CloseReason, Connection, type Link, LinkChannel, linkClose, LinkEvent, linkHasRest, linkNextDeadline, linkOpen, linkRead, LinkState, linkTake, linkWrite,
} from '../../src/link/index.js';

/** Tells the client what became of its connection; other events are the program's alone. */
export function portEvent(c: Client, event: LinkEvent, now: number): void {
  if (event === LinkEvent.Opened) clientLinkUp(c, now);
  else if (event === LinkEvent.Closed || event === LinkEvent.Down) clientLinkDown(c, now);
}

/**
 * Moves what can be moved, and opens or closes the connection as the client wishes. Read the events of both first. True: something moved, so there
 * may be events again.
 */
export function portCarry(c: Client, l: Link, now: number): boolean {
  let hasMoved = false;
  if (l.connection === Connection.Open || linkHasRest(l)) hasMoved = carryIn(c, l, now);
  // What is to be sent may include the packet that ends the connection.
  const hasSent = carryOut(c, l, now);
  const isWanted = clientWantsLink(c);
  if (isWanted && l.state === LinkState.Up && l.connection === Connection.Closed) {
    // What came last is read, and Closed told, before there is another one: it may say why.
    if (!hasMoved && !linkHasRest(l)) linkOpen(l);
  } else if (!isWanted && (l.connection !== Connection.Closed || c.state >= State.Retiring)) {
    // Also an attempt whose time was over, or that was given up, while there was no gateway to ask.
    linkClose(l, CloseReason.Done, false);
    clientLinkDown(c, now);
    return true;
  }
  return hasMoved || hasSent;
}

/** Bytes of the server; what the client has no room for stays, and so does its credit. The rest of a connection that the client has left is dropped. */
function carryIn(c: Client, l: Link, now: number): boolean {
  let hasMoved = false;
  let count = linkRead(l, LinkChannel.Mqtt);
  while (count > 0) {
    const taken = l.connection === Connection.Open || clientWantsLink(c) ? clientInput(c, l.pool, l.readFrom, l.readTo, now) : count;
    if (taken > 0) hasMoved = true;
    linkTake(l, LinkChannel.Mqtt, taken);
    count = taken < count ? 0 : linkRead(l, LinkChannel.Mqtt);
  }
  return hasMoved;
}

/** Bytes of the client, as far as the link has room. */
function carryOut(c: Client, l: Link, now: number): boolean {
  let hasMoved = false;
  let count = clientOutput(c, now);
  while (count > 0 && l.connection === Connection.Open) {
    const taken = linkWrite(l, LinkChannel.Mqtt, c.out, c.outFrom, c.outFrom + count);
    if (taken <= 0) return hasMoved;
    clientSent(c, taken);
    hasMoved = true;
    count = clientOutput(c, now);
  }
  return hasMoved;
}

/** Milliseconds that the program may sleep, unless bytes come. */
export function portNextDeadline(c: Client, l: Link, now: number): number {
  const wait = clientNextDeadline(c, now);
  const other = linkNextDeadline(l, now);
  return wait < other ? wait : other;
}
