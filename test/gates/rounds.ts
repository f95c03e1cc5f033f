/** What an engine calls: a round of work in either version, with and without a planted allocation, and what a number of rounds has led to. */
import { Version } from '../../src/core/index.js';
import { integerOf, wordAt } from '../parity/text.js';
import { createWork, type Work, workRound } from './hot.js';

const work311 = createWork(Version.V311);
const work5 = createWork(Version.V5);

interface Plant {
  rounds: number;
  kept: number[];
}

const plant: Plant = { rounds: 0, kept: [] };

export function round311(): void {
  workRound(work311);
}

export function round5(): void {
  workRound(work5);
}

/** A round that allocates once in a while: the gate must see it. */
export function roundPlantedSeldom(): void {
  workRound(work311);
  plant.rounds++;
  if (plant.rounds % 500 === 0) plant.kept = [plant.rounds];
}

/** A round that allocates every time: for V8, which shows only what fills its young generation. */
export function roundPlantedOften(): void {
  workRound(work5);
  plant.kept = [plant.rounds];
}

/** Read here, so that a build does not leave the plant out as something that nobody reads. */
export function plantedLength(): number {
  return plant.kept.length;
}

function tally(w: Work): string {
  let text = 'faults ' + w.faults + ' messages ' + w.messages[0] + ' ' + w.messages[1] + ' ' + w.messages[2] + ' events';
  for (let n = 0; n < w.events.length; n++) text += ' ' + w.events[n];
  text += ' packets';
  for (let n = 0; n < w.server.taken.length; n++) text += ' ' + w.server.taken[n];
  return text;
}

/** Does rounds, `5 100`: a hundred with version 5 (4: 3.1.1), and tells what has happened since the beginning. */
export function report(line: string): string {
  const w = wordAt(line, 0) === '5' ? work5 : work311;
  for (let n = integerOf(wordAt(line, 1)); n > 0; n--) workRound(w);
  return tally(w);
}
