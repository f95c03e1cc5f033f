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

export function storeSession(name: string, c: Client): boolean {
  const opened = file.open(name, 'w');
  if (opened === undefined) return false;
  const isWritten = opened.write(sessionText(c));
  opened.close();
  return isWritten === true;
}

/** False: there is none that is whole and this client's. */
export function loadSession(name: string, c: Client): boolean {
  const opened = file.open(name, 'r');
  if (opened === undefined) return false;
  let text = '';
  let part = opened.read(Part.Bytes);
  while (part !== undefined) {
    text = text + part;
    part = opened.read(Part.Bytes);
  }
  opened.close();
  return restoreSession(c, text);
}
