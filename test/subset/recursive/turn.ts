// The other half of the recursion.

import { walk } from './walk.js';

export function turn(steps: number): number {
  return walk(steps);
}
