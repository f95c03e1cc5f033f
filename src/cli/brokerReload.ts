/**
 * SIGHUP at `midge broker`: what can change while it serves is read again. Must not know what the settings do.
 */
import type { Access, Broker } from '../broker/index.js';
import { wordsOf } from './fault.js';

/** Reads the access files again at SIGHUP. Returns how to stop that. */
export function reloadAtHangup(broker: Broker, access: Access, say: (line: string) => void): () => void {
  const reload = (): void => {
    const { files, changedUsers } = access.reload();
    for (const { file, fault } of files) say(fault === undefined ? `read ${file} again` : `${wordsOf(fault)}; what was read before stays in force`);
    for (const { clientId, userName } of broker.clients()) {
      if (userName !== undefined && changedUsers.has(userName)) {
        say(`${clientId} is disconnected, as user ${userName} has been changed`);
        broker.disconnectClient(clientId, { reasonCode: 0x87 });
      }
    }
  };
  process.on('SIGHUP', reload);
  return () => {
    process.off('SIGHUP', reload);
    access.close();
  };
}
