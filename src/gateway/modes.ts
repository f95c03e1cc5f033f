/** Makes the board of a port in the mode that its entry names. The one place that knows all modes. */
import type { Board, Tell } from './board.js';
import { ClientBoard } from './client/client-board.js';
import type { Spool } from './client/spool.js';
import { LinkBoard } from './link/link-board.js';
import { RawBoard } from './raw/raw-board.js';
import type { PortEntry } from './settings.js';

/** `spoolOf`: the messages that a port of this name left on disk; null: there is no disk for them. */
export function createBoard({ name, board }: PortEntry, spoolOf: (port: string) => Spool | null, tell: Tell): Board {
  switch (board.mode) {
    case 'link':
      return new LinkBoard(board, tell);
    case 'raw':
      return new RawBoard(board, tell);
    case 'client':
      return new ClientBoard(name, board, spoolOf(name), tell);
  }
}
