// SASLprep: the examples of RFC 4013, a case of every table, and what may stay as it is.

import test from 'ava';
import { saslprep } from '../../src/sasl/saslprep.js';

const prepared: readonly (readonly [what: string, given: string, result: string])[] = [
  ['RFC 4013, example 1: SOFT HYPHEN becomes nothing', 'I\u00adX', 'IX'],
  ['RFC 4013, example 2: no change', 'user', 'user'],
  ['RFC 4013, example 3: case is kept', 'USER', 'USER'],
  ['RFC 4013, example 4: NFKC of a feminine ordinal', '\u00aa', 'a'],
  ['RFC 4013, example 5: NFKC of a Roman numeral', '\u2168', 'IX'],
  ['C.1.2: other spaces become a space', 'a\u00a0b\u3000c\u200bd', 'a b c d'],
  ['B.1: nothings go', 'a\u200d\ufe0f\u2060b\ufeff', 'ab'],
  ['NFKC composes', 'u\u0308', 'ü'],
  ['ASCII of every kind', ' !"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~', ' !"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~'],
  ['all from right to left, a digit within', '\u0627\u0031\u0628', '\u0627\u0031\u0628'],
  ['nothing', '', ''],
  ['above the basic plane', '\u{1f600}', '\u{1f600}'],
];

for (const [what, given, result] of prepared) test(what, (t) => { t.is(saslprep(given), result); });

const refused: readonly (readonly [what: string, given: string, says: RegExp])[] = [
  ['RFC 4013, example 6: a control character (C.2.1)', '\u0007', /a control character/],
  ['RFC 4013, example 7: from right to left with a digit at the end', '\u0627\u0031', /directions/],
  ['C.2.2', 'a\u0085', /a control character/],
  ['C.2.2 above the basic plane', '\u{1d173}', /a control character/],
  ['C.3', '\ue000', /private use/],
  ['C.4', '\ufdd0', /no character/],
  ['C.4 of the last plane', '\u{10ffff}', /no character/],
  ['C.5', '\ud800', /surrogate/],
  ['C.6', '\ufffd', /plain text/],
  ['C.7', '\u2ff0', /plain text/],
  ['C.8', 'a\u202eb', /how others are shown/],
  ['C.9', '\u{e0041}', /tagging/],
  ['A.1', '\u0378', /no character/],
  ['both directions', '\u0627a\u0628', /directions/],
  ['a digit first', '1\u0627', /directions/],
];

for (const [what, given, says] of refused) {
  test(`refused: ${what}`, (t) => {
    const error = t.throws(() => saslprep(given), { instanceOf: RangeError, message: says });
    t.false(error.message.includes(given), 'the text is not repeated');
  });
}
