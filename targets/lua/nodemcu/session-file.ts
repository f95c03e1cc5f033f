/**
 * A session in a file of NodeMCU's file system: written before deep sleep, read after it. It has to be removed once there is a
 * connection, since a session that is used twice would deliver a QoS 2 message twice. Must not know: what is in it.
 */
import type { Client } from '../../../src/core/client.js';
import { restoreSession, sessionText } from '../session.js';
import { file } from './platform.js';

const enum Part {
  /** What a read gives at most. */
  Bytes = 512,
}

const asideSuffix = '.bad';

/** The file system's names have 31 characters at most. */
export const sessionNameMax = 27;

export function storeSession(name: string, c: Client): boolean {
  const opened = file.open(name, 'w');
  if (opened === undefined) return false;
  const isWritten = opened.write(sessionText(c));
  opened.close();
  return isWritten === true;
}

/**
 * Gives the client the session of the file. False: there is a file, but it is damaged, of another client, or of one with other capacities. It is kept beside,
 * since the next session is written in its place.
 */
export function loadSession(name: string, c: Client): boolean {
  const opened = file.open(name, 'r');
  if (opened === undefined) return true;
  let text = '';
  let part = opened.read(Part.Bytes);
  while (part !== undefined) {
    text = text + part;
    part = opened.read(Part.Bytes);
  }
  opened.close();
  if (restoreSession(c, text)) return true;
  // Renaming does not replace a file.
  file.remove(name + asideSuffix);
  file.rename(name, name + asideSuffix);
  return false;
}
