/**
 * Statements that no test of this repository can prove, and why. A statement that a test proves is not listed: the report
 * would say so. `edition` and `id` must exist.
 */
import { type Edition, type Side } from './report.js';

export interface Waiver {
  edition: Edition;
  id: string;
  side: Side;
  reason: string;
}

export const waived: readonly Waiver[] = [];
