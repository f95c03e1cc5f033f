// Device code with what the reports must find: a recursion across files, and an allocation that nobody owns.

import { turn } from './turn.js';

export function walk(steps: number): number {
  return steps === 0 ? 0 : turn(steps - 1);
}

export function path(): number[] {
  return [walk(2)];
}
