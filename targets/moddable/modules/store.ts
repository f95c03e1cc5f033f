/**
 * What keeps a client's session through a reboot: `new FlashStore(…)` (flash-store.ts), `new PreferenceStore(…)` (preference-store.ts).
 * Must not know: how.
 */
import type { Client } from './core.js';

export interface Store {
  /** Before the client connects: gives it the session that was kept. Throws where that cannot be done, and says what to do. */
  attach(core: Client): void;
  /** Keeps what the client is now. Called before bytes leave, so that the other side never knows more than the store. */
  save(): void;
  /** The client has ended; another may come. */
  detach(): void;
}
