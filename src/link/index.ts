/**
 * The link's exports, in reading order: what a link is made of, what a port calls, what a program calls.
 */
export {
  CloseReason, Connection, DownReason, LinkChannel, LinkEvent, LinkState, LinkStatus, LinkTime, Protocol,
} from './codes.js';
export { createLinkConfig, type LinkConfig, LinkConfigFault, linkConfigFault } from './config.js';
export type { Channel, Link } from './link.js';
export { createLink, linkRestart } from './session.js';
export { linkInput } from './input.js';
export { linkOutput, linkSent } from './output.js';
export { linkNextDeadline } from './timers.js';
export { linkHasRest, linkNextEvent } from './events.js';
export { linkRoom, linkWrite } from './ring.js';
export { linkRead, linkTake } from './queue.js';
export { linkClose, linkOpen, linkOpened } from './control.js';
export { linkAskTime, linkTellTime } from './time.js';
export { linkBaudSet, linkProposeBaud } from './baud.js';
export { linkHolds } from './invariants.js';
