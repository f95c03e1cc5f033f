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
  ['of which nothing is left', '\u00ad', ''],
  ['A.1: what RFC 3454 knows nothing of', '\u0378\u{1fae0}', '\u0378\u{1fae0}'],
  ['above the basic plane', '\u{1f600}', '\u{1f600}'],
];

for (const [what, given, result] of prepared) test(what, (t) => { t.is(saslprep(given), result); });

const refused: readonly (readonly [what: string, given: string, says: RegExp])[] = [
  ['RFC 4013, example 6: a control character (C.2.1)', '\u0007', /does not allow, such as/],
  ['RFC 4013, example 7: from right to left with a digit at the end', '\u0627\u0031', /directions of writing/],
  ['C.2.2', 'a\u0085', /does not allow, such as/],
  ['C.2.2 above the basic plane', '\u{1d173}', /does not allow, such as/],
  ['C.3', '\ue000', /does not allow, such as/],
  ['C.4', '\ufdd0', /does not allow, such as/],
  ['C.4 of the last plane', '\u{10ffff}', /does not allow, such as/],
  ['C.5', '\ud800', /does not allow, such as/],
  ['C.6', '\ufffd', /does not allow, such as/],
  ['C.7', '\u2ff0', /does not allow, such as/],
  ['C.8', 'a\u202eb', /does not allow, such as/],
  ['C.9', '\u{e0041}', /does not allow, such as/],
  ['both directions', '\u0627a\u0628', /directions of writing/],
  ['a digit first', '1\u0627', /directions of writing/],
];

for (const [what, given, says] of refused) {
  test(`refused: ${what}`, (t) => {
    const error = t.throws(() => saslprep(given), { instanceOf: RangeError, message: says });
    t.false(error.message.includes(given), 'the text is not repeated');
  });
}
