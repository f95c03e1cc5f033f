/**
 * What has happened, told one by one. Must not know: how it came about.
 */
import { isWaiting, withdraw } from './clock.js';
import { LinkChannel, LinkEvent } from './codes.js';
import type { Link } from './link.js';

/** Whether the peer has closed the connection and its last bytes have not been read: Closed waits for that, and `linkOpen` would forget them. */
export function linkHasRest(l: Link): boolean {
  return l.channels[LinkChannel.Mqtt].readyCount > 0 && isWaiting(l, LinkEvent.Closed);
}

/**
 * The next event, or None; its fields stand in the link, valid until the next call of any function with it. Call it until it returns
 * None. A connection is Closed only when its last bytes have been read, so read channel Mqtt too.
 */
export function linkNextEvent(l: Link): LinkEvent {
  if (l.events === 0) return LinkEvent.None;
  const hasRest = linkHasRest(l);
  for (let event: LinkEvent = LinkEvent.Down; event <= LinkEvent.BaudSettled; event++) {
    // What concerns a connection waits for the end of the one before it.
    const waits = hasRest && event >= LinkEvent.Closed && event <= LinkEvent.OpenWanted;
    if (!waits && isWaiting(l, event)) {
      withdraw(l, event);
      return event;
    }
  }
  return LinkEvent.None;
}
