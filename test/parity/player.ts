/**
 * Plays a script line by line and returns the trace of each line: the one program that conversations and vectors run, the same on
 * every engine. Also plays recorded lines again in other circumstances: the last input cut at every place, a buffer of every size that
 * is too small. Must not know engines, files or expected results.
 */
import { step } from './driver.js';
import { createStage, type Stage } from './stage.js';
import { bytesOf, integerOf, wordAt } from './text.js';

interface Recording {
  lines: string[];
  count: number;
  isOn: boolean;
}

const stage = createStage();
const recording: Recording = { lines: [], count: 0, isOn: false };

/** What stands for all numbers of a long row: these many at either end, and between them each so far from the last. */
const enum Sample {
  Ends = 12,
  Pace = 2477,
  /** On one engine every number is tried, but in the rows of the largest packets. */
  EveryEnds = 600,
  EveryPace = 97,
  BytewiseMax = 1200,
}

/** The next number to try after `n`, of all below `end`. */
function following(n: number, end: number, isEvery: boolean): number {
  const ends = isEvery ? Sample.EveryEnds : Sample.Ends;
  const pace = isEvery ? Sample.EveryPace : Sample.Pace;
  if (n < ends || n >= end - ends) return n + 1;
  return n + pace < end - ends ? n + pace : end - ends;
}

/** Plays the recorded lines but the last; buffers are looked at again behind it. */
function prepare(s: Stage): void {
  s.cutAt = -1;
  s.byteByByte = false;
  s.looksAtBuffers = false;
  for (let n = 0; n < recording.count - 1; n++) step(s, recording.lines[n]);
  s.looksAtBuffers = true;
}

/** The last recorded line, an `in`, in two parts at every place and byte by byte: its trace must always be the same. */
function playSplits(s: Stage, isEvery: boolean): string {
  const last = recording.lines[recording.count - 1];
  prepare(s);
  const whole = step(s, last);
  const count = bytesOf(s.bytes, wordAt(last, 1));
  let tried = 0;
  for (let cut = 1; cut < count; cut = following(cut, count, isEvery)) {
    prepare(s);
    s.cutAt = cut;
    const trace = step(s, last);
    if (trace !== whole) return 'cut at ' + cut + ' differs:\n' + trace;
    tried++;
  }
  s.cutAt = -1;
  if (isEvery || count < Sample.BytewiseMax) {
    prepare(s);
    s.byteByByte = true;
    const trace = step(s, last);
    s.byteByByte = false;
    if (trace !== whole) return 'byte by byte differs:\n' + trace;
  }
  return 'same at ' + tried + ' cuts\n';
}

const probe = 'publish p - 0';

/**
 * `rooms FIELD LEAST NEED STATUS`: the last recorded line, a call, with a buffer of LEAST to NEED - 1 bytes is refused with the status and
 * changes nothing, as what follows shows; with NEED bytes it does what it does.
 */
function playRooms(s: Stage, line: string, isEvery: boolean): string {
  const last = recording.lines[recording.count - 1];
  const least = integerOf(wordAt(line, 2));
  const need = integerOf(wordAt(line, 3));
  prepare(s);
  const whole = step(s, last);
  s.roomField = wordAt(line, 1);
  let fault = '';
  let tried = 0;
  for (let room = least; room < need && fault === ''; room = following(room, need, isEvery)) {
    s.roomValue = room;
    prepare(s);
    const before = step(s, 'wait 0');
    const unharmed = step(s, probe);
    prepare(s);
    const trace = step(s, last);
    if (trace !== wordAt(line, 4) + '\n' + before) fault = 'room for ' + room + ':\n' + trace;
    else if (step(s, probe) !== unharmed) fault = 'room for ' + room + ' changed something\n';
    tried++;
  }
  s.roomValue = need;
  prepare(s);
  if (fault === '' && step(s, last) !== whole) fault = 'room for ' + need + ' is not enough\n';
  s.roomField = '';
  return fault === '' ? 'refused with ' + tried + ' sizes\n' : fault;
}

/** Plays one line and returns its trace, each line of it with its end. */
export function play(line: string): string {
  const command = wordAt(line, 0);
  if (command === 'record') {
    recording.isOn = wordAt(line, 1) === '1';
    if (recording.isOn) recording.count = 0;
    return '';
  }
  if (command === 'splits') return playSplits(stage, wordAt(line, 1) === 'every');
  if (command === 'rooms') return playRooms(stage, line, wordAt(line, 5) === 'every');
  if (recording.isOn) {
    recording.lines[recording.count] = line;
    recording.count++;
  }
  return step(stage, line);
}
