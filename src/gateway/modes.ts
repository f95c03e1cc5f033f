/** Makes the board of a port in the mode that its entry names. The one place that knows all modes. */
import type { Board, Tell } from './board.js';
import { RawBoard } from './raw/raw-board.js';
import type { PortEntry } from './settings.js';

export function createBoard(entry: PortEntry, tell: Tell): Board {
  return new RawBoard(entry.board, tell);
}
