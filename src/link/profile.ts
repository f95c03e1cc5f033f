/**
 * What this build of the link contains. A build for a smaller profile replaces the values of this one file
 * (`targets/build/profiles.ts` holds the table), and every branch on a missing feature disappears from the code. A smaller link
 * speaks the same protocol: it leaves messages unanswered that the specification lets it ignore, and never asks for what it has not.
 *
 * Read first: README.md, "Channels and control messages".
 */
export const enum LinkProfile {
  /** 1: the baud rate can be changed. 0: HELLO says that this side cannot, so nobody proposes it. */
  Baud = 1,
  /** 1: the time of day is asked for and told. */
  Time = 1,
}
