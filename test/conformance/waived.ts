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

const webSocket = 'The core sees a byte stream and no frames: WebSocket is the Node port\'s, and its tests are where this belongs.';

export const waived: readonly Waiver[] = [
  { edition: '3.1.1', id: 'MQTT-6.0.0-1', side: 'client', reason: webSocket },
  { edition: '3.1.1', id: 'MQTT-6.0.0-2', side: 'client', reason: webSocket },
  { edition: '3.1.1', id: 'MQTT-6.0.0-3', side: 'client', reason: webSocket },
  { edition: '5.0', id: 'MQTT-6.0.0-1', side: 'client', reason: webSocket },
  { edition: '5.0', id: 'MQTT-6.0.0-2', side: 'client', reason: webSocket },
  { edition: '5.0', id: 'MQTT-6.0.0-3', side: 'client', reason: webSocket },
];
