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

export const waived: readonly Waiver[] = [
  {
    edition: '3.1.1', id: 'MQTT-3.8.3-2', side: 'server',
    reason: 'It is about servers without wildcard subscriptions; this broker has them, so there is nothing it must refuse.',
  },
  {
    edition: '5.0', id: 'MQTT-3.3.4-5', side: 'server',
    reason: 'It is about servers that send a copy for each matching subscription; this broker sends one copy with all identifiers.',
  },
];
