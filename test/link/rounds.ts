/** What an engine calls: steps of a talk, with and without a planted allocation, and what a number of steps has led to. */
import { createInts } from '../../src/core/bytes.js';
import { integerOf, wordAt } from '../parity/text.js';
import { createTalk, type Talk, talkStep, talkText } from './talk.js';

/** A talk that never rests, for the gate: it flips bytes, resets the board, and closes connections. */
const hotTalk = createTalk(7, 128, createInts(11));

interface Plant {
  steps: number;
  kept: number[];
}

const plant: Plant = { steps: 0, kept: [] };

/** First a line on which nothing arrives, until both have given up the session: the deepest chain of calls, whose frames some engines keep. */
function begin(t: Talk): void {
  for (let n = 0; n < 8000; n++) {
    t.drops = n < 1000 ? 0 : 1;
    talkStep(t);
  }
  t.flips = 3000;
  t.drops = 5000;
  t.resets = 997;
  t.closes = 211;
}

/** Steps of the talk that must allocate nothing; so many at a time that all that happens has happened before an engine begins to count. */
export function hotStep(): void {
  const t = hotTalk;
  if (t === null) return;
  if (t.flips === 0) begin(t);
  for (let n = 0; n < 30; n++) talkStep(t);
}

/** A step that allocates once in a while, and one that does every time: the gate must see either. */
export function hotStepPlantedSeldom(): void {
  if (hotTalk !== null) talkStep(hotTalk);
  plant.steps++;
  if (plant.steps % 500 === 0) plant.kept = [plant.steps];
}

export function hotStepPlantedOften(): void {
  if (hotTalk !== null) talkStep(hotTalk);
  plant.kept = [plant.steps];
}

/** Read here, so that a build does not leave the plant out as something that nobody reads. */
export function plantedLength(): number {
  return plant.kept.length;
}

/** `seed frameBytes flips drops resets closes steps`: a talk from its beginning, and its end in words. */
export function talk(line: string): string {
  const t = createTalk(integerOf(wordAt(line, 0)), integerOf(wordAt(line, 1)), createInts(11));
  if (t === null) return 'refused';
  t.flips = integerOf(wordAt(line, 2));
  t.drops = integerOf(wordAt(line, 3));
  t.resets = integerOf(wordAt(line, 4));
  t.closes = integerOf(wordAt(line, 5));
  for (let n = integerOf(wordAt(line, 6)); n > 0; n--) talkStep(t);
  return talkText(t);
}
