/*
 * SASLprep: the one form of a user name or password that both ends of a SCRAM exchange compute with.
 * Read first: RFC 4013; RFC 3454 for the tables, whose names stand beside them. Unicode's data and normalisation are
 * those of Node.js, so that characters younger than RFC 3454's Unicode 3.2 are taken as well.
 */

/** C.1.2: becomes a space. */
const otherSpaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** B.1: becomes nothing. */
const nothings = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;

const prohibited: readonly (readonly [what: string, set: RegExp])[] = [
  // C.2.1 and C.2.2
  ['a control character', /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffc\u{1d173}-\u{1d17a}]/u],
  ['a character for private use', /[\ue000-\uf8ff\u{f0000}-\u{ffffd}\u{100000}-\u{10fffd}]/u], // C.3
  ['half of a surrogate pair', /\p{Surrogate}/u], // C.5
  ['a character that has no place in plain text', /[\ufffd\u2ff0-\u2ffb]/u], // C.6 and C.7
  ['a character that changes how others are shown', /[\u0340\u0341\u200e\u200f\u202a-\u202e]/u], // C.8
  ['a tagging character', /[\u{e0001}\u{e0020}-\u{e007f}]/u], // C.9
  ['a code point that is no character', /\p{Unassigned}/u], // A.1, and C.4 of noncharacters
];

/** D.1: characters written from right to left. */
const rightToLeft =
  /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\u200f\ufb1d\ufb1f-\ufb28\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc]/u;
/** D.2 as far as letters go: all that are not of D.1. */
const letter = /\p{Letter}/u;

/** Throws a RangeError that says what is wrong, without the text itself, which may be a secret. */
export function saslprep(text: string): string {
  const prepared = text.replace(otherSpaces, ' ').replace(nothings, '').normalize('NFKC');
  for (const [what, set] of prohibited) {
    if (set.test(prepared)) throw new RangeError(`it holds ${what}, which SASLprep (RFC 4013) does not allow`);
  }
  checkDirection([...prepared]);
  return prepared;
}

/** RFC 3454, section 6. */
function checkDirection(characters: readonly string[]): void {
  if (!characters.some((one) => rightToLeft.test(one))) return;
  const isMixed = characters.some((one) => letter.test(one) && !rightToLeft.test(one));
  if (isMixed || !rightToLeft.test(characters[0]) || !rightToLeft.test(characters[characters.length - 1])) {
    throw new RangeError('it mixes directions of writing in a way that SASLprep (RFC 4013) does not allow');
  }
}
