/**
 * Makes the core of a client from checked options, and proves before any I/O that its CONNECT can be made.
 * Must not know: links, promises.
 */
import {
  type Client, clientConnect, clientDisconnect, clientLinkDown, clientNextEvent, createClient, Event, Reason, Status,
} from '../../src/core/index.js';
import { MidgeError } from './error.js';
import { connectFault, type Settings } from './options.js';

/** A core in state Idle. Throws a MidgeError when CONNECT does not fit its buffer. */
export function createCore(settings: Settings): Client {
  const core = createClient(settings.config);
  if (core === null) throw new MidgeError('the core does not accept the configuration', { status: Status.BadRange });
  const status = clientConnect(core, 0);
  if (status !== Status.Ok) throw connectFault(settings.config, status);
  clientDisconnect(core, Reason.Success, null, 0);
  clientLinkDown(core, 0);
  while (clientNextEvent(core) !== Event.None);
  return core;
}
