/**
 * A tour of the device subset: each statement form and operator that device code may use, in the shapes that compilers and minifiers
 * have got wrong. Every engine must give the same numbers as V8.
 */
import { copyBytes, createBytes, createInts, equalBytes, filterHolds, filterMatches, moveBytes, putText, sharedFilterAt, textFault } from '../../src/core/bytes.js';
import { Profile } from '../../src/core/profile.js';
import { bytesFromHex, hexFromBytes } from './hex.js';

const enum Kind { First, Second = 5, Third, Last = -1 }

interface Tour {
  count: number;
  ready: boolean;
  bytes: Uint8Array;
  ints: Int32Array;
}

const base = 40;
const limit = base + 2;
const table: readonly number[] = [3, 1, 4, 1, 5];
const rows: readonly (readonly number[])[] = [[1, 2], [3, 4]];

function createTour(): Tour {
  return { count: 0, ready: false, bytes: createBytes(64), ints: createInts(8) };
}

const tour = createTour();

function viaSwitch(kind: number): number {
  switch (kind) {
    case Kind.First:
      return 10;
    case Kind.Second:
    case Kind.Third: {
      const doubled = kind * 2;
      return doubled;
    }
    case Kind.Last:
      tour.count += 100;
      break;
    default:
      return -7;
  }
  return tour.count;
}

function viaLoops(): number {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    if (i === 3) continue;
    if (i === 8) break;
    let j = i;
    while (j > 0) {
      j -= 2;
      sum += j;
    }
  }
  do {
    sum--;
  } while (sum > limit);
  return sum;
}

function viaBits(x: number): number {
  let bits = x & 0xff;
  bits |= 0x100;
  bits ^= 0x3;
  bits = (bits << 3) | (x >>> 28);
  bits &= ~4;
  return bits + ((x >>> 8) & 0xffff) + (~x & 0xf);
}

function viaStores(s: Tour): number {
  let at = 0;
  s.bytes[at++] = 7;
  s.bytes[at] = s.bytes[at - 1] + 1;
  s.bytes[at]++;
  s.bytes[1] |= 0x40;
  s.ints[at] = -5;
  s.ints[at] -= 3;
  s.count = s.ready ? s.bytes[0] : s.bytes[1];
  s.ready = s.count > 3 && (at === 1 || s.ints[1] < 0);
  const flag = s.ready ? false : true;
  return s.count + s.ints[1] + (flag ? 1000 : 0) + s.bytes.length + s.ints.length + table.length + table[at] + rows[1][0] * 10 + (at % 2);
}

function viaProfile(): number {
  let features = Profile.Qos > 0 ? 1 : 0;
  if (Profile.V5 === 1) {
    features += onlyInV5();
  } else {
    features += 20;
  }
  return Profile.Streaming === 1 && features > 0 ? features + 100 : features;
}

function onlyInV5(): number {
  return 4242;
}

/** One line of text in, the tour's numbers out. */
export function visit(line: string): string {
  const hex = createBytes(64);
  const count = bytesFromHex(hex, line, 0);
  const first = hex[0] * 16777216 + hex[1] * 65536 + hex[2] * 256 + hex[3];
  const signed = hex[0] < 128 ? first : first - 4294967296;
  const end = putText(tour.bytes, 2, 60, line);
  let text = '' + viaSwitch(count) + ' ' + viaSwitch(5) + ' ' + viaSwitch(-1) + ' ' + viaSwitch(0) + ' ' + viaLoops() + ' ' + viaBits(signed);
  text += ' ' + viaStores(tour) + ' ' + viaProfile() + ' ' + end + ' ' + textFault(hex, 0, count);
  copyBytes(tour.bytes, 30, hex, 0, count);
  moveBytes(tour.bytes, 28, 30, 30 + count);
  text += equalBytes(tour.bytes, 28, hex, 0, count) ? ' equal' : ' differs';
  text += ' ' + hexFromBytes(tour.bytes, 0, 40) + ' ' + sharedFilterAt(hex, 0, count);
  text += filterHolds(hex, 0, count) ? ' holds' : ' broken';
  text += filterMatches(hex, 0, count, hex, 0, count) ? ' matches' : ' apart';
  return text;
}
